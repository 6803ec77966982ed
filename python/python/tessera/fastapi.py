"""Dependencies for FastAPI.

auth = Tessera(issuer="https://app.example.com", audience="https://app.example.com", secret=...)

@app.get("/api/{user_id}/notes")
async def notes(owner: Annotated[Owner, Depends(auth.owner)]) -> list[Note]: ...
"""

# Without `from __future__ import annotations`: FastAPI reads the annotations of the dependencies, and
# those of objects that are called it cannot resolve.
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from fastapi import HTTPException
from fastapi.exception_handlers import http_exception_handler
from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from pydantic import BaseModel
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.exceptions import WebSocketException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from tessera import _settings
from tessera._errors import Refused
from tessera._tessera import Answer, Claims, Owner
from tessera._verifier import Verifier, log, log_refusal
from tessera.asgi import POLICY_VIOLATION
from tessera.session import Session, Sessions

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from tessera._settings import Settings

__all__ = ["RESPONSES", "Caller", "Owner", "RefusedRequest", "Session", "Tessera"]

Caller: TypeAlias = Claims
"""Whoever makes the request, verified."""

_SETTINGS_OF_SESSIONS = {"auth_url", "auth_secret", "trusted_origins"}


class Tessera:
    """Whose request it is, as FastAPI's dependencies.

    Attributes:
        caller: Gives the `Caller`; without one, 401.
        maybe_caller: Gives `None` where there is no `Authorization` header; a bad token is still 401.
        owner: Gives the `Owner` of what is under a path with `{user_id}`, if the caller has that id;
            another's path is 404, as what does not exist.
        verifier: What they ask.
    """

    def __init__(
        self,
        issuer: str,
        audience: "str | Sequence[str]",
        *,
        auth_url: str | None = None,
        auth_secret: "str | bytes | None" = None,
        trusted_origins: Iterable[str] = (),
        **settings: "Unpack[Settings]",
    ) -> None:
        """Takes the settings of a `Verifier`, and for the `session` dependency those of `Sessions`.

        Raises:
            ValueError: A setting is wrong; the text begins with its name.
            TypeError: A setting is of the wrong type, or there is no such setting.
        """
        _settings.known(settings, _SETTINGS_OF_SESSIONS)
        sessions = None
        if auth_url is not None:
            sessions = Sessions(
                auth_url,
                auth_secret=auth_secret,
                trusted_origins=trusted_origins,
                danger_plain_http=settings.get("danger_plain_http", False),
            )
        elif auth_secret is not None:
            raise ValueError("auth_secret: it is for sessions: set `auth_url`")
        elif trusted_origins:
            raise ValueError("trusted_origins: they are for sessions: set `auth_url`")
        self._set(Verifier(issuer, audience, **settings), lambda: sessions)

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        **settings: Any,  # noqa: ANN401 those of `__init__`
    ) -> "Self":
        """Reads `TESSERA_JWT_ISSUER` and the others that README.md lists; `settings` come first.

        What the environment says of sessions is read with `session` and not before: it may say it to
        others, and this service may have none.

        Raises:
            ValueError: A setting is missing or wrong; the text begins with its name.
            TypeError: A setting is of the wrong type, or there is no such setting.
        """
        _settings.known(settings, _SETTINGS_OF_SESSIONS)
        wanted = _SETTINGS_OF_SESSIONS & settings.keys()
        given = {name: settings.pop(name) for name in wanted}
        auth = cls.of(Verifier.from_env(environ, **settings))
        given["danger_plain_http"] = settings.get("danger_plain_http", False)
        auth._sessions = lambda: Sessions.from_env(environ, **given)
        if wanted:
            _ = auth.session
        return auth

    @classmethod
    def of(cls, verifier: Verifier, sessions: Sessions | None = None) -> "Self":
        """Asks a verifier that is there already, and perhaps an auth server."""
        auth = cls.__new__(cls)
        auth._set(verifier, lambda: sessions)
        return auth

    def _set(self, verifier: Verifier, sessions: Callable[[], Sessions | None]) -> None:
        self.verifier = verifier
        self.caller = _CallerDependency(self)
        self.maybe_caller = _MaybeCallerDependency(self)
        self.owner = _OwnerDependency(self)
        self._sessions = sessions

    @cached_property
    def session(self) -> "_SessionDependency":
        """Gives the `Session` of a Better Auth cookie, or of a session token as bearer.

        Raises:
            ValueError: There is no `auth_url`, or what the environment says of sessions is wrong.
        """
        sessions = self._sessions()
        if sessions is None:
            raise ValueError("auth_url: set this, so that `session` knows whom to ask")
        return _SessionDependency(sessions)


class RefusedRequest(HTTPException):
    """Raised where a request is refused; answered 401, 403, 404 or 503.

    It is answered as the table in README.md says. Where an application has a handler of its own for
    `HTTPException`, that one answers, with `code` and `message` in `detail`.
    """

    def __init__(self, answer: Answer) -> None:
        detail = {"message": answer.message, "code": answer.code}
        super().__init__(answer.status, detail, dict(answer.headers))
        self.answer = answer

    def response(self) -> Response:
        """The answer, for handlers of your own."""
        return Response(self.answer.body, self.status_code, self.headers)


async def _respond(_: HTTPConnection, refused: RefusedRequest) -> Response:
    return refused.response()


def _refuse(connection: HTTPConnection, answer: Answer) -> NoReturn:
    """Answers as every Tessera service does.

    FastAPI would wrap `detail` into a body of its own, and only the application has handlers. So ours
    is put beside its usual one, where nobody has replaced that.
    """
    if connection.scope["type"] == "websocket":
        raise WebSocketException(POLICY_VIOLATION, answer.message)
    handlers, _ = connection.scope.get("starlette.exception_handlers", ({}, {}))
    usual = handlers.get(HTTPException, handlers.get(StarletteHTTPException))
    if usual is http_exception_handler:
        handlers.setdefault(RefusedRequest, _respond)
    raise RefusedRequest(answer)


class RefusedRequestBody(BaseModel):
    """Why a request is refused, for people and for programs."""

    message: str
    code: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": RefusedRequestBody} for status in (401, 404, 503)
}
"""What `caller` and `owner` answer, for OpenAPI: `responses` of a route or a router."""


class _Bearer(SecurityBase):
    """Shows in OpenAPI as the scheme behind the Authorize button."""

    def __init__(self, auth: Tessera) -> None:
        issuer = auth.verifier.issuer
        self.model = HTTPBearerModel(
            bearerFormat="JWT",
            description=f"A token of `{issuer}`: what its `GET /api/auth/token` answers.",
        )
        self.scheme_name = "Tessera"
        self._auth = auth

    async def _caller(self, connection: HTTPConnection) -> Caller:
        try:
            return await self._auth.verifier.authenticate(connection.scope)
        except Refused as refused:
            answer = refused.answer
        # Outside of the handler, so that no traceback tells of one error during another.
        _refuse(connection, answer)


class _CallerDependency(_Bearer):
    async def __call__(self, connection: HTTPConnection) -> Caller:
        return await self._caller(connection)


class _MaybeCallerDependency(_Bearer):
    async def __call__(self, connection: HTTPConnection) -> Caller | None:
        if "authorization" not in connection.headers:
            return None
        return await self._caller(connection)


class _OwnerDependency(_Bearer):
    # `user_id` is a parameter so that OpenAPI has it. On a route without it FastAPI would take it from
    # the query: what counts is what stands in the path.
    async def __call__(self, connection: HTTPConnection, user_id: str = "") -> Owner:
        caller = await self._caller(connection)
        in_path = connection.path_params.get("user_id")
        owner = caller.owner(in_path) if isinstance(in_path, str) else None
        if owner is not None:
            return owner
        scope = connection.scope
        if in_path is None:
            log.error("`owner` needs a route with {user_id}, under that name: %r", scope["path"])
        else:
            message = "the path is another user's"
            log_refusal("not_owner", "not_owner", caller.user_id, scope, message)
        _refuse(connection, Answer.not_found())


class _SessionDependency(SecurityBase):
    def __init__(self, sessions: Sessions) -> None:
        self.model = APIKey.model_validate(
            {"in": APIKeyIn.cookie, "name": "better-auth.session_token"}
        )
        self.scheme_name = "TesseraSession"
        self._sessions = sessions

    async def __call__(self, connection: HTTPConnection) -> Session:
        try:
            return await self._sessions.authenticate(connection.scope)
        except Refused as refused:
            answer = refused.answer
        _refuse(connection, answer)

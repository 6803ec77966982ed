"""Sessions: for services that take the session cookie itself, and ask the auth server about each.

A token is the better choice where a service has the choice: it needs no question. A session that was
signed out is refused at once, which a token without `Revocations` is not.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tessera import _environment, _settings
from tessera._errors import AuthServerUnavailable, SessionRefused
from tessera._fork import renew_after_fork
from tessera._origin import split_origin
from tessera._tessera import Answer, SessionEndpoint, bearer_token
from tessera._verifier import log_refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing_extensions import Self

__all__ = ["Session", "Sessions"]

_COOKIES = ("__Secure-better-auth.session_token", "better-auth.session_token")

# How many questions may be under way at once.
_THREADS = 16

# How many more may wait for their turn.
_MAX_WAITING = 240

# The longest that a request waits for its turn and its answer, in seconds: an answer may take 5.
_MAX_WAIT = 6.0

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}  # RFC 9110 section 9.2.1

_MIN_SECRET_BYTES = 32

_BAD_SIGNATURE = "its signature does not verify"


@dataclass(frozen=True)
class Session:
    """A session that the auth server knows. What it says is not printed, for it has the token in it.

    Attributes:
        user_id: Whose request it is.
        session_id: `id` of the session.
        email: The user's address.
        received: What came: `session cookie` or `session token`.
        user: All that the auth server says of the user.
        session: All that it says of the session, its token included.
    """

    user_id: str
    session_id: str
    email: str | None
    received: str
    user: Mapping[str, Any] = field(repr=False)
    session: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class _Credential:
    """What came, and the header that hands it on."""

    received: str
    header: str
    value: str = field(repr=False)


class Sessions:
    """Asks an auth server whose session it is. Nothing is remembered."""

    def __init__(
        self,
        auth_url: str,
        *,
        auth_secret: str | bytes | None = None,
        trusted_origins: Iterable[str] = (),
        danger_plain_http: bool = False,
    ) -> None:
        """Takes where `/get-session` is, and what may be checked before it is asked.

        Args:
            auth_url: The auth server with its path, such as `https://app.example.com/api/auth`.
            auth_secret: `BETTER_AUTH_SECRET`, to refuse what it has not signed without a question.
                Whoever has it can forge the cookie of anybody, so give it only to what runs beside the
                auth server anyway. Without it that server alone checks signatures, and whoever sends
                made-up sessions uses up its rate limit for all users of this service.
            trusted_origins: Origins of pages that may change something with their cookie, beside
                that of `auth_url`.
            danger_plain_http: Allows `http` to other machines, where whoever is on the way reads
                along and can sign in as anybody.

        Raises:
            ValueError: A setting is wrong; the text begins with its name.
            TypeError: A setting is of the wrong type.
        """
        self._auth_url = _settings.text("auth_url", auth_url)
        self._plain_http = _settings.flag("danger_plain_http", danger_plain_http)
        self._secret = None if auth_secret is None else _secret(auth_secret)
        origins = _settings.texts("trusted_origins", trusted_origins)
        self._origins = {_origin(origin) for origin in origins}
        self.renew()
        self._origins.add(_origin_of_server(auth_url))
        renew_after_fork(self)

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        **settings: Any,  # noqa: ANN401 those of `__init__`
    ) -> Self:
        """Reads `BETTER_AUTH_URL` and `TESSERA_TRUSTED_ORIGINS`; `settings` come first.

        Raises:
            ValueError: A setting is missing or wrong; the text begins with its name.
        """
        return _environment.make(cls, _environment.of_sessions, environ, settings)

    def renew(self) -> None:
        """Makes new threads and connections. A forked process does it by itself."""
        self._endpoint = SessionEndpoint(self._auth_url, self._plain_http)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="tessera-session")
        self._places = threading.BoundedSemaphore(_THREADS + _MAX_WAITING)

    async def authenticate(self, scope: Mapping[str, Any]) -> Session:
        """Whose session the request of this ASGI scope is of.

        A session token as bearer comes before a cookie, as at the auth server. A refusal is logged
        here, once, to the logger `tessera.audit`, and without the credential.

        Raises:
            SessionRefused: The session is bad, or there is none, or another site sent the request.
            AuthServerUnavailable: Nothing can be said now.
        """
        try:
            credential = self._credential(scope)
            if credential.header == "cookie":
                self._check_origin(scope)
            return await self._ask(credential, _client_address(scope))
        except (SessionRefused, AuthServerUnavailable) as refused:
            log_refusal("session_refused", refused.code, None, scope, str(refused))
            raise

    def _credential(self, scope: Mapping[str, Any]) -> _Credential:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        found = bearer_token(headers)
        token = found if isinstance(found, str) else ""
        is_jwt = token.count(".") == 2  # noqa: PLR2004 a session token has one dot, or none
        if token and not is_jwt:
            signed = unquote(token)
            if self._secret is not None and not self._has_signed(signed):
                is_bare = "." not in signed
                why = "it is not signed: send that of set-auth-token" if is_bare else _BAD_SIGNATURE
                raise _refused("session token", why)
            return _Credential("session token", "authorization", f"Bearer {token}")
        cookies = _session_cookies(headers)
        good = [
            (name, value)
            for name, value in cookies.items()
            if self._secret is None or self._has_signed(unquote(value))
        ]
        if good:
            # The auth server knows which of the two names is its own.
            handed_on = "; ".join(f"{name}={value}" for name, value in good)
            return _Credential("session cookie", "cookie", handed_on)
        if cookies:
            raise _refused("session cookie", _BAD_SIGNATURE)
        if is_jwt:
            raise _refused("JWT", "it is for services that verify tokens; send the session cookie")
        if not isinstance(found, str) and found.code == "malformed_authorization":
            raise SessionRefused(found.code, found.message, None, found.answer)
        answer = Answer(401, "MISSING_SESSION", "Authentication required")
        raise SessionRefused("missing_session", "there is no session cookie", None, answer)

    def _has_signed(self, signed: str) -> bool:
        """Whether it is `<token>.<HMAC-SHA256 of the token in base64>`, by our secret."""
        token, _, signature = signed.rpartition(".")
        mac = hmac.digest(self._secret or b"", token.encode(), "sha256")
        return bool(token) and hmac.compare_digest(base64.b64encode(mac), signature.encode())

    def _check_origin(self, scope: Mapping[str, Any]) -> None:
        """Browsers send cookies along for any site: what changes something says where it is from."""
        if scope.get("method") in _SAFE_METHODS:
            return
        headers = scope["headers"]
        origins = _values(headers, b"origin") or _values(headers, b"referer")
        if not origins or "null" in origins:
            answer = Answer(403, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin")
            raise SessionRefused("missing_origin", "a cookie without an Origin", None, answer)
        for origin in origins:
            if not self._trusts(origin):
                answer = Answer(403, "INVALID_ORIGIN", "Invalid origin")
                message = f"a cookie with the Origin {origin[:100]!r}"
                raise SessionRefused("invalid_origin", message, None, answer)

    def _trusts(self, url: str) -> bool:
        try:
            origin, _ = split_origin(url)
        except ValueError:
            return False
        return origin in self._origins

    async def _ask(self, credential: _Credential, client: str | None) -> Session:
        places = self._places
        if not places.acquire(blocking=False):
            raise _unavailable("too many questions are waiting for the auth server")
        try:
            asyncio.get_running_loop()
            asked = self._threads.submit(_get_session, self._endpoint, credential, client)
        except RuntimeError as error:
            # Trio's loop cannot be waited with, and an interpreter that is ending starts no thread.
            places.release()
            raise _unavailable(str(error)) from None
        asked.add_done_callback(lambda _: places.release())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(asked), _MAX_WAIT)
        except asyncio.TimeoutError:
            raise _unavailable("the auth server has not answered in time") from None


def _get_session(endpoint: SessionEndpoint, credential: _Credential, client: str | None) -> Session:
    """Asks and waits: for a thread."""
    try:
        status, body = endpoint.get(credential.header, credential.value, client)
    except ConnectionError as error:
        raise _unavailable(str(error)) from None
    except ValueError:
        raise _refused(credential.received, "it does not fit into a header") from None
    if status == 401:  # noqa: PLR2004
        raise _refused(credential.received, "the auth server refuses it")
    if status != 200:  # noqa: PLR2004
        raise _unavailable(f"the auth server answers {status}")
    try:
        found: Any = json.loads(body)
        if found is None:
            raise _refused(credential.received, "the auth server knows no such session")
        # What is no JSON after all (NaN, half a character) nobody could hand on.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
        return _session(found, credential.received)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _unavailable("the auth server's answer is no session") from None


def _session(found: Any, received: str) -> Session:  # noqa: ANN401 any JSON
    """Reads the answer; any of the errors of such reading says that it is no session."""
    user, session = found["user"], found["session"]
    user_id, session_id, email = user["id"], session["id"], user.get("email")
    for text in (user_id, session_id, "" if email is None else email):
        if not isinstance(text, str):
            raise TypeError
    if not user_id or not session_id or session["userId"] != user_id:
        raise ValueError
    return Session(
        user_id, session_id, email, received, MappingProxyType(user), MappingProxyType(session)
    )


def _secret(value: object) -> bytes:
    secret = _settings.raw("auth_secret", value)
    if len(secret) < _MIN_SECRET_BYTES:
        problem = f"has {len(secret)} bytes, and needs at least {_MIN_SECRET_BYTES}"
        raise ValueError(f"auth_secret: the secret {problem}")
    return secret


def _origin(text: str) -> str:
    try:
        origin, rest = split_origin(text)
        if rest:
            raise ValueError(rest)
    except ValueError:
        problem = "an origin looks like https://app.example.com: no wildcard, no path"
        raise ValueError(f"trusted_origins: {text!r}: {problem}") from None
    return origin


def _origin_of_server(auth_url: str) -> str:
    try:
        origin, path = split_origin(auth_url)
        if "?" in path or "#" in path:
            raise ValueError(path)
    except ValueError:
        problem = "it has to look like https://host/path or https://host:port/path"
        raise ValueError(f"auth_url: {problem}") from None
    return origin


def _client_address(scope: Mapping[str, Any]) -> str | None:
    """Where the request comes from: an address, and not the text that a client may have written."""
    host = (scope.get("client") or (None,))[0] or ""
    try:
        # Without the zone (RFC 4007 section 11), which may be any text.
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        return None


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """What the headers of this name say, where they say something."""
    return [value.decode("latin-1") for header, value in headers if header == name and value]


def _session_cookies(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The session cookies by name; of several of a name, the first."""
    found: dict[str, str] = {}
    for header, value in headers:
        if header != b"cookie":
            continue
        for pair in value.decode("latin-1").split(";"):
            name, _, text = pair.partition("=")
            # What RFC 6265 section 5.2 takes off. `strip()` would take characters of names as well.
            name, text = name.strip(" \t"), text.strip(" \t")
            if name in _COOKIES:
                found.setdefault(name, text[1:-1] if text[:1] == text[-1:] == '"' else text)
    return found


def _refused(received: str, why: str) -> SessionRefused:
    message = f"The {received} is not valid"
    if received == "JWT":
        message = "A session is needed, and a JWT was sent"
    description = f"received a {received}: {why}"
    answer = Answer(401, "INVALID_SESSION", message, "invalid_token", description)
    return SessionRefused("invalid_session", description, None, answer)


def _unavailable(why: str) -> AuthServerUnavailable:
    message = "Sessions cannot be verified right now. Please try again."
    answer = Answer(503, "AUTH_SERVER_UNAVAILABLE", message)
    return AuthServerUnavailable("auth_server_unavailable", why, None, answer)

"""FastAPI's dependencies, through uvicorn, byte for byte."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import PlainTextResponse, Response
from support import Client, Serve, Upstream

from tessera import TokenRefused, Verifier
from tessera.fastapi import RESPONSES, Caller, Owner, RefusedRequest, Tessera
from tessera.testing import AUDIENCE, ISSUER, NOW, TokenFactory, accepting

# The dependencies are global as they are in an application; the annotations below are text.
TOKENS = TokenFactory.hs256()
auth = Tessera.of(TOKENS.verifier())


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/api/me")
    async def me(caller: Annotated[Caller, Depends(auth.caller)]) -> dict[str, str | None]:
        return {"user_id": caller.user_id, "email": caller.email}

    @app.get("/sync/me")
    def sync_me(caller: Annotated[Caller, Depends(auth.caller)]) -> str:
        return caller.user_id

    @app.get("/greeting")
    async def greeting(caller: Annotated[Caller | None, Depends(auth.maybe_caller)]) -> str:
        return f"Hello, {caller.user_id if caller else 'stranger'}"

    @app.get("/api/{user_id}/notes")
    async def notes(owner: Annotated[Owner, Depends(auth.owner)]) -> str:
        return f"The notes of {owner.user_id}"

    @app.get("/api/{user_id}/both")
    async def both(
        user_id: str,
        owner: Annotated[Owner, Depends(auth.owner)],
        caller: Annotated[Caller, Depends(auth.caller)],
    ) -> list[str]:
        return [user_id, owner.user_id, caller.user_id]

    @app.get("/no-user-id")
    async def no_user_id(owner: Annotated[Owner, Depends(auth.owner)]) -> str:
        return owner.user_id

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, caller: Annotated[Caller, Depends(auth.caller)]) -> None:
        await websocket.accept()
        await websocket.send_text(caller.user_id)
        await websocket.close()

    return app


@pytest.fixture
def client(serve: Serve) -> Client:
    return serve(application())


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_caller_is_whoever_the_token_says(client: Client) -> None:
    response = client.get("/api/me", TOKENS.headers("ada"))
    assert response.status == 200
    assert response.json() == {"user_id": "ada", "email": "ada@example.com"}
    assert client.get("/sync/me", TOKENS.headers("bob")).json() == "bob"


REFUSALS = [
    ([], 401, "MISSING_TOKEN", "Authentication required", None),
    (
        ["Basic YTpi"],
        401,
        "MALFORMED_AUTHORIZATION",
        "Send exactly one Authorization header: Bearer <token>",
        'error="invalid_request", error_description="there is not exactly one bearer token"',
    ),
    (
        [f"Bearer {TOKENS.token('ada')}", f"Bearer {TOKENS.token('ada')}"],
        401,
        "MALFORMED_AUTHORIZATION",
        "Send exactly one Authorization header: Bearer <token>",
        'error="invalid_request", error_description="there is not exactly one bearer token"',
    ),
    (
        ["Bearer a.b.c"],
        401,
        "INVALID_TOKEN",
        "The token is not valid",
        'error="invalid_token", error_description='
        '"the header of the token is not canonical base64url"',
    ),
    (
        [f"Bearer {TOKENS.token('ada', exp=NOW - 60)}"],
        401,
        "TOKEN_EXPIRED",
        "The token has expired",
        f'error="invalid_token", error_description="the token expired at {NOW - 60}; '
        f'it is now {NOW} (Unix seconds)"',
    ),
    (
        [f"Bearer {TOKENS.token('ada', iat=NOW + 60)}"],
        401,
        "TOKEN_NOT_YET_VALID",
        "The token is not valid yet",
        f'error="invalid_token", error_description="\'iat\' is {NOW + 60}; '
        f'it is now {NOW} (Unix seconds)"',
    ),
    (
        [f"Bearer {TokenFactory.eddsa().token('ada')}"],
        401,
        "INVALID_TOKEN",
        "The token is not valid",
        'error="invalid_token", error_description="no key is for the token\'s algorithm, EdDSA"',
    ),
]


@pytest.mark.parametrize(("authorization", "status", "code", "message", "error"), REFUSALS)
@pytest.mark.parametrize("path", ["/api/me", "/sync/me", "/api/ada/notes", "/greeting"])
def test_v1_a_refusal_is_the_same_bytes_as_elsewhere(
    client: Client,
    path: str,
    authorization: list[str],
    status: int,
    code: str,
    message: str,
    error: str | None,
) -> None:
    if path == "/greeting" and not authorization:
        assert client.get(path).json() == "Hello, stranger"
        return
    response = client.ask("GET", path, [("authorization", value) for value in authorization])
    challenge = 'Bearer realm="api"' + (f", {error}" if error else "")
    assert response.status == status
    assert response.body == f'{{"message":"{message}","code":"{code}"}}'.encode()
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["www-authenticate"] == challenge
    assert "retry-after" not in response.headers


def test_v2_another_users_path_is_not_there(client: Client) -> None:
    assert client.get("/api/ada/notes", TOKENS.headers("ada")).json() == "The notes of ada"
    assert client.get("/api/ada/both", TOKENS.headers("ada")).json() == ["ada"] * 3
    for path in ("/api/ada/notes", "/api/Bob/notes", "/api/bob%20/notes", "/api/%FF/notes"):
        response = client.get(path, TOKENS.headers("bob"))
        assert response.status == 404
        assert response.body == b'{"message":"Not found","code":"NOT_FOUND"}'
        assert "www-authenticate" not in response.headers


def test_a_user_id_is_compared_as_it_is_meant(client: Client) -> None:
    for user_id, path in (("a b", "a%20b"), ("é", "%C3%A9"), ("a+b", "a+b"), ("a%20", "a%2520")):
        response = client.get(f"/api/{path}/notes", TOKENS.headers(user_id))
        assert response.json() == f"The notes of {user_id}"


def test_an_owner_without_a_path_is_an_error_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    # What stands in the query is nobody's path.
    response = client.get("/no-user-id?user_id=ada", TOKENS.headers("ada"))
    assert response.status == 404
    assert response.body == b'{"message":"Not found","code":"NOT_FOUND"}'
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [error.getMessage() for error in errors] == [
        "`owner` needs a route with {user_id}, under that name: '/no-user-id'"
    ]


def test_v6_a_refusal_is_logged_once_and_without_the_token(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    expired = TOKENS.token("ada", exp=NOW - 60)
    client.get("/api/me", bearer(expired))
    client.get("/api/ada/notes", TOKENS.headers("bob"))
    client.get("/api/%0A/notes")
    records = [record for record in caplog.records if record.name == "tessera.audit"]
    assert [record.getMessage() for record in records] == [
        "token_refused reason=expired user='ada' client='127.0.0.1' path='/api/me': "
        f"the token expired at {NOW - 60}; it is now {NOW} (Unix seconds)",
        "not_owner reason=not_owner user='bob' client='127.0.0.1' path='/api/ada/notes': "
        "the path is another user's",
        "token_refused reason=missing_token user=- client='127.0.0.1' "
        "path='/api/\\n/notes': there is no token",
    ]
    assert expired not in caplog.text


def test_v6_no_address_and_no_user_breaks_the_line_of_a_refusal(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    # uvicorn believes the header where the request comes from this machine.
    forged = "192.0.2.7 path='/' user='root' " + "x" * 100
    client.ask("GET", "/api/me", [("x-forwarded-for", forged)])
    client_address, user = "192.0.2.7\n\x1b[2Jtoken_refused", "ada client='198.51.100.1'"
    headers = [(b"authorization", f"Bearer {TOKENS.token(user, exp=0)}".encode())]
    scope = {"path": "/", "client": (client_address, 0), "headers": headers}
    with pytest.raises(TokenRefused):
        asyncio.run(auth.verifier.authenticate(scope))
    first, second = (record for record in caplog.records if record.name == "tessera.audit")
    assert first.getMessage() == (
        f"token_refused reason=missing_token user=- client={forged[:45]!r} path='/api/me': "
        "there is no token"
    )
    assert second.getMessage() == (
        f"token_refused reason=expired user={user!r} client={client_address!r} path='/': "
        f"the token expired at 0; it is now {NOW} (Unix seconds)"
    )
    assert (second.__dict__["user"], second.__dict__["client"]) == (user, client_address)


def test_v5_no_keys_are_503(
    serve: Serve, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.status = 500
    verifier = Verifier(ISSUER, AUDIENCE, jwks_url=upstream.url, clock=lambda: NOW)
    monkeypatch.setattr(auth, "verifier", verifier)
    response = serve(application()).get("/api/me", TokenFactory.eddsa().headers("ada"))
    message = "Tokens cannot be verified right now. Please try again."
    assert response.status == 503
    assert response.body == f'{{"message":"{message}","code":"KEYS_UNAVAILABLE"}}'.encode()
    assert response.headers["retry-after"] == "5"
    assert "www-authenticate" not in response.headers


def test_a_test_brings_its_own_tokens(client: Client) -> None:
    tokens = TokenFactory.eddsa()
    assert client.get("/api/me", tokens.headers("ada")).status == 401
    with accepting(auth, tokens):
        assert client.get("/api/me", tokens.headers("ada")).status == 200
        assert client.get("/api/me", TOKENS.headers("ada")).status == 401
    assert client.get("/api/me", tokens.headers("ada")).status == 401


def test_openapi_shows_the_scheme_and_the_path(client: Client) -> None:
    document = client.get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert schemes == {
        "Tessera": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": f"A token of `{ISSUER}`: what its `GET /api/auth/token` answers.",
        }
    }
    me, notes = document["paths"]["/api/me"]["get"], document["paths"]["/api/{user_id}/notes"]
    assert me["security"] == [{"Tessera": []}]
    assert "parameters" not in me
    assert notes["get"]["security"] == [{"Tessera": []}]
    parameters = notes["get"]["parameters"]
    assert [(p["name"], p["in"], p["required"], p["schema"]["type"]) for p in parameters] == [
        ("user_id", "path", True, "string")
    ]


def test_openapi_shows_what_is_refused_where_a_route_says_so() -> None:
    app = FastAPI()

    @app.get("/api/{user_id}/notes", responses=RESPONSES)
    async def notes(owner: Annotated[Owner, Depends(auth.owner)]) -> str:
        return owner.user_id

    document = app.openapi()
    responses = document["paths"]["/api/{user_id}/notes"]["get"]["responses"]
    body = {"$ref": "#/components/schemas/RefusedRequestBody"}
    content = {"application/json": {"schema": body}}
    assert {status: responses[status] for status in ("401", "404", "503")} == {
        "401": {"description": "Unauthorized", "content": content},
        "404": {"description": "Not Found", "content": content},
        "503": {"description": "Service Unavailable", "content": content},
    }
    schema = document["components"]["schemas"]["RefusedRequestBody"]
    assert schema["required"] == ["message", "code"]


Handler = Callable[[Request, Any], Awaitable[Response]]


async def _teapot(_: Request, error: HTTPException) -> Response:
    return PlainTextResponse(json.dumps(error.detail), 418)


@pytest.mark.parametrize("key", [HTTPException, 401])
def test_an_application_with_a_handler_of_its_own_keeps_it(serve: Serve, key: Any) -> None:
    app = application()
    app.add_exception_handler(key, _teapot)  # type: ignore[arg-type]
    client = serve(app)
    for _ in range(2):
        response = client.get("/api/me")
        assert response.status == 418
        assert response.json() == {"message": "Authentication required", "code": "MISSING_TOKEN"}


def test_an_application_may_answer_in_its_own_way(serve: Serve) -> None:
    app = application()

    @app.exception_handler(RefusedRequest)
    async def refused(_: Request, error: RefusedRequest) -> Response:
        response = error.response()
        response.headers["x-own"] = "yes"
        return response

    response = serve(app).get("/api/me")
    assert response.body == b'{"message":"Authentication required","code":"MISSING_TOKEN"}'
    assert response.headers["x-own"] == "yes"


def test_other_errors_are_answered_as_ever(serve: Serve) -> None:
    app = application()

    @app.get("/gone")
    async def gone() -> None:
        raise HTTPException(410, "Gone")

    client = serve(app)
    assert client.get("/api/me").status == 401
    assert client.get("/gone").body == b'{"detail":"Gone"}'
    assert client.get("/nowhere").body == b'{"detail":"Not Found"}'


def test_a_mounted_application_answers_the_same(serve: Serve) -> None:
    app = FastAPI()
    app.mount("/inner", application())
    client = serve(app)
    response = client.get("/inner/api/me")
    assert response.body == b'{"message":"Authentication required","code":"MISSING_TOKEN"}'
    assert client.get("/inner/api/ada/notes", TOKENS.headers("ada")).status == 200
    assert client.get("/inner/api/ada/notes", TOKENS.headers("bob")).status == 404


def test_v2_of_several_user_ids_starlette_keeps_the_innermost(serve: Serve) -> None:
    async def notes(owner: Annotated[Owner, Depends(auth.owner)]) -> str:
        return owner.user_id

    inner = FastAPI()
    inner.get("/notes")(notes)
    inner.get("/{user_id}/inner")(notes)
    app = FastAPI()
    app.mount("/m/{user_id}", inner)
    client = serve(app)
    status = {
        path: client.get(path, TOKENS.headers("ada")).status
        for path in ("/m/ada/notes", "/m/bob/notes", "/m/ada/bob/inner", "/m/bob/ada/inner")
    }
    # The last is why README.md says to name one alone so.
    assert status == {
        "/m/ada/notes": 200,
        "/m/bob/notes": 404,
        "/m/ada/bob/inner": 404,
        "/m/bob/ada/inner": 200,
    }
    # A path of a single application cannot have two.
    with pytest.raises(ValueError, match="Duplicated param name user_id"):
        app.get("/m/{user_id}/{user_id}/inner")(notes)


def upgrade(headers: dict[str, str]) -> list[tuple[str, str]]:
    return [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        *headers.items(),
    ]


def test_a_websocket_is_opened_for_callers_only(client: Client) -> None:
    assert client.ask("GET", "/socket", upgrade(TOKENS.headers("ada"))).status == 101
    assert client.ask("GET", "/socket", upgrade({})).status == 403
    assert client.ask("GET", "/socket", upgrade(bearer("a.b.c"))).status == 403


def test_without_an_auth_url_there_are_no_sessions() -> None:
    with pytest.raises(ValueError, match="^auth_url: "):
        _ = auth.session


def test_wrong_settings_are_those_of_a_verifier() -> None:
    with pytest.raises(ValueError, match="^secret: "):
        Tessera(issuer=ISSUER, audience=AUDIENCE, secret="short")
    with pytest.raises(TypeError, match="^auth_url: "):
        Tessera(issuer=ISSUER, audience=AUDIENCE, secret="x" * 32, auth_url=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("secert", "; did you mean secret?"),
        ("jwks_uri", "; did you mean jwks_url?"),
        ("auth_ulr", "; did you mean auth_url?"),
        ("verify_signature", ""),
    ],
)
def test_a_setting_that_is_none_is_said_with_what_may_be_meant(name: str, meant: str) -> None:
    wrong: dict[str, Any] = {name: "x" * 32}
    for make in (Tessera, Tessera.from_env):
        with pytest.raises(TypeError) as caught:
            make(issuer=ISSUER, audience=AUDIENCE, **wrong)
        assert str(caught.value) == f"{name}: is not a setting{meant}"

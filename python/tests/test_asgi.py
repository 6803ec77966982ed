"""The middleware, before Starlette and before a bare ASGI application."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket
from support import Client, Serve, pairs_as

from tessera.asgi import TesseraMiddleware
from tessera.testing import NOW, TokenFactory

TOKENS = TokenFactory.hs256()


async def me(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.state.caller.user_id)


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.state.caller.user_id)
    await websocket.close()


async def health(_: Request) -> PlainTextResponse:
    return PlainTextResponse("well")


@pytest.fixture(params=[tuple, list])
def client(serve: Serve, request: pytest.FixtureRequest) -> Client:
    inner = Starlette(routes=[Route("/me", me), WebSocketRoute("/socket", socket)])
    guarded = TesseraMiddleware(inner, TOKENS.verifier())
    routes = [Route("/health", health), Mount("/api", guarded)]
    cors = Middleware(CORSMiddleware, allow_origins=["https://app.test"], allow_headers=["*"])
    return serve(pairs_as(request.param, Starlette(routes=routes, middleware=[cors])))


def test_a_caller_is_in_the_state_of_the_request(client: Client) -> None:
    assert client.get("/api/me", TOKENS.headers("ada")).body == b"ada"
    assert client.get("/health").body == b"well"


@pytest.mark.parametrize(
    ("headers", "code", "message"),
    [
        ({}, "MISSING_TOKEN", "Authentication required"),
        ({"authorization": "Bearer a.b.c"}, "INVALID_TOKEN", "The token is not valid"),
        (TOKENS.headers("ada", exp=NOW - 5), "TOKEN_EXPIRED", "The token has expired"),
    ],
)
@pytest.mark.parametrize("path", ["/api/me", "/api/nowhere"])
def test_everyone_else_is_answered_before(
    client: Client, path: str, headers: dict[str, str], code: str, message: str
) -> None:
    response = client.get(path, headers)
    assert response.status == 401
    assert response.body == f'{{"message":"{message}","code":"{code}"}}'.encode()
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-length"] == str(len(response.body))
    assert response.headers["www-authenticate"].startswith('Bearer realm="api"')


def test_a_browser_asks_for_leave_without_a_token(client: Client) -> None:
    asked = [
        ("origin", "https://app.test"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ]
    assert client.ask("OPTIONS", "/api/me", asked).status == 200


def test_a_websocket_is_opened_for_callers_only(client: Client) -> None:
    headers = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
    ]
    assert client.ask("GET", "/api/socket", headers).status == 403
    ada = headers + list(TOKENS.headers("ada").items())
    assert client.ask("GET", "/api/socket", ada).status == 101


def test_an_application_has_its_scope_for_itself() -> None:
    seen: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    async def nothing(*_: Any) -> Any: ...

    async def ask() -> None:
        guarded = TesseraMiddleware(application, TOKENS.verifier())
        authorization = TOKENS.headers("ada")["Authorization"].encode()
        state = {"shared": 1}
        scope = {
            "type": "http",
            "headers": [(b"authorization", authorization)],
            "path": "/",
            "state": state,
        }
        await guarded(scope, nothing, nothing)
        assert scope["state"] == state == {"shared": 1}
        lifespan = {"type": "lifespan"}
        await guarded(lifespan, nothing, nothing)

    asyncio.run(ask())
    assert seen[0]["state"]["caller"].user_id == "ada"
    assert seen[0]["state"]["shared"] == 1
    assert seen[1] == {"type": "lifespan"}


def test_what_is_no_request_does_not_get_through() -> None:
    async def application(*_: Any) -> None:
        pytest.fail("it was let through")

    async def nothing(*_: Any) -> Any: ...

    guarded = TesseraMiddleware(application, TOKENS.verifier())
    authorization = TOKENS.headers("ada")["Authorization"].encode()
    scope = {"type": "webtransport", "headers": [(b"authorization", authorization)], "path": "/"}
    with pytest.raises(ValueError, match="'webtransport'"):
        asyncio.run(guarded(scope, nothing, nothing))


@pytest.mark.parametrize("pair", [(b"authorization",), (b"authorization", b"Bearer", b"token")])
def test_headers_that_are_no_pairs_are_the_servers_mistake(pair: tuple[bytes, ...]) -> None:
    scope = {"type": "http", "headers": [pair], "path": "/"}
    with pytest.raises(ValueError, match="^headers: expected pairs"):
        asyncio.run(TOKENS.verifier().authenticate(scope))

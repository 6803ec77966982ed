"""Sessions: which credential came, what the auth server is asked, and what is answered."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import Depends, FastAPI, WebSocket
from support import Client, Serve, Upstream

from tessera import AuthServerUnavailable, SessionRefused
from tessera import session as session_module
from tessera.fastapi import Session, Tessera
from tessera.session import Sessions
from tessera.testing import AUDIENCE, ISSUER, SECRET, TokenFactory

AUTH_SECRET = "the auth server's own secret, for tests"
TOKEN = "s" * 32
KNOWN = {
    "session": {"id": "session-1", "userId": "ada", "token": TOKEN, "expiresAt": "2027-01-01"},
    "user": {"id": "ada", "email": "ada@example.com", "name": "Ada"},
}
PLAIN = "better-auth.session_token"
SECURE = "__Secure-better-auth.session_token"

INVALID = b'{"message":"The %b is not valid","code":"INVALID_SESSION"}'


def signed(token: str, secret: str = AUTH_SECRET) -> str:
    mac = hmac.digest(secret.encode(), token.encode(), "sha256")
    return f"{token}.{base64.b64encode(mac).decode()}"


def cookie(name: str, value: str) -> dict[str, str]:
    return {"cookie": f"theme=dark; {name}={quote(value, safe='')}; {name}=second"}


def bearer(value: str) -> dict[str, str]:
    return {"authorization": f"Bearer {value}"}


TRUSTED = [("origin", "https://app.test")]
FOREIGN = [("origin", "https://evil.test")]


def scope_of(headers: dict[str, str], kind: type = tuple) -> dict[str, Any]:
    pairs = [kind((name.encode(), value.encode())) for name, value in headers.items()]
    return {"type": "http", "method": "GET", "path": "/", "headers": pairs}


def post_from(origin: str) -> dict[str, Any]:
    return {**scope_of({**cookie(PLAIN, signed(TOKEN)), "origin": origin}), "method": "POST"}


def not_asked(sessions: Sessions, scope: dict[str, Any]) -> str:
    """The code of the refusal, from outside of an event loop: whoever is in order gets no further."""
    with pytest.raises((AuthServerUnavailable, SessionRefused)) as caught:
        sessions.authenticate(scope).send(None)
    return str(caught.value.code)


@pytest.fixture(params=[None, AUTH_SECRET], ids=["without the secret", "with the secret"])
def auth_secret(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def client(serve: Serve, upstream: Upstream, auth_secret: str | None) -> Client:
    upstream.body = json.dumps(KNOWN).encode()
    auth = Tessera(
        issuer=ISSUER,
        audience=AUDIENCE,
        secret=SECRET,
        auth_url=f"{upstream.url}/api/auth",
        auth_secret=auth_secret,
        trusted_origins=["https://app.test"],
    )
    app = FastAPI()

    # The annotation is resolved in the module, which has no `auth`.
    async def whoami(session: Session = Depends(auth.session)) -> dict[str, str | None]:  # noqa: B008
        return {
            "user_id": session.user_id,
            "session_id": session.session_id,
            "email": session.email,
            "received": session.received,
            "name": session.user["name"],
        }

    async def health() -> str:
        return "well"

    async def socket(websocket: WebSocket, session: Session = Depends(auth.session)) -> None:  # noqa: B008
        await websocket.accept()
        await websocket.send_text(session.user_id)
        await websocket.close()

    app.websocket("/socket")(socket)
    app.get("/health")(health)
    app.get("/whoami")(whoami)
    app.post("/whoami")(whoami)
    return serve(app)


@pytest.mark.parametrize(
    ("headers", "received", "handed_on"),
    [
        (cookie(PLAIN, signed(TOKEN)), "session cookie", ("cookie", PLAIN)),
        (cookie(SECURE, signed(TOKEN)), "session cookie", ("cookie", SECURE)),
        (
            {"cookie": f'{PLAIN}="{signed(TOKEN)}"'},
            "session cookie",
            ("cookie", f"{PLAIN}={signed(TOKEN)}"),
        ),
        (bearer(signed(TOKEN)), "session token", ("authorization", f"Bearer {signed(TOKEN)}")),
        (
            bearer(quote(signed(TOKEN), safe="")),
            "session token",
            ("authorization", f"Bearer {quote(signed(TOKEN), safe='')}"),
        ),
        (
            {**cookie(PLAIN, signed(TOKEN)), **TokenFactory.hs256().headers("bob")},
            "session cookie",
            ("cookie", PLAIN),
        ),
        (
            {**cookie(PLAIN, signed("other")), **bearer(signed(TOKEN))},
            "session token",
            ("authorization", f"Bearer {signed(TOKEN)}"),
        ),
    ],
)
def test_a_session_is_what_the_auth_server_says(
    client: Client,
    upstream: Upstream,
    headers: dict[str, str],
    received: str,
    handed_on: tuple[str, str],
) -> None:
    response = client.get("/whoami", headers)
    assert response.json() == {
        "user_id": "ada",
        "session_id": "session-1",
        "email": "ada@example.com",
        "received": received,
        "name": "Ada",
    }
    [(path, asked)] = upstream.asked
    assert path == "/api/auth/get-session?disableRefresh=true"
    name, value = handed_on
    assert asked[name].startswith(value)
    # Nothing else of the request goes to the auth server.
    assert "theme" not in asked.get("cookie", "")
    assert ("cookie" in asked) != ("authorization" in asked)


@pytest.mark.parametrize(
    ("headers", "body", "description"),
    [
        ({}, b'{"message":"Authentication required","code":"MISSING_SESSION"}', None),
        (
            {"cookie": "theme=dark"},
            b'{"message":"Authentication required","code":"MISSING_SESSION"}',
            None,
        ),
        (
            TokenFactory.hs256().headers("ada"),
            b'{"message":"A session is needed, and a JWT was sent","code":"INVALID_SESSION"}',
            "received a JWT: it is for services that verify tokens; send the session cookie",
        ),
        (
            {"authorization": "Basic YTpi"},
            b'{"message":"Send exactly one Authorization header: Bearer <token>",'
            b'"code":"MALFORMED_AUTHORIZATION"}',
            "there is not exactly one bearer token",
        ),
    ],
)
def test_what_is_no_session_is_not_asked_about(
    client: Client,
    upstream: Upstream,
    headers: dict[str, str],
    body: bytes,
    description: str | None,
) -> None:
    response = client.get("/whoami", headers)
    assert (response.status, response.body) == (401, body)
    challenge = response.headers["www-authenticate"]
    if description is None:
        assert challenge == 'Bearer realm="api"'
    else:
        assert challenge.endswith(f'error_description="{description}"')
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("headers", "received"),
    [
        (cookie(PLAIN, signed(TOKEN, "another secret of 32 bytes or more")), "session cookie"),
        (cookie(SECURE, TOKEN), "session cookie"),
        (cookie(PLAIN, ""), "session cookie"),
        (bearer(signed(TOKEN)[:-2] + "A="), "session token"),
    ],
)
def test_a_session_of_another_secret_is_refused(
    client: Client,
    upstream: Upstream,
    auth_secret: str | None,
    headers: dict[str, str],
    received: str,
) -> None:
    upstream.body = b"null"
    response = client.get("/whoami", headers)
    assert (response.status, response.body) == (401, INVALID % received.encode())
    # With the secret nobody has to be asked; without it the auth server checks the signature.
    assert len(upstream.asked) == (1 if auth_secret is None else 0)
    why = (
        "the auth server knows no such session"
        if auth_secret is None
        else "its signature does not verify"
    )
    assert response.headers["www-authenticate"] == (
        'Bearer realm="api", error="invalid_token", '
        f'error_description="received a {received}: {why}"'
    )


@pytest.mark.parametrize("also", [{}, cookie(PLAIN, signed(TOKEN))])
def test_with_the_secret_a_token_without_a_signature_makes_no_work(
    client: Client, upstream: Upstream, auth_secret: str | None, also: dict[str, str]
) -> None:
    response = client.get("/whoami", {**bearer(TOKEN), **also})
    if auth_secret is None:
        assert (response.status, response.json()["received"]) == (200, "session token")
        [(_, asked)] = upstream.asked
        assert asked["authorization"] == f"Bearer {TOKEN}"
        return
    assert (response.status, response.body) == (401, INVALID % b"session token")
    assert response.headers["www-authenticate"] == (
        'Bearer realm="api", error="invalid_token", error_description='
        '"received a session token: it is not signed: send that of set-auth-token"'
    )
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("client", "handed_on"),
    [
        (("192.0.2.7", 50_000), "192.0.2.7"),
        (["2001:DB8:0::7", 0], "2001:db8::7"),
        (("fe80::1%eth0\r\nx: y", 0), "fe80::1"),
        (("testclient", 50_000), None),
        (("192.0.2.7, 192.0.2.8", 0), None),
        (("192.0.2.7\r\nx: y", 0), None),
        ((None, 0), None),
        (None, None),
    ],
)
def test_the_auth_server_is_told_the_address_of_the_client(
    upstream: Upstream, client: Any, handed_on: str | None
) -> None:
    upstream.body = json.dumps(KNOWN).encode()
    # What uvicorn does not believe is not looked at.
    scope = scope_of({**bearer(TOKEN), "x-forwarded-for": "198.51.100.1"})
    asyncio.run(Sessions(upstream.url).authenticate({**scope, "client": client}))
    [(_, asked)] = upstream.asked
    assert asked.get("x-forwarded-for") == handed_on


@pytest.mark.parametrize("space", ["\x1c", "\x1f", "\x85", "\xa0", "\x0b", "\x0c"])
@pytest.mark.parametrize("at", ["{space}{name}={value}", "{name}{space}={value}"])
def test_a_cookie_has_the_name_that_the_browser_sees(space: str, at: str) -> None:
    # Only https can set `__Secure-...`, and anybody on the way can set what merely looks like it.
    text = at.format(space=space, name=SECURE, value=quote(signed(TOKEN), safe=""))
    scope = {**scope_of({}), "headers": [(b"cookie", f"theme=dark; {text}".encode("latin-1"))]}
    sessions = Sessions("https://auth.test/api/auth")
    assert not_asked(sessions, scope) == "missing_session"
    spaced = text.replace(space, " \t").encode("latin-1")
    scope["headers"] = [(b"cookie", b"theme=dark; " + spaced)]
    assert not_asked(sessions, scope) == "auth_server_unavailable"


def test_of_two_cookies_the_auth_server_knows_its_own(client: Client, upstream: Upstream) -> None:
    both = {"cookie": f"{PLAIN}={signed('old')}; {SECURE}={signed(TOKEN)}"}
    assert client.get("/whoami", both).status == 200
    [(_, asked)] = upstream.asked
    assert asked["cookie"] == both["cookie"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (302, b"null"),
        (404, b"null"),
        (429, b"null"),
        (200, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b"3"),
        (200, b"[" * 200_000),
        (200, json.dumps({**KNOWN, "user": None}).encode()),
        (200, json.dumps({**KNOWN, "user": {"id": 1}}).encode()),
        (200, json.dumps({**KNOWN, "user": {"id": "bob"}}).encode()),
        (200, json.dumps({**KNOWN, "user": {"id": "ada", "email": 1}}).encode()),
        # No Unicode, or no JSON, however it is read: a handler could not answer with it.
        (200, json.dumps(KNOWN).replace('"Ada"', "NaN").encode()),
        (200, json.dumps(KNOWN).replace('"ada"', '"\\ud800"').encode()),
        (200, json.dumps(KNOWN).replace('"Ada"', '"\\udfff"').encode()),
        (200, json.dumps(KNOWN).encode().replace(b'"Ada"', b'"\xed\xa0\x80"')),
        (200, b" " * (1024 * 1024 + 1)),
    ],
)
def test_an_auth_server_that_says_nothing_is_503(
    client: Client, upstream: Upstream, status: int, body: bytes
) -> None:
    upstream.status, upstream.body = status, body
    response = client.get("/whoami", cookie(PLAIN, signed(TOKEN)))
    assert response.status == 503
    assert response.body == (
        b'{"message":"Sessions cannot be verified right now. Please try again.",'
        b'"code":"AUTH_SERVER_UNAVAILABLE"}'
    )
    assert response.headers["retry-after"] == "5"


def test_nobody_else_waits_for_the_auth_server(client: Client, upstream: Upstream) -> None:
    upstream.answers.clear()
    with ThreadPoolExecutor(8) as threads:
        headers = cookie(PLAIN, signed(TOKEN))
        asked = [threads.submit(client.get, "/whoami", headers) for _ in range(8)]
        assert upstream.is_asked.wait(30)
        for _ in range(20):
            assert client.get("/health").json() == "well"
        assert not any(future.done() for future in asked)
        upstream.answers.set()
        assert {future.result().status for future in asked} == {200}


def test_an_auth_server_that_refuses_is_401(client: Client, upstream: Upstream) -> None:
    upstream.status = 401
    response = client.get("/whoami", cookie(PLAIN, signed(TOKEN)))
    assert (response.status, response.body) == (401, INVALID % b"session cookie")


@pytest.mark.parametrize(
    ("origin", "answer"),
    [
        ({"origin": "https://app.test"}, (200, None)),
        ({"referer": "https://APP.test/page?x=1"}, (200, None)),
        ({"origin": "https://evil.test"}, (403, b'"INVALID_ORIGIN"')),
        ({"origin": "https://app.test.evil.test"}, (403, b'"INVALID_ORIGIN"')),
        ({"origin": "https://["}, (403, b'"INVALID_ORIGIN"')),
        ({"origin": "é"}, (403, b'"INVALID_ORIGIN"')),
        ({"referer": "https://app.test@evil.test/"}, (403, b'"INVALID_ORIGIN"')),
        (
            {"origin": "https://evil.test", "referer": "https://app.test/"},
            (403, b'"INVALID_ORIGIN"'),
        ),
        ({"origin": "null"}, (403, b'"MISSING_OR_NULL_ORIGIN"')),
        ({}, (403, b'"MISSING_OR_NULL_ORIGIN"')),
    ],
)
def test_a_cookie_changes_nothing_for_another_site(
    client: Client, upstream: Upstream, origin: dict[str, str], answer: tuple[int, bytes | None]
) -> None:
    headers = list({**cookie(PLAIN, signed(TOKEN)), **origin}.items())
    response = client.ask("POST", "/whoami", headers)
    status, code = answer
    assert response.status == status
    assert code is None or code in response.body
    assert len(upstream.asked) == (1 if status == 200 else 0)
    # No browser sends a token by itself.
    token = list({**bearer(signed(TOKEN)), **origin}.items())
    assert client.ask("POST", "/whoami", token).status == 200


@pytest.mark.parametrize("origins", [TRUSTED + FOREIGN, FOREIGN + TRUSTED])
def test_of_several_origins_each_is_trusted_or_none(
    client: Client, upstream: Upstream, origins: list[tuple[str, str]]
) -> None:
    headers = [*cookie(PLAIN, signed(TOKEN)).items(), *origins]
    response = client.ask("POST", "/whoami", headers)
    assert (response.status, response.body) == (
        403,
        b'{"message":"Invalid origin","code":"INVALID_ORIGIN"}',
    )
    assert upstream.asked == []


def test_a_websocket_with_a_cookie_says_where_it_is_from(
    client: Client, upstream: Upstream
) -> None:
    headers = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        *cookie(PLAIN, signed(TOKEN)).items(),
    ]
    assert client.ask("GET", "/socket", headers + FOREIGN).status == 403
    assert client.ask("GET", "/socket", headers).status == 403
    assert upstream.asked == []
    assert client.ask("GET", "/socket", headers + TRUSTED).status == 101


@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        ({"auth_url": "https://APP.test:443/api/auth"}, "https://app.test"),
        ({"auth_url": "http://localhost:80/api/auth"}, "http://localhost"),
        ({"auth_url": "http://[0:0::1]:3000/api/auth"}, "http://[::1]:3000"),
        ({"trusted_origins": ["https://App.test:443"]}, "https://app.test"),
        ({"trusted_origins": ["https://app.test:8443"]}, "https://app.test:8443"),
    ],
)
def test_an_origin_is_what_browsers_send(settings: dict[str, Any], origin: str) -> None:
    sessions = Sessions(**{"auth_url": "https://auth.test/api/auth", **settings})
    assert not_asked(sessions, post_from(origin)) == "auth_server_unavailable"
    assert not_asked(sessions, post_from(origin + "0")) == "invalid_origin"


def test_another_loop_than_asyncios_is_told_to_ask_again(upstream: Upstream) -> None:
    sessions = Sessions(upstream.url)
    assert not_asked(sessions, scope_of(bearer(TOKEN))) == "auth_server_unavailable"
    assert upstream.asked == []


def test_an_interpreter_that_is_ending_asks_nobody(upstream: Upstream) -> None:
    sessions = Sessions(upstream.url)
    sessions._threads.shutdown()
    with pytest.raises(AuthServerUnavailable, match="cannot schedule new futures"):
        asyncio.run(sessions.authenticate(scope_of(bearer(TOKEN))))


def test_no_more_wait_for_the_auth_server_than_have_a_place(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.body = json.dumps(KNOWN).encode()
    monkeypatch.setattr(session_module, "_MAX_WAITING", 4)
    sessions = Sessions(upstream.url)
    scope = scope_of(bearer(TOKEN))

    async def requests() -> None:
        upstream.answers.clear()
        waiting = [asyncio.create_task(sessions.authenticate(scope)) for _ in range(16 + 4)]
        await asyncio.sleep(0)
        for _ in range(3):
            with pytest.raises(AuthServerUnavailable, match="too many questions"):
                await sessions.authenticate(scope)
        waiting.pop().cancel()  # One goes away, and leaves its place to another.
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(sessions.authenticate(scope)))
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        upstream.answers.set()
        assert {session.user_id for session in await asyncio.gather(*waiting)} == {"ada"}
        # Their places are free again.
        again = [sessions.authenticate(scope) for _ in range(16 + 4)]
        assert {session.user_id for session in await asyncio.gather(*again)} == {"ada"}

    asyncio.run(requests())
    assert len(upstream.asked) == 40


def test_nobody_waits_for_ever(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_MAX_WAIT", 0.01)
    upstream.answers.clear()
    sessions = Sessions(upstream.url)
    with pytest.raises(AuthServerUnavailable, match="not answered in time"):
        asyncio.run(sessions.authenticate(scope_of(bearer(TOKEN))))


@pytest.mark.parametrize("headers", [bearer(TOKEN), cookie(PLAIN, signed(TOKEN))])
def test_headers_may_be_pairs_of_any_kind(upstream: Upstream, headers: dict[str, str]) -> None:
    upstream.body = json.dumps(KNOWN).encode()
    scope = scope_of({**headers, "origin": upstream.url}, kind=list)
    session = asyncio.run(Sessions(upstream.url).authenticate({**scope, "method": "POST"}))
    assert session.user_id == "ada"


def test_openapi_shows_the_cookie(client: Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["components"]["securitySchemes"] == {
        "TesseraSession": {"type": "apiKey", "in": "cookie", "name": PLAIN}
    }
    assert document["paths"]["/whoami"]["get"]["security"] == [{"TesseraSession": []}]


def test_v6_a_refusal_is_logged_without_the_credential(
    client: Client, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    upstream.body = b"null"
    client.get("/whoami", cookie(PLAIN, signed(TOKEN)))
    records = [record for record in caplog.records if record.name == "tessera.audit"]
    assert [record.getMessage() for record in records] == [
        "session_refused reason=invalid_session user=- client='127.0.0.1' path='/whoami': "
        "received a session cookie: the auth server knows no such session"
    ]
    assert TOKEN not in caplog.text


def test_a_session_does_not_print_its_token() -> None:
    session = Session("ada", "session-1", None, "session cookie", KNOWN["user"], KNOWN["session"])
    assert TOKEN not in repr(session)


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"auth_url": "auth.test/api/auth"}, ValueError, "auth_url: it does not start with"),
        ({"auth_url": "http://auth.test/api/auth"}, ValueError, "auth_url: http is only for"),
        ({"auth_url": 1}, TypeError, "auth_url: expected str"),
        ({"auth_secret": "short"}, ValueError, "auth_secret: the secret has 5 bytes"),
        ({"auth_secret": 1}, TypeError, "auth_secret: expected str or bytes"),
        ({"auth_url": "https://auth.test/api/auth?x"}, ValueError, "auth_url: it has to look like"),
        ({"auth_url": "https://auth.test/api/auth#x"}, ValueError, "auth_url: "),
        ({"auth_url": "https://me@auth.test/api/auth"}, ValueError, "auth_url: "),
        ({"trusted_origins": 1}, TypeError, "trusted_origins: expected str"),
        ({"danger_plain_http": "yes"}, TypeError, "danger_plain_http: expected bool"),
    ],
)
def test_a_wrong_setting_is_named(
    settings: dict[str, Any], error: type[Exception], text: str
) -> None:
    usual: dict[str, Any] = {"auth_url": "https://auth.test/api/auth"}
    with pytest.raises(error, match=f"^{text}"):
        Sessions(**(usual | settings))


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "app.test",
        "null",
        "https://",
        "https:///",
        "https://a b",
        "https://a.test/",
        "https://a.test/x",
        "https://app.test?x",
        "https://app.test#x",
        "https://app.test:80808",
        "https://app.test:",
        "https://app.test:x",
        "https://me@app.test",
        "https://*.app.test",
        "https://äpp.test",
        "https://[::g]",
        "https://app.test\n",
        "myapp://open",
    ],
)
def test_what_no_browser_sends_is_no_origin(origin: str) -> None:
    problem = "an origin looks like https://app.example.com: no wildcard, no path"
    with pytest.raises(
        ValueError, match=f"^{re.escape(f'trusted_origins: {origin!r}: {problem}')}$"
    ):
        Sessions("https://auth.test/api/auth", trusted_origins=[origin])


def test_settings_of_sessions_are_not_for_nothing() -> None:
    settings: Any = {"issuer": ISSUER, "audience": AUDIENCE, "secret": SECRET}
    with pytest.raises(ValueError, match=r"^auth_secret: it is for sessions: set `auth_url`$"):
        Tessera(**settings, auth_secret=AUTH_SECRET)
    with pytest.raises(
        ValueError, match=r"^trusted_origins: they are for sessions: set `auth_url`$"
    ):
        Tessera(**settings, trusted_origins=["https://app.test"])


def test_plain_http_is_had_by_asking_for_danger() -> None:
    assert Sessions("http://auth:3000/api/auth", danger_plain_http=True)

"""Sessions: which credential came, what the auth server is asked, and what is answered."""

from __future__ import annotations

import base64
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import Depends, FastAPI
from support import Client, Serve, Upstream

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
        (bearer(TOKEN), "session token", ("authorization", f"Bearer {TOKEN}")),
        (
            {**cookie(PLAIN, signed(TOKEN)), **TokenFactory.hs256().headers("bob")},
            "session cookie",
            ("cookie", PLAIN),
        ),
        (
            {**cookie(PLAIN, signed("other")), **bearer(TOKEN)},
            "session token",
            ("authorization", f"Bearer {TOKEN}"),
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
    token = list({**bearer(TOKEN), **origin}.items())
    assert client.ask("POST", "/whoami", token).status == 200


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
        "session_refused reason=invalid_session user=- client=127.0.0.1 path='/whoami': "
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
        ({"trusted_origins": "app.test"}, ValueError, "trusted_origins: 'app.test' is no origin"),
        ({"trusted_origins": ["https://a.test/x"]}, ValueError, "trusted_origins: an origin has"),
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


def test_plain_http_is_had_by_asking_for_danger() -> None:
    assert Sessions("http://auth:3000/api/auth", danger_plain_http=True)

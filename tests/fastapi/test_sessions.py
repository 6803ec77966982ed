"""The `session` dependency of the Python package, and the servers that it asks.

Tessera and the npm package answer for the same sessions, in both kinds of cookie.
"""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import pytest
from fastapi import Depends, FastAPI
from tessera.fastapi import Session, Tessera

from servers import AUTH_SECRET, JWT_SECRET, Server, npm, tessera
from support import Client, Response, served

PLAIN = "better-auth.session_token"
SECURE = "__Secure-better-auth.session_token"
HTTP = "http://app.test"
HTTPS = "https://app.test"

numbers = itertools.count()


@dataclass(frozen=True)
class AuthServer:
    """One of the two, for a site of http or of https."""

    server: Server
    site: str

    @property
    def cookie_name(self) -> str:
        return SECURE if self.site == HTTPS else PLAIN

    def ask(self, method: str, path: str, cookie: str | None = None, **body: str) -> Response:
        headers = [("origin", self.site), ("content-type", "application/json")]
        if cookie is not None:
            headers.append(("cookie", cookie))
        content = json.dumps(body).encode() if method == "POST" else None
        response = self.server.ask(method, f"/api/auth{path}", headers, content)
        assert response.status == 200, response.body
        return response

    def sign_up(self) -> Person:
        email = f"ada-{next(numbers)}@example.com"
        password = "analytical engine no 7"
        answer = self.ask("POST", "/sign-up/email", name="Ada", email=email, password=password)
        cookie, *_ = answer.headers["set-cookie"].split(";")
        jwt = self.ask("GET", "/token", cookie).json()["token"]
        return Person(answer.json()["user"]["id"], email, cookie, jwt)

    def expire(self, person: Person) -> None:
        """As if the session had begun long ago."""
        with closing(sqlite3.connect(self.server.folder / "database", timeout=10)) as database:
            set_to = "UPDATE session SET expiresAt = '2020-01-01T00:00:00.000Z' WHERE token = ?"
            assert database.execute(set_to, [person.token]).rowcount == 1
            database.commit()


@dataclass(frozen=True)
class Person:
    """Somebody with a session.

    Attributes:
        cookie: As their browser sends it.
        jwt: What is for services that verify by themselves.
    """

    user_id: str
    email: str
    cookie: str
    jwt: str

    @property
    def signed(self) -> str:
        """The token of the session and its signature."""
        return unquote(self.cookie.partition("=")[2])

    @property
    def token(self) -> str:
        return self.signed.partition(".")[0]


def cookie(signed: str, name: str) -> dict[str, str]:
    return {"cookie": f"{name}={quote(signed, safe='')}"}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def signed_by(secret: str, token: str) -> str:
    mac = hmac.digest(secret.encode(), token.encode(), "sha256")
    return f"{token}.{base64.b64encode(mac).decode()}"


@pytest.fixture(
    scope="module",
    params=[(tessera, HTTP), (tessera, HTTPS), (npm, HTTP), (npm, HTTPS)],
    ids=["tessera-http", "tessera-https", "npm-http", "npm-https"],
)
def auth_server(request: pytest.FixtureRequest) -> Iterator[AuthServer]:
    start, site = request.param
    with start(BETTER_AUTH_URL=site, BETTER_AUTH_SECRET=AUTH_SECRET) as server:
        yield AuthServer(server, site)


@pytest.fixture(scope="module", params=[None, AUTH_SECRET], ids=["asks", "checks-and-asks"])
def auth_secret(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def service(auth_server: AuthServer, auth_secret: str | None) -> Iterator[Client]:
    with served(application(auth_server, auth_secret)) as client:
        yield client


def application(auth_server: AuthServer, auth_secret: str | None) -> FastAPI:
    auth = Tessera(
        issuer=auth_server.site,
        audience=auth_server.site,
        secret=JWT_SECRET,
        auth_url=f"{auth_server.server.url}/api/auth",
        auth_secret=auth_secret,
        trusted_origins=[auth_server.site],
    )
    app = FastAPI()

    # The annotation is resolved in the module, which has no `auth`.
    async def whoami(session: Session = Depends(auth.session)) -> list[str | None]:  # noqa: B008
        return [session.user_id, session.email, session.received]

    app.get("/whoami")(whoami)
    app.post("/whoami")(whoami)
    return app


def refusal(response: Response) -> tuple[int, str, str]:
    """Status, message, and what the challenge says."""
    description = response.headers["www-authenticate"].partition('error_description="')[2]
    return response.status, response.json()["message"], description.rstrip('"')


def test_n4_every_credential_of_a_session_is_taken(
    auth_server: AuthServer, service: Client, auth_secret: str | None
) -> None:
    ada = auth_server.sign_up()
    # The token of sign-in's body has no signature, and the service with the secret looks for one.
    bare = [] if auth_secret is not None else [(bearer(ada.token), "session token")]
    for headers, received in (
        ({"cookie": ada.cookie}, "session cookie"),
        ({"cookie": f"theme=dark; {ada.cookie}; {ada.cookie}x"}, "session cookie"),
        ({"cookie": ada.cookie} | bearer(ada.jwt), "session cookie"),
        (bearer(ada.signed), "session token"),
        (bearer(quote(ada.signed, safe="")), "session token"),
        *bare,
    ):
        response = service.get("/whoami", headers)
        assert (response.status, response.json()) == (200, [ada.user_id, ada.email, received])


def test_n4_what_is_no_session_is_named(
    auth_server: AuthServer, service: Client, auth_secret: str | None
) -> None:
    ada = auth_server.sign_up()
    name = auth_server.cookie_name
    other_name = PLAIN if name == SECURE else SECURE
    tampered = ("A" if ada.signed[0] != "A" else "B") + ada.signed[1:]
    foreign = signed_by("another secret of 32 bytes or more", ada.token)
    unknown = "the auth server knows no such session"
    unsigned = unknown if auth_secret is None else "its signature does not verify"
    no_signature = "it is not signed: send that of set-auth-token"
    for headers, received, why in (
        (cookie(tampered, name), "session cookie", unsigned),
        (cookie(foreign, name), "session cookie", unsigned),
        (cookie(ada.token, name), "session cookie", unsigned),
        (cookie(ada.signed, other_name), "session cookie", unknown),
        (bearer(tampered), "session token", unsigned),
        (bearer(foreign), "session token", unsigned),
        (
            bearer(tampered.partition(".")[0]),
            "session token",
            unknown if auth_secret is None else no_signature,
        ),
    ):
        expected = (401, f"The {received} is not valid", f"received a {received}: {why}")
        assert refusal(service.get("/whoami", headers)) == expected
    assert refusal(service.get("/whoami", bearer(ada.jwt))) == (
        401,
        "A session is needed, and a JWT was sent",
        "received a JWT: it is for services that verify tokens; send the session cookie",
    )
    assert refusal(service.get("/whoami")) == (401, "Authentication required", "")


@pytest.mark.parametrize("end", ["signed out", "expired"])
def test_a5_a_session_that_has_ended_is_refused(
    auth_server: AuthServer, service: Client, end: str
) -> None:
    ada, ben = auth_server.sign_up(), auth_server.sign_up()
    credentials = ({"cookie": ada.cookie}, bearer(ada.signed))
    assert [service.get("/whoami", each).status for each in credentials] == [200, 200]
    if end == "expired":
        auth_server.expire(ada)
    else:
        auth_server.ask("POST", "/sign-out", ada.cookie)
    for headers, received in zip(credentials, ("session cookie", "session token"), strict=True):
        status, message, why = refusal(service.get("/whoami", headers))
        assert (status, message) == (401, f"The {received} is not valid")
        assert why == f"received a {received}: the auth server knows no such session"
    assert service.get("/whoami", {"cookie": ben.cookie}).status == 200


def test_a_cookie_changes_nothing_for_another_site(
    auth_server: AuthServer, service: Client
) -> None:
    ada = auth_server.sign_up()
    for origin, status in ((auth_server.site, 200), ("https://evil.test", 403), ("null", 403)):
        headers = [("cookie", ada.cookie), ("origin", origin)]
        assert service.ask("POST", "/whoami", headers).status == status


@pytest.mark.parametrize(
    ("trusted_proxies", "auth_secret", "status"),
    [("", None, 503), ("", AUTH_SECRET, 200), ("127.0.0.1", None, 200)],
    ids=["unprepared", "with the secret", "a trusted proxy"],
)
def test_a_stranger_who_makes_up_sessions(
    trusted_proxies: str, auth_secret: str | None, status: int
) -> None:
    with tessera(
        BETTER_AUTH_URL=HTTP,
        BETTER_AUTH_SECRET=AUTH_SECRET,
        TESSERA_RATE_LIMIT="on",
        TESSERA_TRUSTED_PROXIES=trusted_proxies,
    ) as server:
        auth_server = AuthServer(server, HTTP)
        ada = auth_server.sign_up()
        # uvicorn believes what comes from this machine, as if it were its proxy.
        with served(application(auth_server, auth_secret)) as service:
            for number in range(101):
                made_up = bearer(f"made-up-{number}")
                service.get("/whoami", {"x-forwarded-for": "198.51.100.1", **made_up})
            headers = {"x-forwarded-for": "203.0.113.7", "cookie": ada.cookie}
            assert service.get("/whoami", headers).status == status

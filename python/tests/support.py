"""Servers of a test's own, and requests that show every byte."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from tessera import Verifier
from tessera.testing import AUDIENCE, ISSUER, NOW, TokenFactory


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Asks a server on this machine."""

    port: int

    def get(self, path: str, headers: dict[str, str] | None = None) -> Response:
        return self.ask("GET", path, list((headers or {}).items()))

    def ask(
        self, method: str, path: str, headers: list[tuple[str, str]], body: bytes | None = None
    ) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Response(response.status, found, response.read())
        finally:
            connection.close()


Serve = Callable[[Any], Client]


@contextmanager
def served(app: Any) -> Generator[Client]:
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    socket.listen()  # From now on, so that whoever asks early waits.
    thread = threading.Thread(target=server.run, args=([socket],))
    thread.start()
    try:
        yield Client(socket.getsockname()[1])
    finally:
        # It looks ten times a second: nobody waits, and it closes its socket.
        server.should_exit = True


@dataclass
class Upstream:
    """An HTTP server of a test's own: what it answers with, and what it was asked."""

    port: int = 0
    status: int = 200
    body: bytes = b"null"
    content_type: str = "application/json"
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    # Set by default; cleared, it keeps whoever asks waiting.
    answers: threading.Event = field(default_factory=threading.Event)
    is_asked: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def publish(upstream: Upstream, *factories: TokenFactory) -> None:
    keys = [key for factory in factories for key in factory.jwks["keys"]]
    upstream.body = json.dumps({"keys": keys}).encode()


def remote(upstream: Upstream, clock: Callable[[], int] = lambda: NOW) -> Verifier:
    return Verifier(ISSUER, AUDIENCE, jwks_url=upstream.url, clock=clock)


def pairs_as(kind: type, app: Any) -> Any:
    """The application, whose servers give it headers as tuples or as lists: ASGI has both."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if "headers" in scope:
            scope = {**scope, "headers": [kind(pair) for pair in scope["headers"]]}
        await app(scope, receive, send)

    return wrapped

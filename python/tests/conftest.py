"""What several tests share."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from support import Serve, Upstream, served

from tessera.testing import TokenFactory


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves an ASGI application with uvicorn, on a free port, as long as the test runs."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(served(app))


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """An auth server, as far as the test wants."""
    state = Upstream()
    state.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            state.is_asked.set()
            state.answers.wait()
            try:
                self.send_response(state.status)
                self.send_header("content-type", state.content_type)
                self.send_header("content-length", str(len(state.body)))
                self.end_headers()
                self.wfile.write(state.body)
            except OSError:
                pass  # Whoever asked has gone.

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 its name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # Whoever was let in is answered before the test is over.
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    state.answers.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def tokens() -> TokenFactory:
    return TokenFactory.hs256()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("TESSERA_", "BETTER_AUTH_"))]:
        monkeypatch.delenv(name)

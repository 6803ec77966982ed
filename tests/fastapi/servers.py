"""Servers that run as processes of their own, on free ports, for as long as a test needs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support import Client

ROOT = Path(__file__).parents[2]

AUTH_SECRET = "a secret that is only the auth server's"
JWT_SECRET = "a secret that services share, for tests"


@dataclass(frozen=True)
class Server(Client):
    """One that answers.

    Attributes:
        folder: Where it may keep its data.
    """

    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def tessera(**settings: str) -> Generator[Server]:
    """The binary, with these environment variables."""
    usual = {"TESSERA_RATE_LIMIT": "off", "TESSERA_JWT_SECRET": JWT_SECRET}
    binary = ROOT / os.environ["TESSERA_BIN"]
    with _started([str(binary), "serve"], None, usual | settings, "sqlite:{}") as server:
        yield server


@contextmanager
def npm(**settings: str) -> Generator[Server]:
    """The npm package's server."""
    usual = {"OPTIONS": '{"rateLimit": {"enabled": false}}'}
    peer = ROOT / "tests/peers/better-auth"
    with _started(["node", "server.mjs"], peer, usual | settings, "sqlite:{}") as server:
        yield server


@contextmanager
def example(**settings: str) -> Generator[Server]:
    """`examples/fastapi-todo`."""
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", "{port}"]
    folder = ROOT / "examples/fastapi-todo"
    with _started(command, folder, settings, "sqlite:///{}") as server:
        yield server


@contextmanager
def _started(
    command: Sequence[str], folder: Path | None, settings: dict[str, str], database: str
) -> Generator[Server]:
    with socket.socket() as free, tempfile.TemporaryDirectory() as data:
        free.bind(("127.0.0.1", 0))
        server = Server(free.getsockname()[1], Path(data))
        free.close()
        environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(server.port),
            "TESSERA_DATA_DIR": data,
            "DATABASE_URL": database.format(server.folder / "database"),
        }
        log = server.folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [part.format(port=server.port) for part in command],
                cwd=folder or data,
                env=environment | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait(server, process, log)
            yield server
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks it to end; one that does not is an error, and ends all the same."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers, whatever it answers."""
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        try:
            server.get("/")
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text()}")

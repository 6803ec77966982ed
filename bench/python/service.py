"""Asks two services in turns, from a core of its own where there are two."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tessera.testing import TokenFactory

ROUNDS = 21
SECONDS_OF_A_TURN = 0.5
SECONDS_TO_START = 30
CONNECTIONS = 16


@dataclass(frozen=True)
class Turn:
    """How many requests were answered, in how many seconds, for how much of the server's time."""

    requests: int
    seconds: float
    processor: float


class Connection(asyncio.Protocol):
    """Asks again as soon as it is answered."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.answered = 0
        self.asking = False
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self) -> None:
        """Asks as long as `asking`."""
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Counts an answer once its body is there: the JSON object ends."""
        self.buffer += data
        if not self.buffer.endswith(b"}"):
            return
        if not self.buffer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(self.buffer.decode())
        self.buffer = b""
        self.answered += 1
        if self.asking:
            self.ask()


class Server:
    """One of the two, in a process on the first core."""

    def __init__(self, application: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "--factory", f"app:{application}"]
        options = ["--port", str(self.port), "--loop", "uvloop", "--http", "httptools"]
        self.process = subprocess.Popen(
            [*command, *options, "--no-access-log", "--log-level", "warning"],
            cwd=Path(__file__).parent,
        )

    async def connect(self, request: bytes) -> list[Connection]:
        """Connects once it listens."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + SECONDS_TO_START
        made: list[Connection] = []
        while len(made) < CONNECTIONS:
            if self.process.poll() is not None or loop.time() > give_up:
                raise RuntimeError("the service does not listen")
            try:
                _, connection = await loop.create_connection(
                    lambda: Connection(request), "127.0.0.1", self.port
                )
                made.append(connection)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
        return made

    def processor_seconds(self) -> float:
        """What the server's one thread has used up to now."""
        return int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[0]) / 1e9


async def turn(server: Server, connections: list[Connection], seconds: float) -> Turn:
    """Keeps all connections asking for so long."""
    answered = sum(connection.answered for connection in connections)
    processor, begin = server.processor_seconds(), time.perf_counter()
    for connection in connections:
        connection.asking = True
        connection.ask()
    await asyncio.sleep(seconds)
    for connection in connections:
        connection.asking = False
    asked = sum(connection.answered for connection in connections) - answered
    elapsed = time.perf_counter() - begin
    used = server.processor_seconds() - processor
    await asyncio.sleep(0.05)  # The last answers.
    return Turn(asked, elapsed, used)


async def measure(servers: tuple[Server, Server]) -> list[tuple[Turn, Turn]]:
    """Rounds of PyJWT's turn and ours."""
    now = int(time.time())
    token = TokenFactory.hs256().token("ada", iat=now - 10, exp=now + 3600)
    request = (
        f"GET /api/me HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
        "accept: application/json\r\nuser-agent: bench\r\n\r\n"
    ).encode()
    theirs, ours = [await server.connect(request) for server in servers]
    for server, connections in zip(servers, (theirs, ours), strict=True):
        await turn(server, connections, 1.0)
    return [
        (
            await turn(servers[0], theirs, SECONDS_OF_A_TURN),
            await turn(servers[1], ours, SECONDS_OF_A_TURN),
        )
        for _ in range(ROUNDS)
    ]


def rounds_of_requests() -> list[tuple[Turn, Turn]]:
    """What both services did in each round: with PyJWT, and with this package."""
    servers = (Server("with_pyjwt"), Server("with_tessera"))
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    try:
        return asyncio.run(measure(servers))
    finally:
        for server in servers:
            server.process.kill()
            server.process.wait()

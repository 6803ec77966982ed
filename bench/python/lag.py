"""How late an event loop is while keys are fetched."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from tessera import Verifier
from tessera.testing import AUDIENCE, ISSUER, NOW, TokenFactory

FETCH_SECONDS = 2.0
TICK = 0.001


async def longest_lags() -> tuple[list[float], list[float]]:
    """In seconds, three times: while nothing is fetched, and while fifty requests wait for a slow fetch.

    Other programs make any loop late now and then.
    """
    tokens = TokenFactory.eddsa()
    answer = json.dumps(tokens.jwks).encode()

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(FETCH_SECONDS)
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 its name
            pass

    server = HTTPServer(("127.0.0.1", 0), Slow)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        token = tokens.token("ada")
        idle: list[float] = []
        busy: list[float] = []
        for _ in range(3):
            idle.append(await longest(asyncio.sleep(FETCH_SECONDS)))
            verifier = Verifier(ISSUER, AUDIENCE, jwks_url=url, clock=lambda: NOW)
            begin = time.perf_counter()
            waiting = (verifier.verify_async(token) for _ in range(50))
            busy.append(await longest(asyncio.gather(*waiting)))
            if time.perf_counter() - begin < FETCH_SECONDS:
                raise RuntimeError("nobody waited")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return sorted(idle), sorted(busy)


async def longest(work: Any) -> float:
    """How late the latest of the loop's ticks was, until `work` is done."""
    done = asyncio.ensure_future(work)
    longest = 0.0
    while not done.done():
        begin = time.perf_counter()
        await asyncio.sleep(TICK)
        longest = max(longest, time.perf_counter() - begin - TICK)
    await done
    return longest

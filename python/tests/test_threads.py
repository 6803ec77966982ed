"""Threads and event loops that share a verifier, and what a million verifications leave behind."""

from __future__ import annotations

import asyncio
import os
import select
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support import Upstream, publish, remote

from tessera import TokenRefused, Verifier
from tessera.testing import NOW, TokenFactory


def test_threads_and_event_loops_share_a_verifier(upstream: Upstream) -> None:
    tokens, other = TokenFactory.eddsa(), TokenFactory.eddsa()
    publish(upstream, tokens)
    verifier = remote(upstream)
    good, bad = tokens.token("ada"), other.token("ada")
    barrier = threading.Barrier(8)

    async def loop() -> int:
        async def one() -> int:
            assert (await verifier.verify_async(good)).user_id == "ada"
            with pytest.raises(TokenRefused):
                await verifier.verify_async(bad)
            return 1

        return sum(await asyncio.gather(*(one() for _ in range(100))))

    def thread(number: int) -> int:
        barrier.wait()
        if number % 2:
            return asyncio.run(loop())
        asyncio.run(verifier.verify_async(good))
        return sum(verifier.verify(good).user_id == "ada" for _ in range(100))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(thread, range(8))) == [100] * 8
    assert len(upstream.asked) == 1


def test_the_interpreters_lock_is_free_while_a_signature_is_verified() -> None:
    tokens = TokenFactory.generate("ES512")
    verifier, token = tokens.verifier(), tokens.token("ada")
    progress, stop = [0], threading.Event()

    def count() -> None:
        while not stop.is_set():
            progress[0] += 1
            select.select([], [], [], 0)  # Gives the lock away.

    counter = threading.Thread(target=count)
    interval = sys.getswitchinterval()
    # Nobody is asked to give the lock away: others run only when it is given away unasked.
    sys.setswitchinterval(1000)
    try:
        counter.start()
        before = progress[0]
        for _ in range(1000):
            verifier.verify(token)
        after = progress[0]
    finally:
        sys.setswitchinterval(interval)
        stop.set()
        counter.join()
    assert after > before


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_a_million_verifications_take_no_memory() -> None:
    tokens = TokenFactory.hs256()
    verifier, token = tokens.verifier(), tokens.token("ada")
    refused_token = tokens.token("ada", exp=NOW - 60)

    def verify(times: int) -> None:
        for _ in range(times):
            verifier.verify(token)
        for _ in range(times // 100):
            assert verifier.verify(token).claims["sub"] == "ada"
            with pytest.raises(TokenRefused) as caught:
                verifier.verify(refused_token)
            assert caught.value.answer.headers
        scope = {"headers": [(b"authorization", f"Bearer {token}".encode())]}
        asyncio.run(authenticate(verifier, scope, times // 100))

    verify(50_000)
    before = resident_bytes()
    verify(1_000_000)
    # A leak of four bytes each would show.
    assert resident_bytes() - before < 4_000_000


async def authenticate(verifier: Verifier, scope: dict[str, Any], times: int) -> None:
    for _ in range(times):
        assert (await verifier.authenticate(scope)).user_id == "ada"

"""Threads, event loops, forks and exits: what must never block, hang or leak."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from support import Serve, Upstream

from tessera import KeysUnavailable, TokenRefused, Verifier
from tessera.fastapi import Caller, Tessera
from tessera.session import Sessions
from tessera.testing import AUDIENCE, ISSUER, NOW, TokenFactory


class Clock:
    """Time that goes on when the test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


def remote(upstream: Upstream, clock: Callable[[], int] | None = None) -> Verifier:
    return Verifier(ISSUER, AUDIENCE, jwks_url=upstream.url, clock=clock or (lambda: NOW))


def publish(upstream: Upstream, *factories: TokenFactory) -> None:
    keys = [key for factory in factories for key in factory.jwks["keys"]]
    upstream.body = json.dumps({"keys": keys}).encode()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 it is another thread's
        await asyncio.sleep(0)


def test_the_first_token_of_a_new_key_is_waited_for_and_nobody_else_waits(
    upstream: Upstream,
) -> None:
    old, new = TokenFactory.generate("EdDSA", "old"), TokenFactory.generate("EdDSA", "new")
    publish(upstream, old)
    clock = Clock()
    verifier = remote(upstream, clock)
    verifier.probe()
    publish(upstream, old, new)
    clock.now += 11  # The issuer is asked every 10 seconds at most.

    async def requests() -> None:
        upstream.answers.clear()
        upstream.is_asked.clear()
        waiting = [asyncio.create_task(verifier.verify_async(new.token("ada"))) for _ in range(50)]
        await until(upstream.is_asked.is_set)
        # The issuer does not answer before these are through: a loop that is blocked never gets there.
        for _ in range(1000):
            assert (await verifier.verify_async(old.token("bob"))).user_id == "bob"
            await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        waiting.pop().cancel()  # One of many goes away.
        upstream.answers.set()
        assert {claims.user_id for claims in await asyncio.gather(*waiting)} == {"ada"}

    asyncio.run(requests())
    assert len(upstream.asked) == 2


def test_a_server_goes_on_while_keys_are_fetched(serve: Serve, upstream: Upstream) -> None:
    tokens = TokenFactory.eddsa()
    publish(upstream, tokens)
    auth = Tessera.of(remote(upstream))
    app = FastAPI()

    async def me(caller: Caller = Depends(auth.caller)) -> str:  # noqa: B008 not an annotation: `auth` is local
        return caller.user_id

    async def health() -> str:
        return "well"

    app.get("/me")(me)
    app.get("/health")(health)
    client = serve(app)
    upstream.answers.clear()
    with ThreadPoolExecutor(20) as threads:
        asked = [threads.submit(client.get, "/me", tokens.headers("ada")) for _ in range(20)]
        assert upstream.is_asked.wait(30)
        for _ in range(20):
            assert client.get("/health").json() == "well"
        assert not any(future.done() for future in asked)
        upstream.answers.set()
        assert {future.result().body for future in asked} == {b'"ada"'}
    assert len(upstream.asked) == 1


def test_another_loop_than_asyncios_is_told_to_ask_again(upstream: Upstream) -> None:
    upstream.answers.clear()
    waiting = remote(upstream).verify_async(TokenFactory.eddsa().token("ada"))
    with pytest.raises(KeysUnavailable):
        waiting.send(None)
    assert upstream.is_asked.wait(30)


def test_verify_does_not_wait_and_a_probe_does(upstream: Upstream) -> None:
    tokens = TokenFactory.eddsa()
    publish(upstream, tokens)
    verifier = remote(upstream)
    upstream.answers.clear()
    with pytest.raises(KeysUnavailable) as caught:
        verifier.verify(tokens.token("ada"))
    assert str(caught.value) == "there are no keys to verify with"
    assert upstream.is_asked.wait(30)
    upstream.answers.set()
    verifier.probe()
    assert verifier.verify(tokens.token("ada")).user_id == "ada"


def notices(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "tessera"]


def test_a_probe_that_fails_says_why(upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    upstream.content_type = "text/html"
    with pytest.raises(KeysUnavailable, match="the answer is text/html, not JSON") as caught:
        remote(upstream).probe()
    assert caught.value.answer.status == 503
    assert notices(caplog) == [
        f"the keys at {upstream.url}/ could not be fetched: the answer is text/html, not JSON known=0"
    ]


def test_a_fetch_that_fails_in_the_background_is_logged(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    upstream.status = 500
    with pytest.raises(KeysUnavailable):
        asyncio.run(remote(upstream).verify_async(TokenFactory.eddsa().token("ada")))
    assert notices(caplog) == [
        f"the keys at {upstream.url}/ could not be fetched: "
        "the answer was 500 Internal Server Error known=0"
    ]


def test_a_published_key_that_is_no_use_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    tokens = TokenFactory.eddsa()
    shared = {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}
    verifier = tokens.verifier(jwks={"keys": [shared, *tokens.jwks["keys"]]})
    assert verifier.verify(tokens.token("ada")).user_id == "ada"
    [notice] = notices(caplog)
    assert notice.startswith("a published key is not used: key 0 (")


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


def child(work: Callable[[], object]) -> int:
    """What `work` ends with in a forked process."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)  # Whoever hangs is ended.
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_keys_are_fetched_fetches_for_itself(upstream: Upstream) -> None:
    tokens = TokenFactory.eddsa()
    publish(upstream, tokens)
    verifier = remote(upstream)
    upstream.answers.clear()
    with pytest.raises(KeysUnavailable):
        verifier.verify(tokens.token("ada"))
    assert upstream.is_asked.wait(30)

    def in_child() -> None:
        claims = asyncio.run(verifier.verify_async(tokens.token("ada")))
        assert claims.user_id == "ada"

    def release() -> None:
        # The child's question is the second.
        while len(upstream.asked) < 2:
            upstream.is_asked.wait(0.01)
        upstream.answers.set()

    releasing = threading.Thread(target=release, daemon=True)
    releasing.start()
    assert child(in_child) == 0
    releasing.join()
    asyncio.run(verifier.verify_async(tokens.token("ada")))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_after_import_verifies_in_parent_and_child() -> None:
    for tokens in (TokenFactory.hs256(), TokenFactory.eddsa()):
        verifier, token = tokens.verifier(), tokens.token("ada")
        verifier.verify(token)

        def work(verifier: Verifier = verifier, token: str = token) -> None:
            assert verifier.verify(token).user_id == "ada"

        assert [child(work) for _ in range(3)] == [0, 0, 0]
        work()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_asks_about_sessions_with_threads_of_its_own(upstream: Upstream) -> None:
    upstream.body = b'{"session":{"id":"s","userId":"ada"},"user":{"id":"ada"}}'
    sessions = Sessions(upstream.url)
    scope = {"method": "GET", "path": "/", "headers": [(b"authorization", b"Bearer token")]}

    def ask() -> None:
        assert asyncio.run(sessions.authenticate(scope)).user_id == "ada"

    ask()
    assert child(ask) == 0
    ask()


def run(script: str, *arguments: str) -> subprocess.Popen[str]:
    code = textwrap.dedent(script)
    return subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


EXITS = {
    "a fetch is running": """
        assert not verifier_is_ready()
        sys.stdin.readline()
    """,
    "an event loop waits for it": """
        import asyncio

        async def main():
            waiting = asyncio.create_task(verifier.verify_async(token))
            await asyncio.sleep(0)
            sys.stdin.readline()
            waiting.cancel()

        asyncio.run(main())
    """,
    "a thread of no consequence verifies": """
        import threading

        def verify():
            while True:
                verifier_is_ready()

        threading.Thread(target=verify, daemon=True).start()
        sys.stdin.readline()
    """,
}


@pytest.mark.parametrize("script", EXITS.values(), ids=EXITS.keys())
def test_an_interpreter_ends_while_keys_are_fetched(upstream: Upstream, script: str) -> None:
    setup = """
        import sys
        from tessera import KeysUnavailable, Verifier
        from tessera.testing import TokenFactory

        verifier = Verifier("https://a.test", "https://b.test", jwks_url=sys.argv[1])
        token = TokenFactory.eddsa().token("ada")

        def verifier_is_ready():
            try:
                verifier.verify(token)
            except KeysUnavailable:
                return False
            return True
    """
    upstream.answers.clear()
    process = run(textwrap.dedent(setup) + textwrap.dedent(script), upstream.url)
    assert upstream.is_asked.wait(30)
    # It does not wait for the answer, which has not come to this moment.
    out, err = process.communicate("Now!\n", timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_threads_that_verify_do_not_disturb_the_end_of_the_interpreter() -> None:
    script = """
        import threading
        from tessera.testing import TokenFactory

        tokens = TokenFactory.generate("ES512")
        verifier, token = tokens.verifier(), tokens.token("ada")

        def verify():
            while True:
                verifier.verify(token)

        for _ in range(8):
            threading.Thread(target=verify, daemon=True).start()
        for _ in range(20):
            verifier.verify(token)
    """
    for _ in range(5):
        process = run(script)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "")


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

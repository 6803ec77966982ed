"""Forked processes: what parent and child must not share."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Upstream, publish, remote

from tessera import KeysUnavailable, Verifier
from tessera.session import Sessions
from tessera.testing import TokenFactory

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


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
        # The child's question is the second. Whoever never asks is ended.
        while len(upstream.asked) < 2 and not is_over.wait(0.01):
            pass
        upstream.answers.set()

    is_over = threading.Event()
    releasing = threading.Thread(target=release)
    releasing.start()
    code = child(in_child)
    is_over.set()
    releasing.join()
    assert code == 0
    asyncio.run(verifier.verify_async(tokens.token("ada")))


def test_a_fork_after_import_verifies_in_parent_and_child() -> None:
    for tokens in (TokenFactory.hs256(), TokenFactory.eddsa()):
        verifier, token = tokens.verifier(), tokens.token("ada")
        verifier.verify(token)

        def work(verifier: Verifier = verifier, token: str = token) -> None:
            assert verifier.verify(token).user_id == "ada"

        assert [child(work) for _ in range(3)] == [0, 0, 0]
        work()


def test_a_fork_asks_about_sessions_with_threads_of_its_own(upstream: Upstream) -> None:
    upstream.body = b'{"session":{"id":"s","userId":"ada"},"user":{"id":"ada"}}'
    sessions = Sessions(upstream.url)
    scope = {"method": "GET", "path": "/", "headers": [(b"authorization", b"Bearer token")]}

    def ask() -> None:
        assert asyncio.run(sessions.authenticate(scope)).user_id == "ada"

    ask()
    assert child(ask) == 0
    ask()


def test_a_fork_verifies_with_what_was_read_and_shares_nothing_remembered(tmp_path: Path) -> None:
    tokens = TokenFactory.eddsa()
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(tokens.jwks), encoding="utf-8")
    verifier = tokens.verifier(jwks_file=file, cache=10)
    verifier.verify(tokens.token("ada"))
    file.unlink()
    in_parent = verifier._core

    def work() -> None:
        assert verifier._core is not in_parent
        assert verifier.verify(tokens.token("ada")).user_id == "ada"

    assert child(work) == 0

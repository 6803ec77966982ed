"""Interpreters that end: nothing hangs, and nothing is printed."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from support import Upstream


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

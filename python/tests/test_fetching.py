"""Keys that are fetched: who waits for them, who does not, and what is logged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import Depends, FastAPI
from support import Serve, Upstream, publish, remote

from tessera import KeysUnavailable
from tessera.fastapi import Caller, Tessera
from tessera.testing import NOW, TokenFactory


class Clock:
    """Time that goes on when the test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


async def until(condition: Callable[[], bool]) -> None:
    async def look() -> None:
        while not condition():  # noqa: ASYNC110 it is another thread's
            await asyncio.sleep(0)

    await asyncio.wait_for(look(), 30)


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

"""What verifying a token costs from Python, beside PyJWT; what it is of a request; who waits for keys.

`make bench-python` runs it. All comparisons take turns, and ratios are taken within a round; times are
those for which the thread (or the server's process) had the core, so other programs disturb less.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
from lag import longest_lags
from service import rounds_of_requests

from tessera.testing import AUDIENCE, ISSUER, SECRET, TokenFactory

ROUNDS = 101
SECONDS_OF_A_TURN = 0.01
LONGEST_LAG = 0.005


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    what: str
    measured: str
    against: str
    ratio: float | None
    spread: str
    reach: str
    met: bool | None

    def __str__(self) -> str:
        met = "" if self.met is None else ("yes" if self.met else "**no**")
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        cells = [self.what, self.measured, self.against, ratio, self.spread, self.reach, met]
        return f"| {' | '.join(cells)} |"


def seconds_each(work: Callable[[], object], times: int) -> float:
    """Processor time of one call."""
    begin = time.thread_time_ns()
    for _ in range(times):
        work()
    return (time.thread_time_ns() - begin) / times / 1e9


def compare(
    what: str,
    theirs: Callable[[], object],
    ours: Callable[[], object],
    goal: float | None = None,
) -> Line:
    """How many times `theirs` takes what `ours` takes."""
    if theirs() != ours():
        raise RuntimeError("they do not agree")
    their_times, our_times = (
        max(1, int(SECONDS_OF_A_TURN / seconds_each(work, 200))) for work in (theirs, ours)
    )
    rounds = [
        (seconds_each(theirs, their_times), seconds_each(ours, our_times)) for _ in range(ROUNDS)
    ]
    return line(what, rounds, ("`Verifier`", "PyJWT"), goal, lambda s: f"{s * 1e6:.2f} us")


def line(
    what: str,
    rounds: Sequence[tuple[float, ...]],
    names: tuple[str, str],
    goal: float | None,
    shown: Callable[[float], str],
) -> Line:
    """Medians over rounds of (theirs, ours)."""
    ratios = [theirs / ours for theirs, ours in rounds]
    low, ratio, high = statistics.quantiles(ratios, n=4)
    theirs, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
    reach = "" if goal is None else f"at least {goal:g}"
    measured, against = f"{names[0]} {shown(ours)}", f"{names[1]} {shown(theirs)}"
    met = None if goal is None else ratio >= goal
    return Line(what, measured, against, ratio, f"{low:.2f} to {high:.2f}", reach, met)


def verification() -> list[Line]:
    """HS256 and EdDSA: the same policy on both sides, and the subject read."""
    # Good by the system's clock, which both of them read.
    now = int(time.time())
    times = {"iat": now - 10, "exp": now + 3600}
    hs256, eddsa = TokenFactory.hs256(), TokenFactory.eddsa()
    shared, signed = hs256.token("ada", **times), eddsa.token("ada", **times)
    with_secret, with_key = hs256.verifier(clock=None), eddsa.verifier(clock=None)
    key = jwt.PyJWK(eddsa.jwks["keys"][0]).key

    def pyjwt(token: str, key: Any, algorithm: str) -> str:
        options: Any = {"require": ["exp", "iat", "sub", "iss", "aud"]}
        algorithms = [algorithm]
        claims = jwt.decode(token, key, algorithms, options, audience=AUDIENCE, issuer=ISSUER)
        return str(claims["sub"])

    def theirs() -> str:
        return pyjwt(shared, SECRET, "HS256")

    all_claims = compare(
        "HS256 verify, all claims read", theirs, lambda: with_secret.verify(shared).claims["sub"]
    )
    return [
        compare("HS256 verify", theirs, lambda: with_secret.verify(shared).user_id, 12.0),
        all_claims,
        compare(
            "EdDSA verify",
            lambda: pyjwt(signed, key, "EdDSA"),
            lambda: with_key.verify(signed).user_id,
            3.3,
        ),
    ]


def service() -> list[Line]:
    """`GET /api/me` of two FastAPI applications that differ in who verifies."""
    rounds = rounds_of_requests()
    elapsed = [tuple(turn.seconds / turn.requests for turn in pair) for pair in rounds]
    processor = [tuple(turn.processor / turn.requests for turn in pair) for pair in rounds]
    names = ("with this package", "with PyJWT")
    what = "FastAPI `/api/me`"
    return [
        line(f"{what}, requests per second", elapsed, names, 1.2, lambda s: f"{1 / s:.0f}/s"),
        line(f"{what}, processor time", processor, names, None, lambda s: f"{s * 1e6:.0f} us"),
    ]


def waiting() -> Line:
    """An event loop while keys are fetched for two seconds, and while nothing is."""
    idle, busy = asyncio.run(longest_lags())

    def shown(lags: list[float]) -> str:
        return f"{', '.join(f'{lag * 1e3:.2f}' for lag in lags)} ms"

    met = statistics.median(busy) < LONGEST_LAG
    what = "event loop during a fetch of 2 s, longest lag"
    return Line(what, shown(busy), f"without a fetch {shown(idle)}", None, "", "under 5 ms", met)


def main() -> None:
    """Prints the table."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    print("| what | measured | against | ratio | middle half | reach | met |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for each in (*verification(), *service(), waiting()):
        print(each)
        sys.stdout.flush()
    load = os.getloadavg()[0]
    print(f"\nCPython {sys.version.split()[0]}, PyJWT {jwt.__version__}; load average {load:.1f}.")


if __name__ == "__main__":
    main()

"""What a forked process must not share with its parent.

Threads stay behind in the parent: a fetch that was under way never ends in the child, and what another
thread had locked stays locked. A connection that both know would carry the answers of one to the other.
Servers that load the application and then fork (gunicorn's `preload_app`) are where it matters.
"""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """Holds threads or connections."""

    def renew(self) -> None:
        """Starts anew, without asking what is there."""


_held: WeakSet[Renewable] = WeakSet()


def renew_after_fork(held: Renewable) -> None:
    """Renews it in every child, as long as it lives."""
    _held.add(held)


def _renew() -> None:
    for held in list(_held):
        held.renew()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_renew)

"""What happens to connected clients when the process forks, and when it ends."""

from __future__ import annotations

import atexit
import os
import weakref
from typing import Protocol

from . import ahead


class HasProcess(Protocol):
    """What these hooks need of a client."""

    def forked(self) -> None: ...

    def warn_if_connected(self, what: str, close: bool) -> None: ...


# those that have connected, by id()
LIVING: weakref.WeakValueDictionary[int, HasProcess] = weakref.WeakValueDictionary()


def _after_fork() -> None:
    ahead.forked()
    for client in list(LIVING.values()):
        client.forked()


@atexit.register
def _at_exit() -> None:
    for client in list(LIVING.values()):
        client.warn_if_connected("left", close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=ahead.before_fork, after_in_child=_after_fork)

__all__ = ["LIVING"]

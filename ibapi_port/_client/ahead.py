"""What an order needs is compiled when a connection has been made, so that none of it is left for
the moment of the first order.

That takes longer than to connect. A thread of its own does it while TWS answers startApi, once for
each server version in a process. nextValidId, which says that orders may come, waits for it, and so
does an order that comes earlier.
"""

from __future__ import annotations

import _thread
import logging
import time

from ..protocol.schema.messages import load_all
from ..protocol.text.codec import Codec

logger = logging.getLogger("ibapi_port.client")

LONGEST, LOOK = 5.0, 0.05  # seconds that a wait takes, and after which it looks again

_begun: set[int] = set()  # server versions
# Those that are being compiled, each with a lock that is released at the end. A wait looks into the
# dict, and never releases a lock: a signal handler may wait in the middle of a wait.
running: dict[int, _thread.LockType] = {}
# That thread logs nothing: `logging` would make an object for it that stays.
_failures: list[Exception] = []


def import_declarations() -> None:
    """Import what was not imported when the client was made. It is done in the thread that
    connects, before there can be an order: a signal handler that places one must not come in
    between.
    """
    try:
        load_all()
        from ..protocol.text import fast_path  # noqa: F401 - `select` imports it for the first order
    except Exception as e:
        _warn(e)


def compile_ahead(codec: Codec) -> None:
    """Let a thread compile what orders need, unless one has begun to."""
    version = codec.server_version
    if version in _begun:
        return
    done = _thread.allocate_lock()
    done.acquire()
    _begun.add(version)
    running[version] = done
    # A thread of `threading` would have this one wait until it runs, and take the lock of the
    # interpreter from it.
    try:
        _thread.start_new_thread(_compile, (codec, done))
    except RuntimeError:  # no thread is left: all is compiled when it is needed
        _begun.discard(version)
        running.pop(version, None)


def await_compiled(server_version: int) -> None:
    """Return when nothing is being compiled ahead for this server version."""
    _await(server_version)
    while _failures:
        _warn(_failures.pop())


def _await(server_version: int) -> None:
    done = running.get(server_version)
    if done is not None:
        end = time.monotonic() + LONGEST
        while server_version in running and time.monotonic() < end:
            done.acquire(timeout=LOOK)


def before_fork() -> None:
    """Wait until nothing is being compiled. What is imported for it would be half a module in the
    child process, locked for ever.
    """
    for version in list(running):
        _await(version)


def forked() -> None:
    """In a child process: the thread that compiled is not there."""
    _begun.difference_update(running)
    running.clear()


def _compile(codec: Codec, done: _thread.LockType) -> None:
    try:
        codec.prepare()
    except Exception as e:
        _begun.discard(codec.server_version)
        _failures.append(e)
    finally:
        running.pop(codec.server_version, None)
        done.release()


def _warn(e: Exception) -> None:
    # whatever it is (no descriptor, no memory): what is missing is tried again when needed
    logger.warning("not everything could be prepared for orders", exc_info=e)


__all__ = [
    "await_compiled",
    "before_fork",
    "compile_ahead",
    "forked",
    "import_declarations",
    "running",
]

"""What an order needs is compiled when a connection has been made, so that none of it is left for
the moment of the first order.

That takes longer than to connect. A thread of its own does it while TWS answers startApi, once for
each server version in a process; a request that comes earlier compiles what it needs itself.
"""

from __future__ import annotations

import _thread
import contextlib
import logging

from ..protocol.schema.messages import load_all
from ..protocol.text.codec import Codec

logger = logging.getLogger("ibapi_port.client")

_begun: set[int] = set()  # server versions


def import_declarations() -> None:
    """Import what was not imported when the client was made. It is done in the thread that
    connects, before there can be an order: a signal handler that places one must not come in
    between.
    """
    try:
        load_all()
    except Exception:
        _warn()


def compile_ahead(codec: Codec) -> None:
    """Let a thread compile what orders need, unless one has begun to."""
    if codec.server_version in _begun:
        return
    _begun.add(codec.server_version)
    # A thread of `threading` would have this one wait until it runs, and take the lock of the
    # interpreter from it.
    with contextlib.suppress(RuntimeError):  # no thread is left: all is compiled when it is needed
        _thread.start_new_thread(_compile, (codec,))


def _compile(codec: Codec) -> None:
    try:
        codec.prepare()
    except Exception:
        _begun.discard(codec.server_version)
        _warn()


def _warn() -> None:
    # whatever it is (no descriptor, no memory): what is missing is tried again when needed
    logger.warning("not everything could be prepared for orders", exc_info=True)


__all__ = ["compile_ahead", "import_declarations"]

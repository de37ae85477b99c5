"""Whether an exception comes from a signal handler of the program's, which may be called in the
middle of anything in the main thread.
"""

from __future__ import annotations

import functools
import signal


def codes_of_handlers() -> set[object]:
    """Return the code of each signal handler that is written in Python. A socket may be written in
    it, too, and fails for the connection.
    """
    found = set()
    for number in signal.valid_signals():
        handler: object = signal.getsignal(number)
        while isinstance(handler, functools.partial):
            handler = handler.func
        for function in (handler, type(handler).__dict__.get("__call__")):  # or an object's method
            found.add(getattr(function, "__code__", None))
    return found - {None}


__all__ = ["codes_of_handlers"]

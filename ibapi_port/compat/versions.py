"""The range of server versions that a program of a generation finds in `MAX_CLIENT_VER`.

EClient itself offers all that this package speaks. A program with a connection of its own (an event
loop, a proxy) greets TWS by the range that it finds here, and cuts what comes as its generation
does: a newer version, whose messages are Protocol Buffers, would be lost on it.
"""

from __future__ import annotations

import sys

from .exports import EXPORTS
from .faces import OURS

NAME = "MAX_CLIENT_VER"
NEWEST_OFFERED = {
    "9.73": 148,
    "9.76": 151,
    "9.81": 157,
    "10.19": 176,
    "10.30": 187,
    "10.37": 203,
    "10.46": 225,
    "10.51": 226,
}
# the modules that give the name, the one that defines it first
_MODULES = ("server_versions", *(name for name in EXPORTS if ".server_versions" in EXPORTS[name]))
_in_use = NEWEST_OFFERED["10.51"]


def use_versions(generation: str) -> None:
    """Let the modules give a generation's number, unless the program has set one of its own."""
    global _in_use
    last, _in_use = _in_use, NEWEST_OFFERED[generation]
    for name in _MODULES:
        module = sys.modules.get(f"{OURS}.{name}")
        if module is not None and module.__dict__.get(NAME) == last:
            module.__dict__[NAME] = _in_use

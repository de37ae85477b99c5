"""The farms, IB's servers behind TWS, as notices tell of them. They come and go at night; a
connection is never ended for one.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"(?::|demand\.)\s*(\S+)\s*$")

STATES = {
    2103: "broken",
    2104: "ok",
    2105: "broken",
    2106: "ok",
    2107: "inactive",
    2108: "inactive",
    2119: "connecting",
    2157: "broken",
    2158: "ok",
}


def farm_of(code: int, text: str) -> tuple[str, str] | None:
    """Return a farm's name and its state, if a notice tells of one: "ok", "broken", "inactive" or
    "connecting".
    """
    state = STATES.get(code)
    if state is None:
        return None
    found = _NAME.search(text)
    name = found.group(1) if found else (text.split() or ["?"])[-1]
    return name, state


__all__ = ["STATES", "farm_of"]

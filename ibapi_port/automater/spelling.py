"""What a name that is not known may have been meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def meant(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the name that is most like one; "" if none is."""
    from difflib import get_close_matches  # late: for an error alone

    plain = {_plain(one): one for one in known}
    near = get_close_matches(_plain(name), plain, n=1)
    return f"; did you mean {plain[near[0]]!r}?" if near else ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")

"""What the codes of `error` mean: cause and cure of each, in plain words.

from ibapi_port.error_codes import is_warning, lookup

advice = lookup(162, "Historical Market Data Service error message:HMDS query returned no data")
print(advice.cause, advice.cure)

Some codes have several meanings, which the text of the error tells apart: give it where you have
it.
"""

from __future__ import annotations

from typing import NamedTuple

EFFECTS = {
    "request": "ends the request that it belongs to",
    "order": "the order is refused, or is over",
    "change": "a change or a cancel was not made; the order stands as it was",
    "connection": "tells of the connection, to TWS or from TWS to IB",
    "client": "comes from the client itself; nothing was sent, or nothing delivered",
    "warning": "a warning: the request or the order goes on",
    "notice": "a notice: nothing ends",
}
_GO_ON = ("warning", "notice")
# Codes of this range are notices and warnings; IB adds to them from time to time.
_NOTICES = range(2100, 2200)
_NEAR = 5


class Advice(NamedTuple):
    """What a code means. `effect` is one of EFFECTS; `words` are those in the text of the error
    that this meaning needs, none for the ordinary one.
    """

    code: int
    kind: str
    effect: str
    cause: str
    cure: str
    words: tuple[str, ...] = ()

    @property
    def is_warning(self) -> bool:
        """Whether what it belongs to goes on."""
        return self.effect in _GO_ON


_table: dict[int, list[Advice]] = {}


def _meanings() -> dict[int, list[Advice]]:
    """Return all meanings by code, the ordinary one first. They are read when first needed."""
    global _table
    if not _table:
        _table = _read()  # by one assignment: another thread sees all of it or nothing
    return _table


def _read() -> dict[int, list[Advice]]:
    from .table import NOT_SENT, TABLE

    found: dict[int, list[Advice]] = {}
    kind, code = "", 0
    for line in TABLE.strip().splitlines():
        if line.startswith("== "):
            kind = line[3:]
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if line.startswith("~ "):
            words, effect, cause, cure = parts
            meanings = tuple(word.strip() for word in words[2:].split(" / "))
            found[code].append(Advice(code, kind, effect, cause, cure, meanings))
        else:
            head, cause, cure = parts
            number, effect = head.split()
            code = int(number)
            found[code] = [Advice(code, kind, effect, cause, cure)]
    for line in NOT_SENT.strip().splitlines():
        number, _, what = line.partition(" ")
        cause = f"The official client could not send {what}."
        cure = "This client reports 504 or 321 instead; see whether the connection is still there."
        found[int(number)] = [Advice(int(number), "the client", "client", cause, cure)]
    return found


def lookup(code: int, text: str = "") -> Advice | None:
    """Return what a code means, by the text of the error where it has several meanings. Return None
    for a code that is not known.
    """
    meanings = _meanings().get(code)
    if meanings is None:
        return None
    lower = text.lower()
    if lower:
        for meaning in meanings[1:]:
            if any(word in lower for word in meaning.words):
                return meaning
    return meanings[0]


def is_warning(code: int, text: str = "") -> bool:
    """Return whether an error of this code and text leaves its request or order going on."""
    advice = lookup(code, text)
    return code in _NOTICES if advice is None else advice.is_warning


def meanings(code: int) -> list[Advice]:
    """Return all meanings of a code, the ordinary one first; none for an unknown code."""
    return list(_meanings().get(code, ()))


def codes() -> list[int]:
    """Return all codes that are known, in order."""
    return sorted(_meanings())


def near(code: int, count: int = _NEAR) -> list[int]:
    """Return the known codes next to a number: a digit may be wrong or missing, or it is close."""
    digits = str(abs(code))

    def distance(known: int) -> tuple[bool, int]:
        return not _one_digit_apart(str(known), digits), abs(known - code)

    return sorted(_meanings(), key=distance)[:count]


def _one_digit_apart(one: str, other: str) -> bool:
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    shorter, longer = sorted((one, other), key=len)
    shortened = (longer[:n] + longer[n + 1 :] for n in range(len(longer)))
    return len(longer) - len(shorter) == 1 and shorter in shortened


def search(words: str) -> list[Advice]:
    """Return the meanings whose kind, cause, cure or words have all of some words, by code."""
    wanted = words.lower().split()
    found = []
    for code in codes():
        for meaning in _meanings()[code]:
            parts = (meaning.kind, meaning.cause, meaning.cure, *meaning.words)
            text = " ".join(parts).lower()
            if all(word in text for word in wanted):
                found.append(meaning)
    return found


__all__ = [
    "EFFECTS",
    "Advice",
    "codes",
    "is_warning",
    "lookup",
    "meanings",
    "near",
    "search",
]

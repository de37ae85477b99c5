"""Account numbers out of what is shown and recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..protocol.inspect.decode import rewrite_frame
from ..protocol.protobuf.codec import PROTOBUF_ID_OFFSET
from ..protocol.schema.messages import INCOMING_BY_NAME, REQUESTS
from ..protocol.text.codec import RAW_ID_SINCE
from .escapes import ESCAPE, Unescaped, as_gaps, undone
from .recording import Event

MASKED = (
    "account numbers: U, F or I (with D before it where it is a paper account's), perhaps a "
    "letter, and 5 to 9 digits, in any case, and whatever managedAccounts names; each always "
    "becomes the same mask. Nothing else is masked: names, balances, order ids and texts stay. The "
    "tap knows an account that does not look like one from managedAccounts on, not before"
)
_LOOSE = r"[Dd]?[UuFfIi][A-Za-z]?[0-9]{5,9}"
_ACCOUNT = rf"(?<![A-Za-z0-9]){_LOOSE}(?=[A-Za-z]?(?![A-Za-z0-9]))"
_SHAPE = re.compile(r"(?P<letters>D?[UFI][A-Z]?)(?P<digits>[0-9]{5,9})", re.IGNORECASE)
# what may become one
_BEGUN = re.compile(r"(?<![A-Za-z0-9])(?!(?<=\\)u)[Dd]?[UuFfIi][A-Za-z]?[0-9]{1,4}\Z")
_UNICODE = re.compile(r"u[0-9A-Fa-f]{4}")
_DIGIT = re.compile("[0-9]")
_SHORT = 5  # characters: a shorter name is masked where it is a word, others wherever they stand
_SHORTEST = 3
_CONTEXT = 256  # characters of raw bytes before a read that are looked at together with it
_MOST_NAMES = 10_000
_MOST_MASKS = 100_000  # further accounts become 0
_KNOWN = {*INCOMING_BY_NAME, *REQUESTS}

_Span = tuple[int, int, str]  # from, to, and the account that stands there


class Masker:
    """Masks account numbers: DU1234567 becomes DU0000001, the next account DU0000002, and so on,
    always the same.

    Raw bytes are masked across the events that bring them: an account that comes in several reads.
    """

    def __init__(self) -> None:
        self._masks: dict[str, str] = {}
        self._given: set[str] = set()  # the masks, as they stand in texts
        self._names: list[str] = []  # as managedAccounts has named them
        self._pattern = re.compile(_ACCOUNT)
        self._loose = re.compile(_LOOSE)
        self._before: dict[tuple[int, str], str] = {}  # what raw bytes a side of a connection had

    def event(self, event: Event) -> Event:
        """Return the event without account numbers. The length of a frame may change."""
        if event.kind == "frame":
            self.learn(event)
            name = event.name if event.name in _KNOWN else self.text(event.name)
            return replace(event, data=self._payload(event), name=name)
        if event.kind == "raw":
            return replace(event, data=_bytes(self._raw(event)))
        if event.kind in ("greeting", "answer"):
            return replace(event, data=_bytes(self.text(_text(event.data))))
        if event.kind == "end":
            self._before.pop((event.connection, event.direction), None)
        return replace(event, text=self.text(event.text))

    def text(self, text: str) -> str:
        """Return the text without account numbers. Escapes (\\n, \\u6237, \\101, %0A) hide none."""
        return self._replaced(text, self._spans(text, self._pattern))

    def learn(self, event: Event) -> None:
        """Learn the accounts that managedAccounts names, whatever they look like.

        Other events are left alone.
        """
        if event.kind != "frame" or event.name != "managedAccounts" or event.from_client:
            return
        named: list[str] = []

        def note(path: str, text: str) -> str:
            named.extend(text.split(","))
            return text

        if event.server_version >= RAW_ID_SINCE:
            rewrite_frame(event.data, event.server_version, note, from_client=False)
        else:
            for field in _text(event.data).split("\0")[2:]:
                note("", field)
        self._know(named)

    # --- names ---

    def _know(self, named: Iterable[str]) -> None:
        names = {name.strip() for name in named}
        names |= {undone(name).text for name in names}
        new = {name for name in names if len(name) >= (_SHORT if name.isdigit() else _SHORTEST)}
        new -= set(self._names)
        if not new or len(self._names) + len(new) > _MOST_NAMES:
            return
        self._names = sorted({*self._names, *new}, key=lambda name: (-len(name), name))
        names_pattern = f"(?i:{'|'.join(map(_wherever, self._names))})"
        self._pattern = re.compile(f"{names_pattern}|{_ACCOUNT}")
        self._loose = re.compile(f"{names_pattern}|{_LOOSE}")

    def _mask(self, account: str) -> str:
        key = account.casefold()
        shape = _SHAPE.fullmatch(account)
        if key not in self._masks:
            count = str(len(self._masks) + 1 if len(self._masks) < _MOST_MASKS else 0)
            if shape:
                self._masks[key] = count.zfill(len(shape["digits"]))
            elif account.isdigit():
                self._masks[key] = count.zfill(len(account))  # the field may be a number
            else:
                self._masks[key] = f"ACCOUNT{count}"
        mask = (shape["letters"] if shape else "") + self._masks[key]
        self._given.add(mask.casefold())
        return mask

    # --- texts ---

    def _spans(self, text: str, pattern: re.Pattern[str]) -> list[_Span]:
        """Find the accounts: in the text as it is, with its escapes undone, and as gaps."""
        if not ESCAPE.search(text):
            return [(*found.span(), found[0]) for found in pattern.finditer(text)]
        spans = [*_found(undone(text), pattern), *_found(as_gaps(text), pattern)]
        spans += [
            (*found.span(), found[0])
            for found in pattern.finditer(text)
            if not (_UNICODE.match(found[0]) and text.startswith("\\", found.start() - 1))
        ]
        return list(_apart(spans))

    def _replaced(self, text: str, spans: Iterable[_Span]) -> str:
        parts, at = list[str](), 0
        for start, end, account in spans:
            parts += [text[at:start], self._mask(account)]
            at = end
        return "".join([*parts, text[at:]])

    # --- raw bytes ---

    def _raw(self, event: Event) -> str:
        """Mask what comes now, together with what came before: an account may come in two reads.

        What has gone out can't be changed any more. So the digits of what may become an account are
        0 at once, and the end of its mask comes with the end of the account.
        """
        key = event.connection, event.direction
        before, now = self._before.get(key, ""), _text(event.data)
        whole, edge = before + now, len(before)
        self._before[key] = whole[-_CONTEXT:]
        parts, at = list[str](), edge
        for start, end, account in self._spans(whole, self._pattern):
            if end <= edge:
                continue
            parts.append(whole[at : max(start, at)])
            if start >= edge:
                parts.append(self._mask(account))
            elif end == len(whole) and _SHAPE.fullmatch(account):  # more of it may come
                parts.append("0" * (end - edge))
            else:
                parts.append(self._mask(account)[edge - start :])
            at = end
        begun = self._begun(whole)[-(len(whole) - at) :] if at < len(whole) else ""
        return "".join([*parts, whole[at : len(whole) - len(begun)], begun])

    def _begun(self, text: str) -> str:
        """Return what to show for the end of the text, as far as it may be the beginning of an
        account; "": it is none.
        """
        tail = text[-_CONTEXT:]
        found = _BEGUN.search(as_gaps(tail).text) if ESCAPE.search(tail) else _BEGUN.search(tail)
        shown = _DIGIT.sub("0", found[0]) if found else ""
        folded = tail.casefold()
        for name in self._names:
            size = next(
                (n for n in range(len(name) - 1, 1, -1) if folded.endswith(name[:n].casefold())), 0
            )
            if size > len(shown):
                part = tail[-size:]
                shown = _DIGIT.sub("0", part) if _SHAPE.fullmatch(name) else "*" * size
        return shown

    # --- frames ---

    def _payload(self, event: Event) -> bytes:
        payload, head = event.data, b""
        if event.server_version >= RAW_ID_SINCE:
            if int.from_bytes(payload[:4], "big") > PROTOBUF_ID_OFFSET:
                return self._protobuf(event)
            head, payload = payload[:4], payload[4:]
        return head + _bytes(self.text(_text(payload)))

    def _protobuf(self, event: Event) -> bytes:
        try:
            payload = rewrite_frame(
                event.data, event.server_version, self._value, from_client=event.from_client
            )
        except Exception:  # what nobody can read is still not to show an account
            return _bytes(self._value("", _text(event.data)))
        # Bytes of several fields may read as an account. Their number stays: it may be a length.
        return _bytes(self._pattern.sub(self._blank, _text(payload)))

    def _blank(self, found: re.Match[str]) -> str:
        return found[0] if found[0].casefold() in self._given else _DIGIT.sub("0", found[0])

    def _value(self, path: str, text: str) -> str:
        """Mask a value of a Protocol Buffers message. Without a path it is the whole of one that
        cannot be read: anything may stand beside an account there.
        """
        return self._replaced(text, self._spans(text, self._pattern if path else self._loose))


def _wherever(name: str) -> str:
    """The pattern of a name."""
    pattern = re.escape(name)
    if name.isdigit():
        return rf"(?<![0-9]){pattern}(?![0-9])"
    return pattern if len(name) >= _SHORT else rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"


def _found(units: Unescaped, pattern: re.Pattern[str]) -> Iterator[_Span]:
    """The accounts in a text without its escapes, by their places in the one with them."""
    for found in pattern.finditer(units.text):
        yield units.place(found.start()), units.place(found.end()), found[0]


def _apart(spans: Iterable[_Span]) -> Iterator[_Span]:
    """The spans in their order; of those that overlap the first, and of those the longest."""
    at = 0
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if span[0] >= at:
            yield span
            at = span[1]


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")

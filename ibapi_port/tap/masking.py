"""Account numbers out of what is shown and recorded."""

from __future__ import annotations

import re
from dataclasses import replace

from ..protocol.inspect.decode import rewrite_frame
from ..protocol.protobuf.codec import PROTOBUF_ID_OFFSET
from ..protocol.text.codec import RAW_ID_SINCE
from .recording import Event, texts

MASKED = (
    "account numbers: U, F or I (with D before it where it is a paper account's), perhaps a letter, and 5 to 9 digits, and whatever "
    "managedAccounts names; each always becomes the same mask. Nothing else is masked: names, balances, order ids and texts stay"
)
_ACCOUNT = r"(?<![A-Za-z0-9])(?P<letters>D?[UFI][A-Z]?)(?P<digits>\d{5,9})(?=[A-Z]?(?![A-Za-z0-9]))"
_LOOSE = re.compile(r"(?P<letters>D?[UFI][A-Z]?)(?P<digits>\d{5,9})")


class Masker:
    """Masks account numbers: DU1234567 becomes DU0000001, the next account DU0000002, and so on, always the same."""

    def __init__(self) -> None:
        self._masks: dict[str, str] = {}
        self._others: list[str] = []  # accounts that do not look like account numbers
        self._pattern = re.compile(_ACCOUNT)

    def event(self, event: Event) -> Event:
        """The event without account numbers. The length of a frame may change."""
        if event.kind == "frame":
            self._learn(event)
            return replace(event, data=self._payload(event))
        if event.kind in ("raw", "greeting"):
            return replace(event, data=self.text(event.data.decode("latin-1")).encode("latin-1"))
        return event

    def text(self, text: str) -> str:
        """The text without account numbers."""
        return self._pattern.sub(self._mask, text)

    def _payload(self, event: Event) -> bytes:
        payload, head = event.data, b""
        if event.server_version >= RAW_ID_SINCE:
            if int.from_bytes(payload[:4], "big") > PROTOBUF_ID_OFFSET:
                return rewrite_frame(payload, event.server_version, self._value, from_client=event.from_client)
            head, payload = payload[:4], payload[4:]
        return head + self.text(payload.decode(errors="surrogateescape")).encode(errors="surrogateescape")

    def _value(self, path: str, text: str) -> str:
        """A value of a Protocol Buffers message; without a path the whole of one that cannot be read, where anything may stand beside."""
        return self.text(text) if path else _LOOSE.sub(self._mask, text)

    def _mask(self, match: re.Match[str]) -> str:
        account = match[0]
        if account not in self._masks:
            count = str(len(self._masks) + 1)
            letters, digits = match["letters"], match["digits"]
            self._masks[account] = letters + count.zfill(len(digits)) if letters else f"ACCOUNT{count}"
        return self._masks[account]

    def _learn(self, event: Event) -> None:
        """What managedAccounts names is an account, whatever it looks like."""
        if event.name != "managedAccounts" or event.from_client:
            return
        named: list[str] = []
        if event.server_version >= RAW_ID_SINCE:

            def note(path: str, text: str) -> str:
                named.extend(text.split(","))
                return text

            rewrite_frame(event.data, event.server_version, note, from_client=False)
        else:
            named = ",".join((texts(event.data) or [])[2:]).split(",")
        new = {name for name in map(str.strip, named) if len(name) > 2 and not name.isdigit() and not self._pattern.fullmatch(name)}
        if new - set(self._others):
            self._others = sorted({*self._others, *new}, key=lambda name: (-len(name), name))
            names = "|".join(map(re.escape, self._others))
            self._pattern = re.compile(rf"{_ACCOUNT}|(?<![A-Za-z0-9])(?:{names})(?![A-Za-z0-9])")

"""Faults on demand: what can go wrong between TWS and a client, and when.

A fault is a kind with settings (`Fault`). Those that are set apply to all connections, to one
client id's, or to the next that comes. Here is what a fault makes of a frame, as steps: bytes that
go out, pauses, and ends. The line of each connection takes the steps.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...protocol.exceptions import quote
from ...protocol.framing import LENGTH, frame
from ..errors import BadValue

# where a message's name is meant: the connection, and TWS's first answer
ACCEPT, HANDSHAKE = ("accept", "handshake")


@dataclass(frozen=True)
class Fault:
    """A fault's settings; each kind looks at its own, see `KINDS`. Times are seconds of the
    simulated clock.
    """

    kind: str
    client_id: int | None = None  # of this client only
    next_only: bool = False  # of the next connection only
    message: str = ""  # at this one only: a callback's or a request's name, "accept" or "handshake"
    after: int = 0  # so many such messages pass unharmed, on each connection
    after_bytes: int = 0  # so many bytes pass unharmed, on each connection
    times: int | None = None  # how often it happens in all; None: always
    seconds: float = 0.0
    jitter: float = 0.0  # up to so many seconds more, at random
    size: int = 1
    data: bytes | str = b""  # as text: hexadecimal digits
    number: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadValue("kind", f"must be one of {', '.join(KINDS)}, not {quote(self.kind)}")
        for field in dataclasses.fields(self):
            _check(field.name, getattr(self, field.name))
        most = _MOST_SIZES.get(self.kind, _LARGEST)
        if self.size > most:
            raise BadValue("size", f"must be at most {most} for {self.kind}, not {self.size}")
        if len(self.data) > MOST_BYTES:
            raise BadValue("data", f"must be at most {MOST_BYTES} long, not {len(self.data)}")
        if isinstance(self.data, str):
            _bytes(self.data)

    @property
    def raw(self) -> bytes:
        """Return `data` as bytes."""
        return self.data if isinstance(self.data, bytes) else _bytes(self.data)


_COUNTS = ("after", "after_bytes", "size")
_LARGEST = 1 << 62  # of a number that is only compared with
# of a fault's `size`, where so much is made or done for each message
_MOST_SIZES = {"garbage": 1 << 20, "corrupt": 10_000, "duplicate": 1000, "coalesce": 1_000_000}
MOST_STEPS, MOST_BYTES = 100_000, 32 << 20  # that faults together may make of one frame


def _check(name: str, value: object) -> None:
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise BadValue(name, f"must be at most {_LARGEST}")
    if name in _COUNTS and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise BadValue(name, f"must be a whole number, 0 or more, not {quote(value)}")
    if name in ("seconds", "jitter") and (
        not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < 1e9
    ):
        raise BadValue(name, f"must be a number of seconds, 0 or more, not {quote(value)}")
    if (
        name == "times"
        and value is not None
        and (not isinstance(value, int) or isinstance(value, bool) or value < 1)
    ):
        raise BadValue("times", f"must be a whole number, 1 or more, not {quote(value)}")
    if (
        name in ("client_id", "number")
        and value is not None
        and (not isinstance(value, int) or isinstance(value, bool))
    ):
        raise BadValue(name, f"must be a whole number, not {quote(value)}")
    if name == "message" and not isinstance(value, str):
        raise BadValue("message", f"must be a name, not {quote(value)}")
    if name == "next_only" and not isinstance(value, bool):
        raise BadValue("next_only", f"must be true or false, not {quote(value)}")
    if name == "data" and not isinstance(value, (bytes, str)):
        raise BadValue("data", f"must be bytes, or their hexadecimal digits, not {quote(value)}")


def _bytes(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise BadValue(
            "data", f"must be bytes, or their hexadecimal digits, not {quote(digits)}"
        ) from None


# --- steps ---


@dataclass(frozen=True)
class ForeignBytes:
    """Bytes that are not the message: other faults leave them as they are, but they may be split or
    cut.
    """

    data: bytes


@dataclass(frozen=True)
class Pause:
    """Nothing goes out for so long; 0: until what is on its way has left."""

    seconds: float


@dataclass(frozen=True)
class Until:
    """Nothing goes out before that time of the timers' clock."""

    due: float


@dataclass(frozen=True)
class End:
    """What becomes of the connection: "close", "reset", "stall" (neither side hears of the other)
    or "deaf" (the client is not read).
    """

    how: str
    seconds: float = 0.0  # of "stall" and "deaf": for how long; 0: for good


Step = bytes | ForeignBytes | Pause | Until | End


@dataclass
class FaultContext:
    """What a fault can know when it happens."""

    now: float
    rng: random.Random
    passed: int  # bytes that have gone out on this connection
    binary_ids: bool  # the message id is 4 bytes, not text


Change = Callable[[bytes, Fault, FaultContext], list[Step]]


def _delay(data: bytes, fault: Fault, context: FaultContext) -> list[Step]:
    return [Until(context.now + fault.seconds + context.rng.random() * fault.jitter), data]


def _duplicate(data: bytes, fault: Fault, context: FaultContext) -> list[Step]:
    return [data] * min(1 + max(fault.size, 1), 1 + MOST_BYTES // len(data))


def _unknown(data: bytes, fault: Fault, context: FaultContext) -> list[Step]:
    number = fault.number or 9999
    payload = LENGTH.pack(number & 0xFFFFFFFF) if context.binary_ids else f"{number}\0".encode()
    return [ForeignBytes(frame(payload + b"1\0unknown\0")), data]


def _garbage(data: bytes, fault: Fault, context: FaultContext) -> list[Step]:
    return [ForeignBytes(frame(context.rng.randbytes(fault.size))), data]


def _corrupt(data: bytes, fault: Fault, context: FaultContext) -> list[Step]:
    changed = bytearray(data)
    for _ in range(fault.size):
        if len(data) > LENGTH.size:
            changed[context.rng.randrange(LENGTH.size, len(data))] ^= context.rng.randrange(1, 256)
    return [bytes(changed)]


def _truncate(data: bytes, fault: Fault, context: FaultContext) -> list[Step]:
    return [frame(data[LENGTH.size : max(len(data) - fault.size, LENGTH.size)])]


def _split(data: bytes, fault: Fault, context: FaultContext) -> list[Step]:
    size, steps = max(fault.size, 1, len(data) * 2 // MOST_STEPS), list[Step]()
    for at in range(0, len(data), size):
        steps += [data[at : at + size], Pause(fault.seconds + context.rng.random() * fault.jitter)]
    return steps


def _end(how: str) -> Change:
    def end(data: bytes, fault: Fault, context: FaultContext) -> list[Step]:
        sent = fault.after_bytes - context.passed if fault.after_bytes else fault.size
        return [data[: max(sent, 0)], Until(context.now + fault.seconds), End(how)]

    return end


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault. `change`: what it makes of a frame; None where the connection itself looks
    for it.
    """

    text: str
    change: Change | None = None
    of_requests: bool = False  # a request's name may be given as its message
    of_bytes: bool = False  # what other faults have put in is not spared


KINDS: Mapping[str, FaultKind] = {  # they come in this order when several meet one frame
    "lose": FaultKind(
        "the message never arrives, or the request is not seen; "
        "at the handshake: TWS accepts and never answers",
        lambda *_: [],
        True,
    ),
    "replace": FaultKind(
        "`data` goes out in the message's place, as it is",
        lambda data, fault, context: [ForeignBytes(fault.raw)],
    ),
    "insert": FaultKind(
        "`data` goes out before the message, as it is",
        lambda data, fault, context: [ForeignBytes(fault.raw), data],
    ),
    "unknown": FaultKind("a message with the unknown id `number` (9999) comes before it", _unknown),
    "garbage": FaultKind("a frame of `size` random bytes comes before it", _garbage),
    "duplicate": FaultKind("the message comes again, `size` times", _duplicate),
    "corrupt": FaultKind("`size` of its bytes are changed at random", _corrupt),
    "truncate": FaultKind(
        "the last `size` bytes of the message are missing; the frame is whole", _truncate
    ),
    "delay": FaultKind("it comes `seconds` and up to `jitter` later; the order stays", _delay),
    "cut": FaultKind(
        "after `size` bytes of the message, or `after_bytes` of all, TWS closes",
        _end("close"),
        True,
        True,
    ),
    "reset": FaultKind("the same, but by a TCP reset", _end("reset"), True, True),
    "stall": FaultKind(
        "half-open: nothing is sent or read for `seconds`, 0: ever; the connection stays",
        None,
        True,
    ),
    "deaf": FaultKind(
        "TWS does not read what the client sends, for `seconds`, 0: ever", None, True
    ),
    "split": FaultKind(
        "it comes in pieces of `size` bytes, `seconds` and up to `jitter` apart",
        _split,
        of_bytes=True,
    ),
    "coalesce": FaultKind("messages wait until `size` of them, or `seconds`, have come together"),
    "slow": FaultKind("TWS reads `size` bytes at a time and then rests for `seconds`"),
    "version": FaultKind(
        "the handshake names the server version `number`; the connection speaks it if it exists"
    ),
    "refuse": FaultKind("no connection is accepted, for `seconds`, 0: until it is removed"),
}

"""Reads on any machine what a server publishes on Redis Streams. Needs the extra
`ibapi_port[redis]`.

    from ibapi_port.rest.consumer import Consumer

    with Consumer("redis://host", ["market/data?symbol=AAPL", "order/events"]) as consumer:
        for message in consumer:
            print(message.channel, message.event, message.data, message.missed)

If Redis goes away, or is silent, the loop ends with a `redis.RedisError`: a new Consumer goes on at
the `positions` of the old one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import redis

from ..commission_and_fees_report import CommissionAndFeesReport
from ..common import BarData
from ..contract import Contract
from ..execution import Execution
from ..ib.rows import BidAskTick, LastTick, MidPointTick, NewsBulletin, PnL, RealTimeBar
from ..order import Order
from ..order_state import OrderState
from .redis_names import stream_name
from .structs import build, struct_of

logger = logging.getLogger("ibapi_port.rest")
LONGEST_WAIT = 5.0  # seconds that one read waits for messages
SILENT = 15.0  # seconds after which a Redis that answers nothing is gone: its machine may be dead

# the data classes of members of an event's data, wherever they stand in it
_MEMBERS: dict[str, type] = {
    "contract": Contract,
    "order": Order,
    "orderState": OrderState,
    "execution": Execution,
    "commissionReport": CommissionAndFeesReport,
}
# the data classes of whole events: by channel and event
_EVENTS: dict[tuple[str, str], type] = {
    ("bars", "bar"): RealTimeBar,
    ("historical", "bar"): BarData,
    ("news", "bulletin"): NewsBulletin,
    ("account/pnl", "pnl"): PnL,
}
_TICKS = {"Last": LastTick, "AllLast": LastTick, "BidAsk": BidAskTick, "MidPoint": MidPointTick}


@dataclass(frozen=True)
class Message:
    """An event of a channel.

    data: what it says, with contracts, orders, executions and bars as objects. n: its number, one
    more than that of the event before. missed: how many events before it this consumer did not
    get; None: nobody knows (the stream's numbers have begun anew). position: go on after this
    event by `Consumer(positions={channel: position})`.
    """

    channel: str
    event: str
    data: Any
    n: int
    time: float
    missed: int | None
    position: str


class Consumer:
    """An iterator over the messages of channels. Names are those of the server's `channels`.

    positions: where to go on, by channel; without one it begins with what comes from now on, or
    with the oldest entry that is kept (`oldest`). timeout: seconds without a message after which
    the iteration ends; None: never.
    """

    def __init__(
        self,
        url: str,
        channels: Iterable[str],
        *,
        positions: Mapping[str, str] | None = None,
        oldest: bool = False,
        timeout: float | None = None,
        count: int = 1000,
    ) -> None:
        self._channels = {stream_name(channel): channel for channel in channels}
        if not self._channels:
            raise ValueError("channels: there is none")
        self._redis = redis.Redis.from_url(url, decode_responses=False, socket_timeout=SILENT)
        self._timeout = timeout
        self._count = count
        self._ids: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        given = positions or {}
        for stream, channel in self._channels.items():
            entry, _, number = given.get(channel, "").partition("/")
            self._ids[stream] = entry or ("0" if oldest else self._last(stream))
            if number:
                self._numbers[stream] = int(number)

    def _last(self, stream: str) -> str:
        """Return the id of the newest entry: what comes after it is read, also what comes before
        the first read.
        """
        found: Any = self._redis.xrevrange(stream, count=1)
        if not found:
            logger.warning("%s: nothing has been published so far; does the server have it as a "
                           "--publish-channel?", self._channels[stream])  # fmt: skip
        return found[0][0].decode() if found else "0"

    @property
    def positions(self) -> dict[str, str]:
        """Where to go on, by channel: keep it with what was made of the messages."""
        return {
            channel: f"{self._ids[stream]}/{self._numbers.get(stream, '')}"
            for stream, channel in self._channels.items()
        }

    def __iter__(self) -> Iterator[Message]:
        quiet_since = time.monotonic()
        while True:
            left = LONGEST_WAIT
            if self._timeout is not None:
                left = min(left, quiet_since + self._timeout - time.monotonic())
            wanted: Any = dict(self._ids)
            found: Any = self._redis.xread(wanted, count=self._count,
                                           block=max(1, int(left * 1000)))  # fmt: skip
            if not found:
                if self._timeout is not None and time.monotonic() >= quiet_since + self._timeout:
                    return
                continue
            for name, entries in found:
                stream = name.decode()
                for entry, fields in entries:
                    message = self._take(stream, entry.decode(), fields)
                    if message is not None:
                        yield message
            quiet_since = time.monotonic()  # what the program did with them is not silence

    def _take(self, stream: str, entry: str, fields: dict[bytes, bytes]) -> Message | None:
        """Return the message of an entry; None if it is one that came before."""
        number = int(fields[b"n"])
        before = self._numbers.get(stream)
        self._ids[stream] = entry
        self._numbers[stream] = number
        missed: int | None = 0
        if before is not None and number != before + 1:
            if 1 < number <= before:
                self._numbers[stream] = before
                return None  # the publisher was not sure whether it had arrived, and sent it again
            missed = None if number <= before else number - before - 1
        channel = self._channels[stream]
        event = fields[b"event"].decode()
        data = typed(channel, event, fields[b"data"])
        if event == "gap" and missed is not None:
            missed += int(data.get("dropped", 0))
        when = float(fields[b"time"])
        return Message(channel, event, data, number, when, missed, f"{entry}/{number}")

    def close(self) -> None:
        """End the connection to Redis."""
        self._redis.close()

    def __enter__(self) -> Consumer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def typed(channel: str, event: str, data: bytes) -> Any:
    """Return an event's data, with objects of the data classes where it has such."""
    name, _, query = channel.partition("?")
    kind = _EVENTS.get((name, event))
    if (name, event) == ("market/ticks", "tick"):
        wanted = next((t for t in _TICKS if f"tickType={t}" in query.split("&")), "Last")
        kind = _TICKS[wanted]
    if kind is not None:
        return _object(msgspec.json.decode(data, type=struct_of(kind)), kind)
    value = msgspec.json.decode(data)
    if not isinstance(value, dict) or not _MEMBERS.keys() & value.keys():
        return value
    raws = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    for member, cls in _MEMBERS.items():
        if value.get(member) is not None:
            value[member] = build(msgspec.json.decode(raws[member], type=struct_of(cls)))
    return value


def _object(made: msgspec.Struct, kind: type) -> Any:
    """Return a row, whose class has no values of its own for what is not given."""
    values = {}
    for name in made.__struct_fields__:
        value = getattr(made, name)
        if value is not msgspec.UNSET:
            values[name] = build(value) if isinstance(value, msgspec.Struct) else value
    return kind(**values)


__all__ = ["Consumer", "Message", "typed"]

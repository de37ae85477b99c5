"""`--publish redis://...`: events on Redis Streams, for consumers on any number of machines.

Each channel is a stream, `ibapi_port:CHANNEL`. An entry has `event`, `data` (JSON), `time` and `n`,
a number without holes: a consumer that misses one knows it. What could not be published, as Redis
was away for too long, is told by an event `gap` with the count.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import redis.asyncio
from redis.exceptions import RedisError

from .context import Context
from .hub import Event, Sink
from .many import OWN, topic_of
from .problems import Problem
from .redis_names import stream_name
from .viewers import Viewer

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = logging.getLogger("ibapi_port.rest")
KEEP = 100_000  # entries of a stream, about
BUFFER = 16 << 20  # bytes of a channel that wait for Redis
BATCH = 1000
WRONG_TYPE = "WRONGTYPE"  # how Redis tells that a key is no stream
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


def lines(topic: Sink, events: Sequence[Event]) -> bytes:
    """Return events as lines: time, name and JSON."""
    return b"".join(b"%.6f %b %b\n" % (e.time, e.name.encode(), e.data) for e in events)


class NotOurs(Exception):
    """What Redis has under a channel's name was not written by such a server."""


class Publisher:
    """Publishes channels. Order entry stays with the server."""

    def __init__(self, context: Context, url: str, channels: Sequence[str]) -> None:
        self._context = context
        self._redis: Redis = redis.asyncio.Redis.from_url(url, socket_timeout=5)
        self._channels = list(dict.fromkeys([*OWN, *channels]))
        self._wake = asyncio.Event()
        self._viewers: dict[str, Viewer] = {}
        self._numbers: dict[str, int] = {}
        self.published = 0

    async def run(self) -> None:
        """Publish until it is cancelled."""
        openers = [asyncio.ensure_future(self._open(channel)) for channel in self._channels]
        try:
            while True:
                self._wake.clear()
                sent = [await self._publish(name) for name in list(self._viewers)]
                if not any(sent):
                    await self._wake.wait()
        finally:
            for opener in openers:
                opener.cancel()
            for viewer in self._viewers.values():
                viewer.leave()
            await self._redis.aclose()

    async def _open(self, channel: str) -> None:
        """Begin to watch a channel, as soon as that is possible."""
        from urllib.parse import parse_qsl

        name, _, query = channel.partition("?")
        for tries in range(1 << 30):
            try:
                topic = await topic_of(self._context, name, dict(parse_qsl(query)))
                viewer = topic.watch(lines, "all", BUFFER, self._wake)
            except Problem as problem:
                if problem.status not in (429, 503):
                    logger.error("--publish-channel %s: %s", channel, problem.detail)
                    return
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
            except Exception as e:  # TWS has refused it: the other channels go on
                logger.error("--publish-channel %s: %s", channel, e)
                return
            else:
                self._viewers[channel] = viewer
                self._wake.set()
                return

    async def _publish(self, channel: str) -> bool:
        """Publish what waits of a channel. Return whether there was anything."""
        viewer = self._viewers[channel]
        rows = [line.split(b" ", 2) for line in viewer.take().split(b"\n") if line]
        is_over = False
        try:
            for first in range(0, len(rows), BATCH):
                await self._until_sent(channel, rows[first : first + BATCH])
        except NotOurs as e:  # the other channels go on
            logger.error("%s is not published: %s", channel, e)
            is_over = True
        if is_over or viewer.is_done:  # its last events may have come while the others were sent
            viewer.leave()
            del self._viewers[channel]
        return bool(rows)

    async def _until_sent(self, channel: str, rows: list[list[bytes]]) -> None:
        """Send entries, again and again until Redis has them. Those that it got already, without
        our hearing of it, have the same numbers: consumers let them pass.
        """
        tries = 0
        while True:
            try:
                await self._send(channel, rows)
                if tries:
                    logger.warning("Redis is reached again")
                return
            except (RedisError, OSError) as e:
                if str(e).startswith(WRONG_TYPE):  # again and again would hold up all channels
                    raise NotOurs(f"the key {stream_name(channel)} is no stream") from None
                if not tries:
                    logger.warning("Redis is not reached, and is tried again and again: %s", e)
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1

    async def _send(self, channel: str, rows: list[list[bytes]]) -> None:
        name = stream_name(channel)
        if channel not in self._numbers:
            self._numbers[channel] = await self._last_number(name)
        number = self._numbers[channel]
        async with self._redis.pipeline(transaction=False) as pipe:
            for when, event, data in rows:
                number += 1
                entry: dict[Any, Any] = {"n": number, "event": event, "data": data, "time": when}
                pipe.xadd(name, entry, maxlen=KEEP, approximate=True)
            await pipe.execute()
        self._numbers[channel] = number
        self.published += len(rows)

    async def _last_number(self, name: str) -> int:
        """Return the number that the last entry has: after a restart they go on from there."""
        found: Any = await self._redis.xrevrange(name, count=1)
        try:
            return int(found[0][1][b"n"]) if found else 0
        except (KeyError, ValueError):
            raise NotOurs(f"the stream {name} has entries of another program") from None


__all__ = ["KEEP", "Publisher"]

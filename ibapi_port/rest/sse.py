"""Streams to viewers: Server-Sent Events, and feeds in Atom."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .hub import Event, Hub, Sink
from .viewers import Format, Viewer

if TYPE_CHECKING:
    from .topics import Topic

COMMENT_SECONDS = 15.0
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def sse(topic: Sink, events: Sequence[Event]) -> bytes:
    """Return events as a browser's EventSource reads them."""
    epoch = topic.hub.epoch
    return b"".join(
        b"id: %b-%d\nevent: %b\ndata: %b\n\n" % (epoch.encode(), e.seq, e.name.encode(), e.data)
        if e.seq
        else b"event: %b\ndata: %b\n\n" % (e.name.encode(), e.data)
        for e in events
    )


def sse_of_several(name: str) -> Format:
    """Return the format of one of several topics in one stream: the data names its channel. The id
    comes at the end of all that is written at once, as the topics' events are not in one order.
    """
    channel = msgspec.json.encode(name)

    def several(topic: Sink, events: Sequence[Event]) -> bytes:
        return b"".join(
            b'event: %b\ndata: {"channel":%b,"data":%b}\n\n' % (e.name.encode(), channel, e.data)
            for e in events
        )

    return several


class EventStream:
    """A response that goes on until the client goes, or the viewers are closed."""

    def __init__(self, hub: Hub, viewers: list[Viewer], wake: asyncio.Event, stuck: float) -> None:
        self._hub = hub
        self._viewers = viewers
        self._wake = wake
        self._stuck = stuck
        self.several = len(viewers) > 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":  # it has no body that could go on
            for viewer in self._viewers:
                viewer.leave()
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b""})
            return
        gone = asyncio.ensure_future(self._until_gone(receive))
        self._hub.streams += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            while True:
                self._wake.clear()
                block = self._take()
                if block:
                    # uvicorn waits here while the client does not read
                    await asyncio.wait_for(self._send(send, block), self._stuck)
                elif gone.done():
                    return
                elif all(viewer.closed for viewer in self._viewers):
                    await send({"type": "http.response.body", "body": b""})
                    return
                else:
                    with contextlib.suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), COMMENT_SECONDS)
                        continue
                    await asyncio.wait_for(self._send(send, b": still here\n\n"), self._stuck)
                if gone.done():
                    return
        except asyncio.TimeoutError:  # it has read nothing for too long: the connection is closed
            scope["stuck"] = True
        finally:
            self._hub.streams -= 1
            gone.cancel()
            for viewer in self._viewers:
                viewer.leave()

    def _take(self) -> bytes:
        for viewer in self._viewers:
            # the id stands for all events up to its number: none may be on its way still
            viewer.topic.flush()
        blocks = [viewer.take() for viewer in self._viewers]
        joined = b"".join(blocks)
        if joined and self.several:
            joined += b"id: %b\n\n" % self._hub.id_of(self._hub.seq).encode()
        return joined

    async def _send(self, send: Send, block: bytes) -> None:
        await send({"type": "http.response.body", "body": block, "more_body": True})

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self._wake.set()


def atom(topic: Topic, events: Sequence[Event], url: str) -> Response:
    """Return the last events of a topic as an Atom feed, the newest first."""
    hub = topic.hub

    def when(moment: float) -> str:
        return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="milliseconds")

    entries = "".join(
        f"<entry><id>urn:ibapi-port:{hub.epoch}:{e.seq}</id><title>{escape(e.name)}</title>"
        f"<updated>{when(e.time)}</updated>"
        f'<content type="text">{escape(e.data.decode())}</content></entry>'
        for e in sorted(events, key=lambda e: -e.seq)
    )
    link = escape(url, {'"': "&quot;"})
    updated = max((e.time for e in events), default=time.time() - topic.age)
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{link}</id><title>{escape(topic.channel.name)}</title>"
        f'<link rel="self" href="{link}"/><updated>{when(updated)}</updated>'
        f"<author><name>ibapi_port</name></author>{entries}</feed>\n"
    )
    return Response(text, media_type="application/atom+xml")


__all__ = ["EventStream", "atom", "sse", "sse_of_several"]

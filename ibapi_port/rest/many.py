"""/stream: many channels in one WebSocket, or in one Server-Sent stream."""

from __future__ import annotations

import asyncio
import contextlib
import json as json_text
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from .calls import Call, Route
from .channels import CHANNELS, Channel
from .hub import Event, Sink
from .parameters import Parameter, take
from .problems import Problem, problem_of
from .sse import EventStream, sse_of_several
from .streaming import MODES, SSE, last_id_of, require_stream
from .structs import encode
from .topics import Topic
from .viewers import Format, Viewer

if TYPE_CHECKING:
    from .context import Context

MOST_SAID = 1000  # answers that wait for a client to read
MOST_ID = 200  # characters
MOST_CHANNELS = 200  # in one stream
OWN = ("clients", "order/events", "executions", "account/positions", "account/updates")


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """What a WebSocket client says."""

    op: str
    id: str | int = ""
    channel: str = ""
    params: dict[str, Any] = {}
    mode: str = ""
    lastEventId: str = ""


async def topic_of(context: Context, channel: str, given: Mapping[str, Any]) -> Topic:
    """Return the topic of a channel's name and its parameters. Problem: there is none."""
    name = channel.strip("/")
    if name in OWN:
        if given:
            raise Problem(400, f"{name}: it has no parameters")
        return context.own(name)
    known = CHANNELS.get(name)
    if known is None:
        names = ", ".join(sorted({*CHANNELS, *OWN}))
        raise Problem(404, f"channel: there is no {channel!r}; known are {names}")
    return await context.topic(known, values_of(known, given))


def values_of(channel: Channel, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a channel's values from JSON or a query."""
    texts = {name: [value if isinstance(value, str) else json_text.dumps(value)]
             for name, value in given.items()}  # fmt: skip
    return take(channel.parameters, texts)


# --- Server-Sent Events ---


async def get_stream(call: Call) -> Any:
    """Return one stream of many channels: channels=NAME?PARAMETERS, repeatable."""
    require_stream(call)
    values = call.values()
    wanted = values["channels"]
    if not wanted or len(wanted) > MOST_CHANNELS:
        raise Problem(400, f"channels: from 1 to {MOST_CHANNELS} are taken", parameter="channels")
    context = call.context
    last_id = last_id_of(call)
    wake = asyncio.Event()
    viewers: list[Viewer] = []
    try:
        for text in wanted:
            name, _, query = text.partition("?")
            topic = await topic_of(context, name, dict(parse_qsl(query, keep_blank_values=True)))
            mode = values["mode"] or topic.channel.mode
            fmt = sse_of_several(text)
            limit = context.settings.buffer
            viewers.append(topic.watch(fmt, mode, limit, wake, last_id))
    except BaseException:
        for viewer in viewers:
            viewer.leave()
        raise
    stream = EventStream(context.hub, viewers, wake, context.settings.stuck)
    stream.several = True
    return stream


# --- WebSocket ---


def frames_of(name: str | int) -> Format:
    """Return the format of one subscription: JSON, one text for each batch of events."""
    channel = msgspec.json.encode(name)
    newest = 0

    def frames(topic: Sink, events: Sequence[Event]) -> bytes:
        rows = b",".join(
            b'{"event":%b,"data":%b}' % (msgspec.json.encode(e.name), e.data) for e in events
        )
        nonlocal newest
        # a `gap` has no number: who resumes goes on after what came before it, and misses nothing
        newest = max(newest, *(e.seq for e in events))
        last = topic.hub.id_of(newest).encode()
        return b'{"channel":%b,"seq":"%b","events":[%b]}\n' % (channel, last, rows)

    return frames


class Socket:
    """One WebSocket and its subscriptions."""

    def __init__(self, context: Context, websocket: WebSocket) -> None:
        self._context = context
        self._socket = websocket
        self._wake = asyncio.Event()
        self._viewers: dict[str | int, Viewer] = {}
        self._said: list[bytes] = []
        self._said_size = 0

    async def run(self) -> None:
        """Serve until one side ends it."""
        await self._socket.accept()
        self._context.hub.streams += 1
        writer = asyncio.ensure_future(self._write())
        reader = asyncio.ensure_future(self._read())
        try:
            await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._context.hub.streams -= 1
            for task in (writer, reader):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect,
                                         asyncio.TimeoutError, RuntimeError):  # fmt: skip
                    await task
            for viewer in self._viewers.values():
                viewer.leave()
            # it may be closed already, by either side
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(1001 if self._context.hub.closed else 1000)

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if len(self._said) > MOST_SAID or self._said_size > self._context.settings.buffer:
                return  # it asks on and on, and reads no answer
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            data = text.encode() if text is not None else message.get("bytes") or b""
            await self._heard(data)

    async def _heard(self, data: bytes) -> None:
        number: str | int = ""
        try:
            said = msgspec.json.decode(data, type=Message)
            if len(str(said.id)) > MOST_ID:
                raise Problem(400, f"id: it is longer than {MOST_ID} characters")
            number = said.id
            if said.op == "ping":
                self._say({"id": number, "ok": True, "pong": True})
            elif said.op == "subscribe":
                await self._subscribe(said)
            elif said.op == "unsubscribe":
                viewer = self._viewers.pop(number, None)
                if viewer is None:
                    raise Problem(404, f"id: there is no subscription {number!r}")
                viewer.leave()
                self._say({"id": number, "ok": True})
            else:
                raise Problem(400, f"op: {said.op!r} is none of subscribe, unsubscribe, ping")
        except msgspec.DecodeError as e:
            self._say({"id": number, "error": Problem(400, str(e)).as_dict()})
        except Exception as e:  # told to who asked; the socket stays open
            self._say({"id": number, "error": problem_of(e).as_dict()})

    async def _subscribe(self, said: Message) -> None:
        if said.id in self._viewers:
            raise Problem(409, f"id: {said.id!r} is in use")
        if len(self._viewers) >= MOST_CHANNELS:
            raise Problem(429, f"{MOST_CHANNELS} channels are open on this socket")
        if self._context.hub.closed:
            raise Problem(503, "the server stops")
        topic = await topic_of(self._context, said.channel, said.params)
        mode = said.mode or topic.channel.mode
        if mode not in MODES:
            raise Problem(400, f"mode: {mode!r} is none of {', '.join(MODES)}")
        self._say({"id": said.id, "ok": True})
        limit = self._context.settings.buffer
        fmt = frames_of(said.id)
        self._viewers[said.id] = topic.watch(fmt, mode, limit, self._wake, said.lastEventId)

    def _say(self, value: object) -> None:
        self._said.append(encode(value))
        self._said_size += len(self._said[-1])
        self._wake.set()

    async def _write(self) -> None:
        stuck = self._context.settings.stuck
        while True:
            self._wake.clear()
            said, self._said = self._said, []
            self._said_size = 0
            blocks = said + [
                frame for viewer in list(self._viewers.values())
                for frame in viewer.take().split(b"\n") if frame
            ]  # fmt: skip
            for block in blocks:
                text = block.decode()
                await asyncio.wait_for(self._socket.send_text(text), stuck)
            for number, viewer in list(self._viewers.items()):
                # TWS has ended it, or the server stops. Its last events, such as the error, may
                # have come while the others were sent: they go first.
                if viewer.is_done:
                    del self._viewers[number]
                    viewer.leave()
            if blocks:
                continue
            if self._context.hub.closed:
                return
            await self._wake.wait()


ROUTES: list[Route] = [
    Route("/stream", "GET", get_stream, "many channels in one stream", "stream",
          (Parameter("channels", str, (), "NAME?PARAMETERS; repeatable", many=True),
           Parameter("mode", str, "", "latest or all")), stream=True, media=(SSE,)),
]  # fmt: skip

__all__ = ["ROUTES", "Socket", "topic_of", "values_of"]

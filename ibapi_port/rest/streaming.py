"""Routes of channels: their last state, their events as SSE or Atom, standing subscriptions."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any, Literal

from starlette.responses import Response

from .calls import Call, Gone, Route, json
from .channels import CHANNELS, Channel
from .parameters import Parameter
from .problems import Problem
from .sse import EventStream, atom, sse
from .structs import envelope, list_of
from .topics import Topic

SSE = "text/event-stream"
ATOM = "application/atom+xml"
MODES = ("latest", "all")
STREAM_PARAMETERS = (
    Parameter("mode", Literal[MODES], None, "of a stream: each event, or the latest ones"),
    Parameter("lastEventId", str, None, "of a stream: go on after this event"),
)
FIRST_ROWS = 5.0  # seconds for the first rows of a channel, which may never be complete
BULLETINS = 0.5  # the day's earlier ones come at once, and often there is none
Subscription = envelope("Subscription", id=str, channel=str, location=str)
Subscriptions = envelope("Subscriptions", subscriptions=list_of(Subscription))


def mode_of(call: Call, channel: Channel) -> str:
    """Return which events a viewer wants."""
    texts = call.query.get("mode")
    if not texts:
        return channel.mode
    return str(STREAM_PARAMETERS[0].take(texts))


def stream_of(call: Call, *topics: Topic) -> Any:
    """Return the stream of the events of topics. Problem (403): the token has no such scope."""
    require_stream(call)
    settings = call.context.settings
    last_id = last_id_of(call)
    wake = asyncio.Event()
    viewers = [
        topic.watch(sse, mode_of(call, topic.channel), settings.buffer, wake, last_id)
        for topic in topics
    ]
    return EventStream(call.context.hub, viewers, wake, settings.stuck)


def last_id_of(call: Call) -> str:
    """Return the id of the event after which a client goes on, "" if it has none."""
    last_id = call.request.headers.get("last-event-id", "")
    return call.query.get("lastEventId", [last_id])[0]


def require_stream(call: Call) -> None:
    """Refuse a token without the scope of streams, and new streams while there are too many, or the
    server stops.
    """
    if "stream" not in call.holder.scopes:
        raise Problem(403, "the token does not have the scope stream")
    call.context.hub.check_room(call.context.settings.most_streams)


async def own_answer(call: Call, topic: Topic, answer: Any = None) -> Any:
    """Return the events of a topic of the server's own: as a stream, a feed, or its state."""
    if call.accepts(SSE):
        return stream_of(call, topic)
    if call.accepts(ATOM):
        return atom(topic, list(topic.ring), str(call.request.url))
    return json(topic.state.snapshot() if answer is None else answer)


async def first_state(call: Call, topic: Topic) -> dict[str, Any]:
    """Return the state of a topic, once it is complete or the time is over."""
    seconds = BULLETINS if topic.channel.name == "news" else FIRST_ROWS
    wait = call.timeout if "timeout" in call.query else seconds
    work = topic.wait(lambda: topic.state.complete, wait)
    topic.hold()
    try:
        await call.while_connected(work)
    finally:
        topic.release()
    return topic.snapshot()


async def channel_answer(call: Call, channel: Channel, values: Mapping[str, Any]) -> Any:
    """Return a channel's events as a stream or a feed, or its state."""
    topic = await call.context.topic(channel, values)
    if call.accepts(SSE):
        return stream_of(call, topic)
    if call.accepts(ATOM):
        await first_state(call, topic)
        return atom(topic, list(topic.ring), str(call.request.url))
    state = await first_state(call, topic)
    silent = not topic.state.complete and not topic.ring and topic.phase != "stale"
    if silent and channel.name not in ("news", "market/data", "market/depth"):
        raise Problem(504, f"{channel.name}: nothing has come from TWS in time")
    return json(state)


def channel_routes(
    path: str,
    channel_name: str,
    summary: str,
    answer: Any,
    aliases: tuple[tuple[str, tuple[Parameter, ...]], ...] = (),
) -> list[Route]:
    """Return the routes of a channel: its state or stream, and standing subscriptions."""
    channel = CHANNELS[channel_name]

    async def get(call: Call) -> Any:
        return await channel_answer(call, channel, call.values())

    async def post(call: Call) -> Response:
        most = call.context.settings.most_streams
        if len(call.context.subscriptions) >= most:
            raise Problem(429, f"{most} standing subscriptions are open; end some of them",
                          retry_after=60)  # fmt: skip
        topic = await call.context.topic(channel, call.values())
        number = secrets.token_hex(8)
        topic.hold()
        call.context.subscriptions[number] = (path, topic)
        location = f"{path}/{number}"
        made = {"id": number, "channel": channel.name, "location": location}
        return json(made, 201, {"Location": location})

    async def listed(call: Call) -> Response:
        found = call.context.subscriptions.items()
        return json({"subscriptions": [
            {"id": number, "channel": channel.name, "location": f"{path}/{number}"}
            for number, (at, topic) in found if at == path
        ]})  # fmt: skip

    async def one(call: Call) -> Any:
        topic = subscription(call, path)
        if call.accepts(SSE):
            return stream_of(call, topic)
        return json(topic.snapshot())

    async def delete(call: Call) -> Response:
        topic = subscription(call, path)
        del call.context.subscriptions[call.request.path_params["id"]]
        topic.release()
        return Response(status_code=204)

    parameters = channel.parameters
    an_id = (Parameter("id", str, text="of the subscription"),)
    media = (SSE, ATOM)
    routes = [
        Route(path, "GET", get, summary, "read", parameters, answer, stream=True, media=media),
        Route(path, "POST", post, f"{summary}: a standing subscription", "stream", parameters,
              Subscription, status=201),
        Route(f"{path}/subscriptions", "GET", listed, "standing subscriptions",
              answer=Subscriptions),
        Route(f"{path}/{{id}}", "GET", one, f"{summary}: its last state", parameters=an_id,
              answer=answer, stream=True, media=(SSE,)),
        Route(f"{path}/{{id}}", "DELETE", delete, "end a standing subscription", "stream", an_id,
              status=204),
    ]  # fmt: skip
    for alias, fixed in aliases:
        names = {each.name for each in fixed}
        rest = tuple(each for each in parameters if each.name not in names)
        routes.append(Route(alias, "GET", get, summary, "read", (*fixed, *rest), answer,
                            stream=True, media=media, hidden=True))  # fmt: skip
    return routes


def subscription(call: Call, path: str) -> Topic:
    """Return the topic of a standing subscription. Problem (404): there is none of that id."""
    number = call.request.path_params["id"]
    at, topic = call.context.subscriptions.get(number, ("", None))
    if topic is None or at != path:
        raise Problem(404, f"id: there is no subscription {number} of {path}")
    if topic.phase == "failed":
        raise Problem(404, f"id: the subscription {number} was ended by TWS")
    return topic


__all__ = [
    "ATOM",
    "MODES",
    "SSE",
    "STREAM_PARAMETERS",
    "Gone",
    "channel_answer",
    "channel_routes",
    "first_state",
    "last_id_of",
    "own_answer",
    "require_stream",
    "stream_of",
]

"""The reference as Markdown (MyST): a page an area, changes by server version, sessions, schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..handshake import NEWEST, NEWEST_TEXT, OLDEST
from ..inspect.show import protobuf_message
from ..protobuf.classes import schema
from ..protobuf.codec import PROTOBUF_ID_OFFSET
from ..schema.conversations import Conversation, Key, Kind, Rate
from ..schema.messages import (
    INCOMING,
    INCOMING_BY_NAME,
    PROTOBUF_ONLY_BY_NAME,
    PROTOBUF_ONLY_REQUESTS,
    REQUESTS,
    REQUESTS_BY_ID,
    names_of,
)
from ..schema.nodes import Field, Incoming, Message, Request, walk
from . import changes, sequence
from .rows import rows, versions
from .sessions import SESSIONS, asked_by, conversation_steps, conversations_of

TITLES = {
    "session": "Session",
    "market_data": "Market data",
    "contracts": "Contracts",
    "orders": "Orders and executions",
    "account": "Accounts, positions, advisors",
    "history": "History",
    "news": "News, fundamental data, corporate events",
    "scanner": "Scanners",
}
_KINDS = {
    Kind.COMMAND: "a command: it has no answer of its own",
    Kind.ONE_SHOT: "one answer, or rows and an end",
    Kind.STANDING: "a stream until it is cancelled",
    Kind.STATE: "a first set with an end, then changes until it is cancelled",
    Kind.ORDER: "an order: what happens to it comes as it happens",
}
_KEYS = {
    Key.REQUEST: "The answers carry the request's id.",
    Key.ORDER: "The answers carry the order's id.",
    Key.NONE: "The answers carry no id: ask one at a time.",
    Key.VALUE: "The answers repeat an argument of the request.",
}
_RATES = {
    Rate.ORDER: "It counts for the limits of orders.",
    Rate.HISTORY: "It counts for the limits of historical data (162, 420).",
    Rate.SCANNER: "It counts for the limits of scanners.",
    Rate.LINE: "It holds a market data line while it lasts (101).",
}


def label(name: str) -> str:
    """Return the name that links to a message: [tickPrice](#msg-tickprice)."""
    return f"msg-{name.lower()}"


def link(name: str) -> str:
    """Return a link to a message, or the bare name of what is no message of its own."""
    target = _CALLBACKS.get(name, name)
    known = target in REQUESTS or target in _NAMES
    return f"[{name}](#{label(target)})" if known else f"`{name}`"


_NAMES = {message.name for message in INCOMING.values()} | {
    *PROTOBUF_ONLY_BY_NAME,
    *PROTOBUF_ONLY_REQUESTS,
}
# callbacks that a message of another name makes
_CALLBACKS = {
    call.name: message.name
    for message in (*INCOMING.values(), *PROTOBUF_ONLY_BY_NAME.values())
    for call in message.calls
    if call.name not in _NAMES
}


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table."""
    yield f"| {' | '.join(head)} |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for line in lines:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |"
    yield ""


def code(text: str) -> str:
    """Return text as code; nothing stays nothing."""
    return f"`{text}`" if text else ""


# --- one message ---


def message_page(message: Message, *, plain: bool = False) -> Iterator[str]:
    """Yield the reference of a message. `plain`: for a terminal, with diagrams as text."""
    if not plain:
        yield f"({label(message.name)})="
    yield f"## {message.name}"
    yield ""
    yield from _introduction(message)
    if isinstance(message, Request):
        for one in conversations_of(message.name):
            yield from _conversation(one, plain=plain)
    yield from _text_layout(message)
    yield from _protobuf_layout(protobuf_message(message, NEWEST), message, plain=plain)
    if isinstance(message, Request):
        yield from _refused(message)
    yield from _changes(message)


def message_at(message: Message, server_version: int) -> Iterator[str]:
    """Yield the fields of a message at one server version.

    ValueError: that version does not know it.
    """
    if server_version < changes.exists_since(message):
        raise ValueError(
            f"{message.name} is known from server version {changes.exists_since(message)} on"
        )
    name = protobuf_message(message, server_version)
    if name:
        yield f"{message.name} at server version {server_version}: Protocol Buffers, {name}"
        yield ""
        yield from _schema_table(name, plain=True)
        return
    yield f"{message.name} at server version {server_version}: text"
    yield ""
    found = rows(message.nodes, server_version, server_version + 1)
    yield from table(("field", "type", "only if"), ((r.path, r.kind, r.when) for r in found))


def _introduction(message: Message) -> Iterator[str]:
    if isinstance(message, Request):
        since = changes.exists_since(message)
        known = f" Server versions {since} and later know it." if since > OLDEST else ""
        yield f"To TWS, message id {message.msg_id}.{known}"
        yield ""
        yield f"Arguments: {code(', '.join(message.arguments)) or 'none'}."
        yield ""
        return
    assert isinstance(message, Incoming)
    yield f"From TWS, message id {message.msg_id}."
    yield ""
    for call in message.calls:
        when = f" if `{call.when}`" if call.when else ""
        until = f", below server version {call.until}" if call.until <= NEWEST else ""
        yield f"- Callback {code(f'{call.name}({call.arguments})')}{when}{until}"
    asked = list(
        dict.fromkeys(request for call in message.calls for request in asked_by(call.name))
    )
    asked = asked or asked_by(message.name)
    what = ", ".join(map(link, asked)) if asked else "no request: it comes unasked"
    yield f"- Asked for by {what}"
    yield ""


def _refused(request: Request) -> Iterator[str]:
    """Yield what an older server is not sent: our client refuses it with an error."""
    found = [
        (f"below {node.since}", "503", code(node.path), node.needs)
        for node in walk(request.nodes)
        if isinstance(node, Field) and node.needs
    ]
    for gate in request.gates:
        start = f"from {gate.since} " if gate.since else ""
        end = f"below {gate.below}" if gate.below <= NEWEST else ""
        text = gate.text.removeprefix("It does not support ").rstrip(".")
        found.append(((start + end).strip() or "all", str(gate.code), code(gate.when), text))
    if found:
        yield "**Refused** by the client: the server is too old, or the value is not possible"
        yield ""
        yield from table(("server version", "error", "if set", "what"), found)


def _conversation(one: Conversation, *, plain: bool) -> Iterator[str]:
    chosen = ""
    if one.when is not None:
        chosen = f" (`{one.when[0]}` is {', '.join(map(str, one.when[1]))})"
    words = [f"What answers{chosen}: {_KINDS[one.kind]}."]
    if one.answers:
        words.append(_KEYS[one.key])
    if one.rate in _RATES:
        words.append(_RATES[one.rate])
    yield " ".join(words)
    yield ""
    steps = list(conversation_steps(one))
    if len(steps) == 1:
        return
    named = [link(name) for name in (*one.answers, one.cancel) if name]
    yield f"{'Answers and cancel' if one.cancel else 'Answers'}: {', '.join(named)}"
    yield ""
    yield from _diagram(f"{one.request}{chosen}", steps, plain=plain)


def _diagram(title: str, steps: Sequence[sequence.Step], *, plain: bool) -> Iterator[str]:
    if plain:
        yield "```text"
        yield from sequence.text(steps)
        yield "```"
    else:
        yield sequence.svg(title.replace("`", ""), steps)
    yield ""


def _text_layout(message: Message) -> Iterator[str]:
    since = changes.exists_since(message)
    until = changes.protobuf_since(message)
    if since >= until:
        return
    yield f"**Text, server versions {since} to {until - 1}**"
    yield ""
    found = rows(message.nodes, since, until)
    if not found:
        yield "The message has no fields."
        yield ""
        return
    yield from table(
        ("field", "type", "server versions", "only if"),
        ((code(r.path), r.kind, versions(r, since, until), code(r.when)) for r in found),
    )


def _protobuf_layout(name: str, message: Message | None, *, plain: bool) -> Iterator[str]:
    if not name:
        return
    since = changes.protobuf_since(message) if message is not None else NEWEST_TEXT + 1
    number = f" (message id {message.msg_id + PROTOBUF_ID_OFFSET})" if message is not None else ""
    yield f"**Protocol Buffers, server versions {since} to {NEWEST}: `{name}`**{number}"
    yield ""
    yield from _schema_table(name, plain=plain)


def _schema_table(name: str, *, plain: bool) -> Iterator[str]:
    fields = schema()[name]
    if not fields:
        yield "The message has no fields."
        yield ""
        return
    yield from table(
        ("number", "field", "type"),
        (
            (str(f.number), code(f.name), _schema_type(f.type_name, f.repeated, plain=plain))
            for f in fields
        ),
    )


def _schema_type(name: str, repeated: bool, *, plain: bool) -> str:
    shown = "map of string to string" if name == "map" else name
    if name in schema() and not plain:
        shown = f"[{name}](#pb-{name.lower()})"
    return f"repeated {shown}" if repeated else shown


def _changes(message: Message) -> Iterator[str]:
    found = changes.changes_of(message)
    if not found:
        return
    yield "**Changes**"
    yield ""
    yield from table(
        ("server version", "what"),
        ((str(version), ", ".join(lines)) for version, lines in found.items()),
    )


# --- pages ---


def area_page(area: str) -> Iterator[str]:
    """Yield the page of an area: its requests, then the messages from TWS."""
    incoming, requests = names_of(area)
    yield f"# {TITLES[area]}"
    yield ""
    for name in requests:
        yield from message_page(REQUESTS[name])
    for name in incoming:
        yield from message_page(INCOMING_BY_NAME[name])


def settings_page() -> Iterator[str]:
    """Yield the page of the messages that are Protocol Buffers alone."""
    yield "# Settings of TWS"
    yield ""
    yield "These messages have no form as text."
    yield ""
    for request in PROTOBUF_ONLY_REQUESTS.values():
        yield from _protobuf_only(request, f"To TWS, message id {request.msg_id}", request.since)
        for one in conversations_of(request.name):
            yield from _conversation(one, plain=False)
    for message in PROTOBUF_ONLY_BY_NAME.values():
        (call,) = message.calls
        yield from _protobuf_only(message, f"From TWS, callback `{call.name}`", 0)


def _protobuf_only(message: Message, text: str, since: int) -> Iterator[str]:
    number = message.msg_id
    name = protobuf_message(message, NEWEST)
    yield f"({label(message.name)})="
    yield f"## {message.name}"
    yield ""
    known = f" Server versions {since} and later know it." if since else ""
    yield f"{text} (on the wire {number + PROTOBUF_ID_OFFSET}).{known} Message `{name}`:"
    yield ""
    yield from _schema_table(name, plain=False)


def changes_page() -> Iterator[str]:
    """Yield what changed, server version by server version."""
    yield "# What changed when"
    yield ""
    yield (
        f"What each server version changed on the wire, {OLDEST} to {NEWEST}: + a field that "
        "came, - one that went. A version that is not here changed nothing, or only what "
        "TWS does. "
        "`ibapi-port protocol diff 151 187` prints the sum of a range."
    )
    yield ""
    for version, by_message in changes.all_changes().items():
        names = ", ".join(changes.version_names().get(version, ()))
        yield f"## {version}"
        yield ""
        if names:
            yield f"In IB's clients: {code(names)}"
            yield ""
        for name, lines in by_message.items():
            yield f"- {link(name)}: " + ", ".join(lines)
        yield ""


def sessions_page() -> Iterator[str]:
    """Yield whole sessions as diagrams."""
    yield "# Sessions"
    yield ""
    yield "A dashed arrow with ×n may come any number of times. Other messages may come between."
    yield ""
    for one in SESSIONS:
        yield f"## {one.name}"
        yield ""
        yield one.text
        yield ""
        yield from _diagram(one.name, one.steps, plain=False)


def schema_page() -> Iterator[str]:
    """Yield all messages of Protocol Buffers."""
    yield "# Protocol Buffers messages"
    yield ""
    yield (
        "All messages, those within others too. The syntax is proto3, every field that is not "
        "repeated is `optional`: whether it is set can be told."
    )
    yield ""
    for name in sorted(schema()):
        yield f"(pb-{name.lower()})="
        yield f"## {name}"
        yield ""
        yield from _schema_table(name, plain=False)


def list_page() -> Iterator[str]:
    """Yield all messages by id."""
    yield "# All messages by id"
    yield ""
    for title, table_of in (("To TWS", REQUESTS_BY_ID), ("From TWS", INCOMING)):
        yield f"## {title}"
        yield ""
        messages: list[Message] = sorted(table_of.values(), key=lambda m: m.msg_id)
        yield from table(
            ("id", "message", "known since", "Protocol Buffers"),
            ((str(m.msg_id), link(m.name), _since(m), _turned(m)) for m in messages),
        )


def _since(message: Message) -> str:
    since = changes.exists_since(message)
    return str(since) if since > OLDEST else ""


def _turned(message: Message) -> str:
    name = protobuf_message(message, NEWEST)
    return f"{name}, since {changes.protobuf_since(message)}" if name else ""


def pages() -> dict[str, Iterator[str]]:
    """Return the pages of the reference by file name, in the order in which they are read."""
    return {
        "sessions.md": sessions_page(),
        **{f"{area}.md": area_page(area) for area in TITLES},
        "settings.md": settings_page(),
        "messages.md": list_page(),
        "changes.md": changes_page(),
        "schema.md": schema_page(),
    }

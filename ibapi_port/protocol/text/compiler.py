"""The compiler: from a declaration and a server version to the Python functions that read and write
that message.

The functions are straight lines: what a server version decides was decided here, and there is no
loop but over repeated rows. Their source is kept in `linecache` under a speaking name, so that
tracebacks and debuggers show the very line. They keep no account of where they are: when one fails,
`fallback` has the interpreter read the same frame, which names the field.

    read(f)              the values of a frame, by the names of the message's arguments
    deliver(f, w, callback_raised)
                         the same, then the callbacks on the wrapper `w`; if a callback raises with
                         another one still to come, `callback_raised(exception)` is called; the
                         last one's exception comes out
    write(values...)     the fields' texts without the id, as one string, each with its NUL
    check(values...)     NotSupported where the server is too old for a request's values
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..exceptions import NotSupported
from ..schema.nodes import Call, Incoming, Message, Request, roots
from ..schema.source import Source
from ..schema.text_source import ReadEmitter, WriteEmitter
from .fallback import read_again
from .interpreter import gates


def _emit_reading(message: Message, server_version: int, source: Source) -> None:
    for name in dict.fromkeys((*roots(message.nodes), *message.arguments)):
        _begin(message, server_version, source, name)
    emitter = ReadEmitter(message, server_version, source)
    emitter.nodes(message.nodes, "")
    if emitter.unread:
        source.emit(emitter.unread)


def _begin(message: Message, server_version: int, source: Source, name: str) -> None:
    """Emit the value that a name has before anything is read."""
    if name in message.classes:
        cls = message.classes[name]
        source.emit(f"{name} = {source.constant(cls.__name__, cls)}()")
    elif name in message.defaults:
        default = source.constant(f"default_{name}", message.defaults[name])
        source.emit(f"{name} = {default}")
    elif not any(name in node.paths() and node.at(server_version) for node in message.nodes):
        source.emit(f"{name} = None")


def _reading(message: Message, server_version: int) -> Source:
    source = Source(message.constants)
    source.names["read_again"] = partial(read_again, message, server_version)
    with source.block("try:"):
        _emit_reading(message, server_version, source)
    with source.block("except Exception as e:"):
        values = "".join(f"{name}, " for name in message.arguments)
        source.emit(f"{values}= read_again(f, e)" if values else "read_again(f, e)")
    return source


def read_source(message: Message, server_version: int) -> tuple[str, dict[str, Any]]:
    """Return the source of `read(f)`, which gives the values by name, and its names."""
    source = _reading(message, server_version)
    source.emit(f"return {{{', '.join(f'{name!r}: {name}' for name in message.arguments)}}}")
    return source.text("read(f)"), source.names


def deliver_source(message: Incoming, server_version: int) -> tuple[str, dict[str, Any]]:
    """Return the source of `deliver(f, w, callback_raised)`, and its names: all is read before
    a callback is made.
    """
    source = _reading(message, server_version)
    emit_calls(source, message.calls_at(server_version))
    return source.text("deliver(f, w, callback_raised)"), source.names


def emit_calls(source: Source, calls: Sequence[Call]) -> None:
    """Emit the callbacks of a message whose values have been read."""
    for call in calls:
        _call(source, call, guarded=call is not calls[-1] or bool(call.each))


def _call(source: Source, call: Call, guarded: bool) -> None:
    depth = source.depth
    for head in (
        f"for row in {call.each}:" if call.each else "",
        f"if {call.when}:" if call.when else "",
    ):
        if head:
            source.emit(head)
            source.depth += 1
    if guarded:
        with source.block("try:"):
            source.emit(f"w.{call.name}({call.arguments})")
        with source.block("except (KeyboardInterrupt, SystemExit):"):
            source.emit("raise")
        with source.block("except BaseException as e:"):
            source.emit("callback_raised(e)")
    else:
        source.emit(f"w.{call.name}({call.arguments})")
    source.depth = depth


def write_source(
    message: Message, server_version: int, *, server_side: bool
) -> tuple[str, dict[str, Any]]:
    """Return the source of `write(...)`, and its names. `server_side`: as the server writes
    the message.

    Its arguments are those of the message, in their order; what has a default may be left out.
    """
    source = Source(message.constants)
    WriteEmitter(message, server_version, source, server_side).run()
    return write_function(message, source)


def write_function(message: Message, source: Source) -> tuple[str, dict[str, Any]]:
    """Return the text of the function `write` whose body was emitted, and its names."""
    required = [n for n in message.arguments if n not in message.defaults]
    optional = [
        f"{n}={source.constant(f'default_{n}', message.defaults[n])}"
        for n in message.arguments
        if n in message.defaults
    ]
    return source.text(f"write({', '.join(required + optional)})"), source.names


def check_source(request: Request, server_version: int) -> tuple[str, dict[str, Any]]:
    """Return the source of `check(...)`, which raises NotSupported for a gate that holds."""
    source = Source(request.constants)
    source.names["NotSupported"] = NotSupported
    for gate in gates(request, server_version):
        with source.block(f"if {gate.when}:"):
            source.emit(
                f"raise NotSupported({gate.code}, {gate.text!r}, {gate.has_request_id}, "
                f"{gate.path!r})"
            )
    source.emit("return None")
    return source.text(f"check({', '.join(request.arguments)})"), source.names

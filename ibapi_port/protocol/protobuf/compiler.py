"""The compiler of Protocol Buffers messages: from a declaration to the functions that read and
write its message, for the client and for the simulated TWS.

    deliver(f, w, callback_raised)   the values of a frame (`f[1]` are the message's bytes), then
                                     the callbacks, as on the text wire
    read(f)                          the values by name: a request, for the simulated TWS
    write(values...)                 the bytes of the message

Where a compiled function fails, `read_again` runs it once more, with an account of where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache, partial
from typing import Any

from ...const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ..exceptions import BadFrame, DecodeFailed, FieldError
from ..schema.canonical import Refused
from ..schema.field_types import BLOCK, OPTIONS, STR, FieldType
from ..schema.nodes import Incoming, Message, Pb
from ..schema.protobuf_fields import field_at
from ..schema.source import Source, load
from ..schema.text_source import MAX_ROWS
from ..schema.wire_values import INLINE_CONSTANTS, NOT_SENT, SCALARS, Place, tws_converter
from ..text.compiler import emit_calls
from ..text.fallback import OUR_FAILURE, log_failure
from .classes import NotAMessage, message_class, parse
from .objects import (
    filler,
    leg_prices,
    object_writer,
    reader,
    scalar_writer,
    tag_values,
    write_leg_prices,
    writer,
)
from .public_classes import public_class

UNSET = {
    "UNSET_DECIMAL": UNSET_DECIMAL,
    "UNSET_DOUBLE": UNSET_DOUBLE,
    "UNSET_INTEGER": UNSET_INTEGER,
    "UNSET_LONG": UNSET_LONG,
}


def limited(rows: Any) -> Any:
    """Return the rows of a list. ValueError is raised if there are too many."""
    if len(rows) > MAX_ROWS:
        raise ValueError(f"{len(rows)} rows, at most {MAX_ROWS} are read")
    return rows


def _pb(message: Message) -> Pb:
    assert message.pb is not None
    return message.pb


# --- reading ---


class ReadEmitter:
    """Emits what reads the values of a message (see `WireReading`).

    `names` are those that it fills. `traced`: what is read next is told to the list `at`.
    """

    def __init__(self, message: Message, server_version: int, source: Source, traced: bool) -> None:
        self.message = message
        self.server_version = server_version
        self.source = source
        self.traced = traced
        self.server_side = not isinstance(message, Incoming)
        self.objects = message.classes
        self.names: list[str] = []
        self.source.names |= UNSET | {
            "leg_prices": leg_prices,
            "limited": limited,
            "tag_values": tag_values,
        }

    def place(self, path: str) -> Place:
        one = field_at(_pb(self.message).message, path)
        owner = ".".join(["m", *path.split(".")[:-1]])
        return Place(owner, one.name, one.type_name, one.repeated)

    def named(self, value: object) -> str:
        known = (name for name, unset in UNSET.items() if unset == value)
        return next(known, "") or repr(value)

    def value(self, field_type: FieldType, path: str, absent: object) -> str:
        place = self.place(path)
        if self.server_side:
            absent = NOT_SENT.get(place.type_name)
        return field_type.from_wire(place, absent, self.named)

    def assign(self, target: str, expression: str) -> None:
        root = target.partition(".")[0]
        if root not in self.names:
            self.names.append(root)
        if self.traced:
            self.source.emit(f"at.append({target!r})")
        if expression:
            self.source.emit(f"{target} = {expression}")

    def object_reader(self, message: str) -> str:
        return self.source.constant(f"read_{message}", reader(message, self.server_side))

    def object_filler(self, message: str) -> str:
        return self.source.constant(f"fill_{message}", filler(message, self.server_side))

    def run(self) -> None:
        """Emit the reading of all values. `empty`: an inner message is missing, and with it the
        callbacks.
        """
        nodes = list(self.message.wire_nodes(self.server_version))
        objects = self.message.object_fields()
        needed = [field for field in objects.values() if field]
        needed += [inner for node in nodes for inner in node.needed()]
        missing = (f"not m.HasField({inner!r})" for inner in dict.fromkeys(needed))
        empty = "" if self.server_side else " or ".join(missing)
        self.source.emit(f"empty = {empty or False}")
        with self.source.block("if not empty:"):
            for name in dict.fromkeys(name for node in nodes for name in node.conditional_roots()):
                self.source.emit(f"{name} = None")
            for name, field in objects.items():
                message = self.place(field).type_name if field else _pb(self.message).message
                given = f"m.{field}" if field else "m"
                self.assign(name, f"{self.object_reader(message)}({given})")
            for node in nodes:
                node.read_wire(self)


def _reading(
    message: Message, server_version: int, traced: bool = False
) -> tuple[tuple[str, ...], Source]:
    """Return the names that are filled, and the source that fills them from `f[1]`."""
    source = Source(message.constants)
    source.depth += not traced
    source.names["parse"] = message_class(_pb(message).message).FromString
    source.emit("m = parse(f[1])")
    emitter = ReadEmitter(message, server_version, source, traced)
    emitter.run()
    return tuple(emitter.names), source


def _reading_source(message: Message, server_version: int) -> tuple[tuple[str, ...], Source]:
    names, inner = _reading(message, server_version)
    source = Source(inner.names)
    source.names["read_again"] = partial(read_again, message, server_version)
    with source.block("try:"):
        source.lines += inner.lines
    with source.block("except Exception as e:"):
        source.emit(f"empty, {''.join(f'{name}, ' for name in names)}= read_again(f, e)")
    return names, source


def deliver_source(
    message: Incoming, server_version: int, *, raw: bool
) -> tuple[str, dict[str, Any]]:
    """Return the source of `deliver(f, w, callback_raised)`, and its names.

    It reads all values, then makes the callbacks. If `raw`, the ...ProtoBuf callback comes first.
    """
    _, source = _reading_source(message, server_version)
    if raw:
        source.names["parse_raw"] = public_class(_pb(message).message).FromString
        with source.block("try:"):
            source.emit(f"w.{_pb(message).callback}(parse_raw(f[1]))")
        with source.block("except (KeyboardInterrupt, SystemExit):"):
            source.emit("raise")
        with source.block("except BaseException as e:"):
            source.emit("callback_raised(e)")
    with source.block("if empty:"):
        source.emit("return")
    emit_calls(source, message.calls_at(server_version))
    return source.text("deliver(f, w, callback_raised)"), source.names


def raw_callback_source(message: Incoming) -> tuple[str, dict[str, Any]]:
    """Return the source of `deliver(f, w, callback_raised)`, for a message that has a raw callback
    alone.
    """
    source = Source({})
    name = _pb(message).message
    source.names["parse_raw"] = public_class(name).FromString
    source.names["not_parsed"] = partial(_not_parsed, name)
    with source.block("try:"):
        source.emit("m = parse_raw(f[1])")
    with source.block("except Exception as e:"):
        source.emit("raise not_parsed(e) from e")
    (call,) = message.calls
    source.emit(f"w.{call.name}({call.arguments})")
    return source.text("deliver(f, w, callback_raised)"), source.names


def _not_parsed(message: str, failure: Exception) -> DecodeFailed:
    return DecodeFailed(BadFrame(message, "message", "it cannot be parsed"))


def read_source(message: Message, server_version: int) -> tuple[str, dict[str, Any]]:
    """Return the source of `read(f)`, which gives the values by name, and its names."""
    names, source = _reading_source(message, server_version)
    source.emit(f"return {{{', '.join(f'{name!r}: {name}' for name in names)}}}")
    return source.text("read(f)"), source.names


@cache
def _traced_reader(message: Message, server_version: int) -> Callable[..., tuple[Any, ...]]:
    """Return `read(f, at)`, which tells the list `at` what it reads next."""
    names, source = _reading(message, server_version, traced=True)
    values = ", ".join(["empty", *(f"locals().get({name!r})" for name in names)])
    source.emit(f"return {values}")
    title = f"ibapi_port read again {message.name} {server_version} protobuf"
    return load(source.text("read(f, at)"), "read", source.names, title)


def read_again(
    message: Message, server_version: int, fields: list[Any], failure: Exception
) -> tuple[Any, ...]:
    """Read a message that a compiled function could not read, with an account of where it is.

    Return whether it is empty, and the values of the names that are filled. DecodeFailed says which
    field cannot be read. What is an error of ours, not of TWS, is logged.
    """
    at = ["message"]
    try:
        parse(_pb(message).message, fields[1])
        found = _traced_reader(message, server_version)(fields, at)
    except NotAMessage as e:
        raise DecodeFailed(BadFrame(message.name, "message", str(e))) from failure
    except (ValueError, ArithmeticError) as e:
        why = f"{type(e).__name__}: {e}"[:200]
        raise DecodeFailed(BadFrame(message.name, at[-1], why)) from failure
    except Exception as e:  # whatever it is, it is an error of ours: the connection goes on
        log_failure(message.name, server_version, e)
        raise DecodeFailed(BadFrame(message.name, at[-1], OUR_FAILURE)) from failure
    log_failure(message.name, server_version, failure)
    return found


# --- writing ---


class WriteEmitter:
    """Emits what sets the fields of a message (see `WireWriting`)."""

    def __init__(self, message: Message, server_version: int, source: Source) -> None:
        self.message = message
        self.server_version = server_version
        self.source = source
        self.server_side = isinstance(message, Incoming)
        self._begun: set[str] = set()
        self.source.names |= INLINE_CONSTANTS
        self.source.names["write_leg_prices"] = partial(
            write_leg_prices, server_side=self.server_side
        )

    def place(self, path: str) -> Place:
        one = field_at(_pb(self.message).message, path)
        owner = ".".join(["message", *path.split(".")[:-1]])
        if self.server_side and owner != "message" and owner not in self._begun:
            self._begun.add(owner)
            self.source.emit(f"{owner}.SetInParent()")
        return Place(owner, one.name, one.type_name, one.repeated)

    def write(
        self, path: str, expression: str, field_type: FieldType | None, absent: object = ...
    ) -> None:
        place = self.place(path)
        label = expression if expression.replace(".", "").isidentifier() else path
        write = writer(place, label, field_type, server_side=self.server_side)
        if self.server_side and place.type_name in SCALARS and not place.repeated:
            write = scalar_writer(place.name, tws_converter(place.type_name, absent), label)
        general = f"{self.source.constant(f'write_{place.name}', write)}({place.owner}, x, '')"
        self.source.emit(f"x = {expression}")
        scalar = place.type_name in SCALARS and field_type is not None
        inline = field_type.inline_wire(place) if scalar and field_type else []
        if nothing := "" if self.server_side else _nothing_to_set(place, field_type):
            head = [*inline[:-1], f"el{nothing}"] if inline else [nothing]
            inline = [*head, "    pass", "else:"]
        for line in [*inline, f"    {general}"] if inline else [general]:
            self.source.emit(line)

    def write_object(self, place: Place, expression: str) -> None:
        write = object_writer(place.type_name, self.server_side)
        name = self.source.constant(f"write_{place.type_name}", write)
        # the simulated TWS may leave an object out
        maybe = self.source.block(f"if {expression} is not None:")
        with maybe if self.server_side else nullcontext():
            self.source.emit(f"inner = {place.value}")
            self.source.emit("inner.SetInParent()")
            self.source.emit(f"{name}(inner, {expression}, {expression!r})")

    def run(self) -> None:
        for name, field in self.message.object_fields().items():
            if field:
                self.write_object(self.place(field), name)
            else:
                write = object_writer(_pb(self.message).message, self.server_side)
                self.source.emit(
                    f"{self.source.constant('write_all', write)}(message, {name}, {name!r})"
                )
        for node in self.message.wire_nodes(self.server_version):
            node.write_wire(self)


def _nothing_to_set(place: Place, field_type: FieldType | None) -> str:
    """Return the head that holds for an empty argument `x` of a request, for which no field is set;
    "": there is none, or none that is usual.
    """
    if field_type is OPTIONS and place.type_name == "map":
        return "if x.__class__ is list and not x:"
    if field_type in (STR, BLOCK) and place.type_name == "string" and not place.repeated:
        return "if x.__class__ is str and not x:"
    return ""


def write_source(message: Message, server_version: int) -> tuple[str, dict[str, Any]]:
    """Return the source of `write(values...)`, which gives the message's bytes, and its names.

    FieldError is raised for a value that cannot be sent. A message from TWS has its values by name.
    """
    source = Source(message.constants)
    source.names |= {
        "new": message_class(_pb(message).message),
        "Refused": Refused,
        "FieldError": FieldError,
    }
    source.emit("message = new()")
    with source.block("try:"):
        WriteEmitter(message, server_version, source).run()
    with source.block("except Refused as refused:"):
        source.emit(f"raise refused.as_field_error({message.name!r}) from refused")
    if isinstance(message, Incoming):
        with source.block("except (AttributeError, TypeError) as e:"):
            source.emit("text = f'{type(e).__name__}: {e}'")
            source.emit(f"raise FieldError({message.name!r}, 'values', text) from e")
    source.emit("return message.SerializeToString()")
    parameters = ", ".join(message.arguments)
    if isinstance(message, Incoming):
        defaults = (
            f"{name}={source.constant(f'default_{name}', message.defaults.get(name))}"
            for name in message.arguments
        )
        parameters = ", ".join([*defaults, "**others"])
    return source.text(f"write({parameters})"), source.names


@cache
def encoder(message: Message, server_version: int) -> Callable[..., bytes]:
    """Return the compiled function that makes the message's bytes from its values."""
    source, names = write_source(message, server_version)
    title = f"ibapi_port encode {message.name} {server_version} protobuf"
    compiled: Callable[..., bytes] = load(source, "write", names, title)
    return compiled


@cache
def decoder(message: Message, server_version: int) -> Callable[[list[Any]], dict[str, Any]]:
    """Return the compiled function that gives a request's values by name."""
    source, names = read_source(message, server_version)
    title = f"ibapi_port read {message.name} {server_version} protobuf"
    return load(source, "read", names, title)

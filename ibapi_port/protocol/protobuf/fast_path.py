"""The fast path of requests as Protocol Buffers: their bytes without a message object.

To set the fields of a message one by one takes longer than all else of a request. Plain values (see
`_PLAIN`) are put together as they stand on the wire instead, field by field in the order of their
numbers, which gives the very bytes that the `protobuf` package makes. What is not plain, or not as
it was made where it is rarely set, is left to the general way.

The bytes are gathered as a text with a character for each of them (Latin-1): nothing is joined
faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from struct import Struct
from typing import Any, NoReturn

from ..schema.canonical import TWS_ONLY, attribute_types, sent_attributes
from ..schema.field_types import BLOCK, NO_DEFAULT, OPTIONS, STR, FieldType
from ..schema.nodes import Field, LegPrices, Request, SubMessage, When
from ..schema.protobuf_fields import SchemaField, field_at, schema
from ..schema.source import Source, load
from ..schema.text_source import KnownText
from ..schema.wire_values import INLINE_CONSTANTS, SCALARS, Place
from ..text.fast_path import (
    NEW_OBJECTS,
    RARELY_SET,
    has_default_fields_test,
    is_plain_value,
    name_as_made,
    value_as_made,
)
from ..text.interpreter import gates
from .classes import message_class
from .objects import MAPPINGS_BY_MESSAGE, object_writer

VARINT, FIXED64, BYTES = 0, 1, 2  # how a value stands on the wire
_WIRE_TYPES = {"int32": VARINT, "int64": VARINT, "bool": VARINT, "double": FIXED64}


def _varint(number: int) -> str:
    text = ""
    while number > 127:
        text += chr(number & 127 | 128)
        number >>= 7
    return text + chr(number)


SHORT = tuple(map(_varint, range(1024)))  # numbers and lengths; longer texts are not plain
SEVEN_BITS = tuple(chr(bits | 128) for bits in range(128))  # with more to come


def varint(number: int) -> str:
    """Return a number that is not negative as it stands on the wire."""
    return SHORT[number] if number < 1024 else SEVEN_BITS[number & 127] + varint(number >> 7)


class NotPlain(Exception):
    """A value is left to the general way."""


def not_plain(value: object) -> NoReturn:
    """Leave a value to the general way."""
    raise NotPlain


_VARINT = (
    "short[@] if @ < 1024 else seven_bits[@ & 127] + short[@ >> 7] if @ >> 17 == 0 else varint(@)"
)
_INT = ("type(@) is int and 0 <= @ < UNSET_INTEGER", f"f'#{{{_VARINT}}}'")
_DOUBLE = "f'#{pack(@).decode(latin_1)}'"
_PLAIN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "string": (
        (
            "type(@) is str and @ and @.isascii() and @.isprintable()",
            "f'#{short[len(@)]}{@}'",
        ),
    ),
    "size": (
        (
            "type(@) is int and -UNSET_INTEGER < @ < UNSET_INTEGER",
            "f'#{short[len(t := str(@))]}{t}'",
        ),
        (
            "type(@) is Decimal and len(t := str(@)) < 30 and t.replace('.', '', 1).isdigit()",
            "f'#{short[len(t)]}{t}'",
        ),
    ),
    "double": (
        ("type(@) is float and @ - @ == 0 and @ != UNSET_DOUBLE", _DOUBLE),
        ("type(@) is int and -UNSET_INTEGER < @ < UNSET_INTEGER", _DOUBLE),
    ),
    "int32": (_INT,),
    "int64": (_INT,),
    "bool": (
        ("@ is True or type(@) is int and @ == 1", "'#\\x01'"),
        ("@ is False or type(@) is int and @ == 0", "''"),
    ),
}  # by type of a field: what plain values are (@), and their text with the field's tag (#)


# of a contract: to see that they are as they were made is quicker than to write each of them
_RARELY_SET = {
    *("contract.secIdType", "contract.secId", "contract.description", "contract.issuerId"),
    *("contract.includeExpired", "contract.comboLegsDescrip"),
}


class Unknown(Exception):
    """A request has no fast path: something in it is not known here."""


class FastPathEmitter:
    """Emits `write(values...)`, which gives a request's bytes, or None if one of `tests` does not
    hold (see `WireWriting`).
    """

    def __init__(self, request: Request, server_version: int) -> None:
        self.request = request
        self.server_version = server_version
        self.source = Source(request.constants)
        self.source.names |= {
            **INLINE_CONSTANTS,
            "short": SHORT,
            "varint": varint,
            "seven_bits": SEVEN_BITS,
            "pack": Struct("<d").pack,
            "latin_1": "latin-1",
            "not_plain": not_plain,
        }
        self.tests: list[str] = []
        self.fields: dict[int, Sequence[str]] = {}  # by number, the expressions that make a field

    def run(self) -> None:
        """Emit all. Unknown: there is no fast path."""
        pb = self.request.pb
        assert pb is not None
        for name, field in self.request.object_fields().items():
            self.write_object(self.place(field), name)
        for node in self.request.wire_nodes(self.server_version):
            if isinstance(node, (Field, SubMessage)):
                node.write_wire(self)
            elif isinstance(node, LegPrices):
                self.as_made("order.orderComboLegs")
            elif not (isinstance(node, When) and node.in_protobuf):
                raise Unknown
        for gate in gates(self.request, self.server_version):
            self.tests.append(f"not ({gate.when})")
        if "order" in self.request.arguments:
            self.source.names["has_default_fields"] = has_default_fields_test()
            self.tests.append("has_default_fields(order)")
        lines, self.source.lines = self.source.lines, []
        with self.source.block(f"if {' and '.join(self.tests) or True}:"):
            self.source.lines += [f"    {line}" for line in lines]
            all_fields = [text for _, field in sorted(self.fields.items()) for text in field]
            self.source.emit(f"return {_joined(all_fields)}.encode('latin-1')")
        self.source.emit("return None")

    def place(self, path: str) -> Place:
        assert self.request.pb is not None
        if not path or "." in path:
            raise Unknown
        one = field_at(self.request.pb.message, path)
        return Place("message", one.name, one.type_name, one.repeated)

    def number(self, place: Place) -> int:
        assert self.request.pb is not None
        return field_at(self.request.pb.message, place.name).number

    # --- arguments ---

    def write(
        self, path: str, expression: str, field_type: FieldType | None, absent: object = ...
    ) -> None:
        place = self.place(path)
        if field_type is None or not expression.isidentifier():
            raise Unknown
        number = self.number(place)
        if field_type is OPTIONS and place.type_name == "map":
            nothing = f"({expression} is None or type({expression}) is list and not {expression})"
            self.tests.append(nothing)
            return
        text = self.plain(number, place, expression, field_type, NO_DEFAULT)
        if text is None:
            raise Unknown
        if place.type_name == "string" and field_type in (STR, BLOCK):
            text = f"'' if type({expression}) is str and not {expression} else {text}"
        self.fields[number] = (text,)

    def plain(
        self, number: int, place: Place, value: str, field_type: FieldType, default: object
    ) -> str | None:
        """Return the expression for a field with a value; None where nothing is plain."""
        if not field_type.inline_wire(place, default):
            return None
        is_size = isinstance(default, Decimal) or isinstance(field_type.absent, Decimal)
        choices = [
            f"{text.replace('#', _tag(number, place.type_name))} if {test}"
            for test, text in _PLAIN["size" if is_size else place.type_name]
        ]
        return " else ".join([*choices, "not_plain(@)"]).replace("@", value)

    # --- objects ---

    def write_object(self, place: Place, expression: str) -> None:
        if expression not in NEW_OBJECTS:
            raise Unknown
        mapping = MAPPINGS_BY_MESSAGE[place.type_name]
        known = _as_made(place.type_name, expression)
        attributes = mapping.attributes()
        fields = [
            self.attribute(f"{expression}.{name}", mapping.converted.get(name), one, known)
            for name, one in sorted(attributes.items(), key=lambda item: item[1].number)
            if name not in TWS_ONLY.get(mapping.cls, ())
        ]
        if mapping.message != "AttachedOrders":
            for name in sent_attributes(mapping.cls):
                if name not in attributes:
                    self.as_made(f"{expression}.{name}")
        inner = self.source.local("inner")
        self.source.emit(f"{inner} = {_joined(fields)}")
        number = self.number(place)
        tag = KnownText(_varint(number << 3 | BYTES))
        self.fields[number] = (tag, f"short[len({inner})]", inner)

    def attribute(
        self, path: str, conversion: Any, one: SchemaField, known: Mapping[str, str]
    ) -> str:
        """Return the expression for the field of an attribute."""
        as_made = KnownText(known.get(one.name, ""))
        if path in RARELY_SET:
            return as_made
        root, _, name = path.partition(".")
        made = value_as_made(path)
        text = None
        if conversion is not None and conversion.write is not None:
            text = self.converted(one, conversion.write)
        elif one.type_name in SCALARS and is_plain_value(made):
            place = Place("message", one.name, one.type_name, one.repeated)
            field_type = attribute_types(self.request.classes[root])[name]
            text = self.plain(one.number, place, "x", field_type, made)
        if text is None or path in _RARELY_SET:
            self.as_made(path)
            return as_made
        return f"{as_made} if (x := {path}) is {name_as_made(self.source, path)} else {text}"

    def converted(self, one: SchemaField, convert: Callable[[Any], Any]) -> str:
        """Return the expression for a number that a text `x` stands for."""
        name = self.source.constant(convert.__name__, convert)
        tag = _tag(one.number, one.type_name)
        return f"'' if (t := {name}(x)) is None else f'{tag}{{pack(t).decode(latin_1)}}'"

    def as_made(self, path: str) -> None:
        """Let the fast path be taken only if an attribute is as it was made."""
        if path in RARELY_SET:
            return  # has_default_fields
        made = value_as_made(path)
        if is_plain_value(made):
            self.tests.append(f"{path} is {name_as_made(self.source, path)}")
        elif made == []:
            self.tests.append(f"type({path}) is list and not {path}")
        else:
            raise Unknown


def _tag(number: int, type_name: str) -> str:
    """Return a field's tag, in the source of a text."""
    tag = _varint(number << 3 | _WIRE_TYPES.get(type_name, BYTES))
    return "".join(f"\\x{ord(byte):02x}" for byte in tag)


def _as_made(message: str, root: str) -> dict[str, str]:
    """Return the fields of a new object's message, each as it stands on the wire."""
    new_message = message_class(message)
    whole = new_message()
    object_writer(message)(whole, NEW_OBJECTS[root], root)
    found = {}
    for one in schema()[message]:
        if not one.repeated and one.type_name != "map" and whole.HasField(one.name):
            alone = new_message()
            if isinstance(getattr(whole, one.name), (str, int, float)):
                setattr(alone, one.name, getattr(whole, one.name))
            else:
                getattr(alone, one.name).SetInParent()
                getattr(alone, one.name).CopyFrom(getattr(whole, one.name))
            found[one.name] = alone.SerializeToString().decode("latin-1")
    return found


def _joined(texts: Sequence[str]) -> str:
    """Return the expression that joins texts; neighbours that are known now are one."""
    parts: list[str] = []
    for text in texts:
        if isinstance(text, KnownText) and parts and isinstance(parts[-1], KnownText):
            parts[-1] = KnownText(parts[-1].value + text.value)
        else:
            parts.append(text)
    parts = [part for part in parts if not (isinstance(part, KnownText) and not part.value)]
    return f"''.join(({', '.join(parts)},))" if parts else "''"


def plain_writer(request: Request, server_version: int) -> Callable[..., bytes | None]:
    """Return what gives a request's bytes if all its values are plain: else it returns None, or
    raises anything.
    """
    emitter = FastPathEmitter(request, server_version)
    try:
        emitter.run()
    except Unknown:
        return _none_is_plain
    text = emitter.source.text(f"write({', '.join(request.arguments)})")
    title = f"ibapi_port encode plain {request.name} {server_version} protobuf"
    return load(text, "write", emitter.source.names, title)


def _none_is_plain(*values: object) -> None:
    """Stand for the writer of a request that has no fast path."""

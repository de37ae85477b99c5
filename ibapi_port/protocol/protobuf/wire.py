"""Protocol Buffers messages as they are on the wire, read and changed without the `protobuf`
package.

For whoever looks at messages that pass by: the fields that the tables know with their names, the
others with their numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .classes import PAIR, SchemaField, schema

VARINT = 0
FIXED64 = 1
BYTES = 2
FIXED32 = 5
FIXED_SIZES = {FIXED64: 8, FIXED32: 4}
DEEPEST = 100  # messages within messages
Change = Callable[[str, str], str]  # path and text of a value -> the text to have there

_KEY = SchemaField(1, "key", "string", False)
_VALUE = SchemaField(2, "value", "string", False)


class BadWire(ValueError):
    """The bytes are no message."""


class Part(NamedTuple):
    """One field: `body` is the value's bytes (of a varint too), without the length."""

    number: int
    wire_type: int
    body: bytes


class Value(NamedTuple):
    """A value with the path of names to it: "contract.symbol", "conditions[0].price"; an unknown
    field is "#17".
    """

    path: str
    value: int | float | str | bytes


def parts(data: bytes) -> Iterator[Part]:
    """Yield the fields of a message, in the order of the wire. BadWire is raised if it is none."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number = key >> 3
        wire_type = key & 7
        if wire_type == VARINT:
            _, end = _varint(data, at)
        elif wire_type == BYTES:
            length, at = _varint(data, at)
            end = at + length
        elif wire_type in FIXED_SIZES:
            end = at + FIXED_SIZES[wire_type]
        else:
            raise BadWire(f"wire type {wire_type} at byte {at}")
        if not number or end > len(data):
            raise BadWire(f"field {number} at byte {at} ends after the message")
        yield Part(number, wire_type, data[at:end])
        at = end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for n, byte in enumerate(data[at : at + 10]):
        number |= (byte & 127) << 7 * n
        if byte < 128:
            return number, at + n + 1
    raise BadWire(f"a number at byte {at} has no end")


def _as_varint(number: int) -> bytes:
    number &= 2**64 - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def values(data: bytes, message: str, path: str = "", depth: int = 0) -> Iterator[Value]:
    """Yield all values in a message of that name, and in its inner messages.

    BadWire is raised if it is none.
    """
    for part, one, name in _fields_with_names(data, message, path):
        if _is_message(one, part):
            assert one is not None
            yield from values(part.body, _message_name(one), name, _deeper(depth))
        elif one is not None and _packed(one, part):
            yield from (
                Value(f"{name}[{n}]", value) for n, value in enumerate(_unpacked(one, part.body))
            )
        else:
            yield Value(name, _scalar(one, part))


def rewrite(data: bytes, message: str, change: Change, path: str = "", depth: int = 0) -> bytes:
    """Return the message with the texts and whole numbers that `change` gives; all else stays, byte
    for byte.

    BadWire is raised if the bytes are no message.
    """
    out = bytearray()
    for part, one, name in _fields_with_names(data, message, path):
        body = part.body
        if _is_message(one, part):
            assert one is not None
            body = rewrite(body, _message_name(one), change, name, _deeper(depth))
        elif part.wire_type == BYTES and not (one is not None and _packed(one, part)):
            body = _rewrite_bytes(body, change, name, one is None, depth)
        elif part.wire_type == VARINT and one is not None:
            text = str(_scalar(one, part))
            new = change(name, text)
            if new != text:
                body = _as_varint(int(new))
        out += _as_varint(part.number << 3 | part.wire_type)
        if part.wire_type == BYTES:
            out += _as_varint(len(body))
        out += body
    return bytes(out)


def _rewrite_bytes(body: bytes, change: Change, name: str, unknown: bool, depth: int) -> bytes:
    """Return a text as `change` gives it. A field that is not known may be a message instead."""
    text = body.decode(errors="surrogateescape")
    if unknown and not text.isprintable():
        try:
            return rewrite(body, "", change, name, _deeper(depth))
        except BadWire:
            pass
    return change(name, text).encode(errors="surrogateescape")


def _fields_with_names(
    data: bytes, message: str, path: str
) -> Iterator[tuple[Part, SchemaField | None, str]]:
    known = (
        {1: _KEY, 2: _VALUE}
        if message == PAIR
        else {one.number: one for one in schema().get(message, ())}
    )
    counts: dict[int, int] = {}
    for part in parts(data):
        one = known.get(part.number)
        name = f"{path}.{one.name if one else f'#{part.number}'}".lstrip(".")
        if one is not None and (one.repeated or one.type_name == "map") and not _packed(one, part):
            name += f"[{counts.setdefault(part.number, 0)}]"
            counts[part.number] += 1
        yield part, one, name


def _is_message(one: SchemaField | None, part: Part) -> bool:
    return (
        one is not None
        and part.wire_type == BYTES
        and (one.type_name == "map" or one.type_name in schema())
    )


def _message_name(one: SchemaField) -> str:
    return PAIR if one.type_name == "map" else one.type_name


def _deeper(depth: int) -> int:
    if depth >= DEEPEST:
        raise BadWire("messages within messages without end")
    return depth + 1


def _packed(one: SchemaField, part: Part) -> bool:
    return (
        one.repeated
        and part.wire_type == BYTES
        and one.type_name in ("int32", "int64", "bool", "double")
    )


def _unpacked(one: SchemaField, body: bytes) -> Iterator[int | float | str | bytes]:
    at = 0
    while at < len(body):
        end = at + 8 if one.type_name == "double" else _varint(body, at)[1]
        yield _scalar(
            one, Part(one.number, FIXED64 if one.type_name == "double" else VARINT, body[at:end])
        )
        at = end


def _scalar(one: SchemaField | None, part: Part) -> int | float | str | bytes:
    """Return a value by what the field is, or by what it looks like."""
    if part.wire_type == VARINT:
        number = _varint(part.body, 0)[0] & (2**64 - 1)
        if one is not None and one.type_name == "bool":
            return bool(number)
        return number - 2**64 if number >= 2**63 else number
    if part.wire_type == FIXED64:
        if len(part.body) != 8:
            raise BadWire("a double has 8 bytes")
        return float(struct.unpack("<d", part.body)[0])
    if part.wire_type == FIXED32:
        return int.from_bytes(part.body, "little")
    try:
        return part.body.decode()
    except UnicodeDecodeError:
        return part.body

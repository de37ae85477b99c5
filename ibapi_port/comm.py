"""Frames and fields of the text wire, under the names that programs import. The client itself uses
``ibapi_port.protocol``.
"""

from __future__ import annotations

import sys
from typing import Any, overload

from ibapi_port.const import DOUBLE_INFINITY, INFINITY_STR, UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.errors import INVALID_SYMBOL
from ibapi_port.utils import ClientException, isAsciiPrintable

__all__ = [
    "DOUBLE_INFINITY",
    "INFINITY_STR",
    "INVALID_SYMBOL",
    "UNSET_DOUBLE",
    "UNSET_INTEGER",
    "ClientException",
    "isAsciiPrintable",
    "make_field",
    "make_field_handle_empty",
    "make_initial_msg",
    "make_msg",
    "make_msg_proto",
    "read_fields",
    "read_msg",
]

# bytes of a frame's length, and of a message number that is sent as a number; both big-endian
_PREFIX = 4


def _framed(body: bytes) -> bytes:
    return len(body).to_bytes(_PREFIX, "big") + body


def make_initial_msg(text: str) -> bytes:
    """A frame without a message number, as the handshake has it."""
    return _framed(text.encode())


@overload
def make_msg(text: str, /) -> bytes: ...
@overload
def make_msg(*, text: str) -> bytes: ...
@overload
def make_msg(msgId: int, useRawIntMsgId: bool, text: str) -> bytes: ...
def make_msg(msgId: Any = "", useRawIntMsgId: bool | None = None, text: str | None = None) -> bytes:
    """A frame of fields; its number is four bytes (servers from 201 on) or the first field.

    The text alone, its number included, is the form up to generation 10.30.
    """
    if useRawIntMsgId is None and isinstance(text or msgId, str):
        return make_initial_msg(text or msgId)
    if text is None or useRawIntMsgId is None:
        raise TypeError("make_msg takes msgId, useRawIntMsgId and text, or the text alone")
    if useRawIntMsgId:
        return _framed(msgId.to_bytes(_PREFIX, "big") + text.encode())
    return _framed((make_field(msgId) + text).encode())


def make_msg_proto(msgId: int, protobufData: bytes) -> bytes:
    """A frame whose body is protobuf; ``msgId`` is the message's number plus 200."""
    return _framed(msgId.to_bytes(_PREFIX, "big") + protobufData)


def make_field(val: object) -> str:
    """A value as text with the NUL that ends a field; a bool is 0 or 1.

    ValueError for None; ClientException (579) for text with anything else than printable ASCII,
    tab, line feed, carriage return.
    """
    if val is None:
        raise ValueError("None has no form on the wire")
    if isinstance(val, str) and not isAsciiPrintable(val):
        shown = val.encode(sys.stdout.encoding, errors="ignore").decode(sys.stdout.encoding)
        raise ClientException(INVALID_SYMBOL.code(), INVALID_SYMBOL.msg(), shown)
    return f"{int(val) if isinstance(val, bool) else val}\0"


def make_field_handle_empty(val: object) -> str:
    """Like make_field, but unset numbers become an empty field and an infinite one the word
    Infinity.
    """
    if val in (UNSET_INTEGER, UNSET_DOUBLE):
        return make_field("")
    return make_field(INFINITY_STR if val == DOUBLE_INFINITY else val)


def read_msg(buf: bytes) -> tuple[int, bytes | str, bytes]:
    """The first frame in ``buf``: (length, body, what comes after it).

    While the frame is not complete the body is "" and all of ``buf`` is left over; with less than a
    length prefix the length is 0.
    """
    if len(buf) < _PREFIX:
        return 0, "", buf
    size = int.from_bytes(buf[:_PREFIX], "big")
    end = _PREFIX + size
    return (size, buf[_PREFIX:end], buf[end:]) if len(buf) >= end else (size, "", buf)


def read_fields(buf: bytes | str) -> tuple[bytes, ...]:
    """The fields of a body, without their NULs. What follows the last NUL is not a field."""
    raw = buf.encode() if isinstance(buf, str) else buf
    return tuple(raw.split(b"\0")[:-1])

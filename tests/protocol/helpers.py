"""What the tests of the protocol share: the recorded vectors, a wrapper that notes its calls, and
ways to compare.
"""

from __future__ import annotations

import enum
import gzip
import importlib
import json
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Context, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ibapi_port import order_condition
from ibapi_port.protocol.exceptions import BadFrame, DecodeFailed, NotSupported
from ibapi_port.protocol.framing import FrameBuffer
from ibapi_port.protocol.schema import text_source
from ibapi_port.protocol.schema.messages import INCOMING
from ibapi_port.protocol.schema.nodes import (
    Call,
    Incoming,
    Message,
    MessageVersion,
    Node,
    Repeated,
    Request,
    Row,
    Variant,
    walk,
)
from ibapi_port.protocol.schema.source import load
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text import compiler, fallback, interpreter
from ibapi_port.protocol.text.codec import RAW_ID_SINCE, Codec

DATA = Path(__file__).parent.parent / "data"
SOAK = bool(os.environ.get("IBAPI_PORT_SOAK"))  # the long form of the tests that have one
RECORDED = Context(prec=28)  # to which Decimals were recorded
OLDEST, NEWEST = 100, RAW_ID_SINCE - 1  # of the server versions at which every message is text
VERSIONS = range(OLDEST, NEWEST + 1)
BY_NAME: dict[str, Incoming] = {message.name: message for message in INCOMING.values()}

Vector = dict[str, Any]
Calls = list[tuple[str, tuple[Any, ...]]]


class Recorder:
    """A wrapper with every callback, and a note of each call."""

    def __init__(self) -> None:
        self.calls: Calls = []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.calls.append((name, arguments))


def no_fault(e: BaseException) -> None:
    """What deliver is given where no callback may raise."""
    raise AssertionError("a callback raised") from e


# --- recorded vectors (tests/data/README.md) ---


@cache
def vectors(name: str) -> dict[Any, list[Vector]]:
    """The vectors of "decode" by message id ("1"), those of "encode" by request."""
    found: dict[Any, list[Vector]] = defaultdict(list)
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            vector = json.loads(line)
            found[str(vector["id"]) if name == "decode" else vector["call"]].append(vector)
    return dict(found)


def payload_of(fields: Iterable[str]) -> bytes:
    return "".join(f"{field}\0" for field in fields).encode()


def made(spec: Any) -> Any:
    """The argument that a recorded request was given."""
    if isinstance(spec, list):
        return [made(item) for item in spec]
    if not isinstance(spec, dict):
        return spec
    if "$d" in spec:
        return Decimal(spec["$d"])
    if "$f" in spec:
        return float(spec["$f"])
    new: Any
    if "$cond" in spec:
        new = order_condition.Create(spec["$cond"])
    else:
        new = getattr(importlib.import_module(f"ibapi_port.{spec['module']}"), spec["$new"])()
    for attribute, value in spec.items():
        if not attribute.startswith("$") and attribute != "module":
            setattr(new, attribute, made(value))
    return new


def agrees(spec: Any, value: Any) -> bool:
    """Whether a value is what was recorded: of the same type, too."""
    if isinstance(spec, list):
        return isinstance(value, list) and len(spec) == len(value) and all(map(agrees, spec, value))
    if not isinstance(spec, dict):
        return type(spec) is type(value) and spec == value
    if "$f" in spec:
        return type(value) is float and repr(value) == spec["$f"]
    if "$d" in spec:
        return type(value) is Decimal and same(
            value.normalize(RECORDED) if value.is_finite() else value, Decimal(spec["$d"])
        )
    if "$enum" in spec:
        return isinstance(value, enum.Enum) and value.name == spec["$enum"]
    if "$set" in spec:
        return isinstance(value, set) and _pair_off(spec["$set"], list(value))
    named: str = spec["$obj"]
    return type(value).__name__ == named and all(
        agrees(s, getattr(value, a)) for a, s in spec.items() if a != "$obj"
    )


def _pair_off(specs: Sequence[Any], values: list[Any]) -> bool:
    """Whether each spec has a value of its own."""
    for spec in specs:
        fitting = next((n for n, value in enumerate(values) if agrees(spec, value)), None)
        if fitting is None:
            return False
        del values[fitting]
    return not values


# --- comparing ---


def same(a: Any, b: Any) -> bool:
    """Equality by type and value, where NaN is NaN; objects by their attributes."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (float, Decimal)):
        return a == b or (a != a and b != b)
    if (
        type(a).__module__.startswith("ibapi_port")
        and hasattr(a, "__dict__")
        and not hasattr(a, "value")
    ):
        return same(vars(a), vars(b))
    return bool(a == b)


def differences(a: Any, b: Any, path: str = "") -> list[str]:
    """Where two values differ: for the text of a failed test."""
    if same(a, b):
        return []
    inner_a, inner_b = _inside(a), _inside(b)
    if type(a) is type(b) and inner_a and inner_a.keys() == inner_b.keys():
        return [
            d for key in inner_a for d in differences(inner_a[key], inner_b[key], f"{path}.{key}")
        ]
    return [f"{path}: {a!r} != {b!r}"]


def _inside(value: Any) -> dict[Any, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, (list, tuple)):
        return dict(enumerate(value))
    return (
        dict(vars(value))
        if type(value).__module__.startswith("ibapi_port") and hasattr(value, "__dict__")
        else {}
    )


# --- failures of our own ---


class _Failure(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage())


@pytest.fixture(autouse=True, scope="module")
def no_failures() -> Iterator[None]:
    """What ibapi_port logs as a failure of its own fails the test, instead of being made good."""
    handler = _Failure(logging.ERROR)
    fallback.logger.addHandler(handler)
    try:
        yield
    finally:
        fallback.logger.removeHandler(handler)


# --- reading and writing by the two ways ---


def delivered(version: int, payload: bytes) -> Calls:
    """The callbacks that the compiled functions make for a payload."""
    recorder = Recorder()
    deliver(codec_for(version), payload, recorder, no_fault)
    return recorder.calls


def deliver(
    codec: Codec, payload: bytes, wrapper: Any, fault: Callable[[BaseException], None]
) -> None:
    """Make a payload's callbacks. BadFrame and UnknownMessage are raised before any is made."""
    fields = codec.fields(payload)
    try:
        codec.deliverers[fields[0]](fields, wrapper, fault)
    except DecodeFailed as failed:
        raise failed.bad_frame from failed


def payloads(buffer: FrameBuffer, data: bytes) -> list[bytes]:
    """Return the payloads that are whole with these bytes; a frame that is too long is raised."""
    frames, failure = buffer.feed_until(data)
    if failure is not None:
        raise failure
    return frames


def interpreted(version: int, payload: bytes) -> Calls:
    """The callbacks that the interpreter makes for a payload."""
    fields = codec_for(version).fields(payload)
    message = INCOMING[fields[0]]
    return dispatched(message, version, interpreter.read(message, version, fields))


def dispatched(message: Incoming, version: int, values: Mapping[str, Any]) -> Calls:
    """The callbacks that values make."""
    recorder = Recorder()
    for call in message.calls_at(version):
        for scope in _scopes(call, values):
            if not call.when or text_source.evaluate(call.when, scope, message.constants):
                arguments = f"({call.arguments},)" if call.arguments else "()"
                made = text_source.evaluate(arguments, scope, message.constants)
                getattr(recorder, call.name)(*made)
    return recorder.calls


def _scopes(call: Call, values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [{**values, "row": row} for row in values[call.each]] if call.each else [values]


def check_gates(request: Request, version: int, values: Mapping[str, Any]) -> None:
    """NotSupported where the server is too old for what is asked: the oracle for `check`."""
    for gate in interpreter.gates(request, version):
        if text_source.evaluate(gate.when, values, request.constants):
            raise NotSupported(gate.code, gate.text, gate.has_request_id)


@cache
def compiled_read(message: Message, version: int) -> Any:
    """The compiled `read(fields)` of a message."""
    source, names = compiler.read_source(message, version)
    return load(source, "read", names, f"test read {message.name} {version}")


def read_both(message: Message, version: int, fields: Sequence[str]) -> dict[str, Any] | BadFrame:
    """A frame's values, or why it has none; compiled and interpreted reading must agree."""
    try:
        slow = interpreter.read(message, version, fields)
    except BadFrame as e:
        try:
            fast = compiled_read(message, version)(fields)
        except DecodeFailed:
            return e
        raise AssertionError(f"compiled, it reads {fast}") from e
    assert not differences(slow, compiled_read(message, version)(fields))
    return slow


def field_names(message: Message, version: int, fields: Sequence[str]) -> list[str]:
    """The names of a good frame's fields after the id."""
    names: list[str] = []
    interpreter.read(message, version, fields, lambda name, text, value: names.append(name))
    return names


# --- which server versions there are to try ---


def boundaries(message: Message) -> list[int]:
    """The server versions, from 100 to 200, from which on a layout is another one; the first is
    100.
    """
    found = {v for node in walk(message.nodes) for v in (node.since, node.until)}
    if isinstance(message, Incoming):
        found |= {call.until for call in message.calls}
    found |= {
        gate_version
        for gate in getattr(message, "gates", ())
        for gate_version in (gate.since, gate.below)
    }
    return sorted({OLDEST, *(v for v in found if OLDEST < v <= NEWEST)})


def layouts(messages: Iterable[Message]) -> list[tuple[str, int]]:
    """(name, version) of every layout of every message: at the version where it begins, and at the
    newest of all.
    """
    return [
        (m.name, v)
        for m in messages
        for v in dict.fromkeys((*boundaries(m), NEWEST))
        if v >= getattr(m, "since", 0)
    ]


def with_message_version(message: Message, message_version: int) -> Message:
    """The message as a server writes it that has this own version of it."""
    return replace(
        message,
        nodes=tuple(
            replace(node, latest=message_version) if isinstance(node, MessageVersion) else node
            for node in message.nodes
        ),
    )


def latest_message_version(message: Message, version: int) -> int | None:
    """The own version that a message is written with, None where it carries none."""
    return next(
        (
            node.latest
            for node in message.nodes
            if isinstance(node, MessageVersion) and node.at(version)
        ),
        None,
    )


def rows_of(node: Node) -> tuple[Row, ...]:
    """The rows that a repeated group may have."""
    if not isinstance(node, Repeated):
        return ()
    return tuple(node.row.cases.values()) if isinstance(node.row, Variant) else (node.row,)

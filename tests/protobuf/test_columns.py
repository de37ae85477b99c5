"""The two columns of a declaration and IB's table of messages: what one has, the other has. And a
field that is added: one line of a declaration, and it is everywhere.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import find, strategies
from protocol.helpers import Recorder, deliver, no_fault
from protocol.strategies import values_of

from ibapi_port.protocol.inspect.decode import decode_frame
from ibapi_port.protocol.protobuf import classes
from ibapi_port.protocol.protobuf.objects import MAPPINGS_BY_MESSAGE, OBJECT_MAPPINGS
from ibapi_port.protocol.reference.dissector import lua
from ibapi_port.protocol.reference.pages import message_page
from ibapi_port.protocol.schema import protobuf_fields
from ibapi_port.protocol.schema.messages import (
    INCOMING,
    INCOMING_BY_NAME,
    PROTOBUF_ONLY,
    PROTOBUF_ONLY_REQUESTS,
    REQUESTS,
    market_data,
)
from ibapi_port.protocol.schema.nodes import Incoming, LegPrices, Message, When
from ibapi_port.protocol.schema.protobuf_fields import schema
from ibapi_port.protocol.schema.shared_fields import CONDITION
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text.codec import Codec

from .helpers import LAST
from .strategies import message_values

# Fields of IB's table that no declaration names, as IB's clients do not look at them either.
UNNAMED = {"TickReqParams": {"lastPricePrecision", "lastSizePrecision"}}
ONLY = {
    one.pb.message
    for one in (*PROTOBUF_ONLY.values(), *PROTOBUF_ONLY_REQUESTS.values())
    if one.pb is not None
}


def named_fields() -> dict[str, set[str]]:
    """The fields that declarations and mappings name, by message."""
    found: dict[str, set[str]] = {}
    messages: list[Message] = [*INCOMING.values(), *REQUESTS.values()]
    for message in messages:
        if message.pb is None:
            continue
        told = found.setdefault(message.pb.message, set())
        told.update(field for field in message.object_fields().values() if field)
        for node in message.wire_nodes(LAST):
            for one in node.nodes if isinstance(node, When) else (node,):
                head, dot, rest = one.wire_path().partition(".")
                told.add(head)
                if dot:
                    inner = {field.name: field for field in schema()[message.pb.message]}[head]
                    found.setdefault(inner.type_name, set()).add(rest)
            if isinstance(node, LegPrices):
                found.setdefault("ComboLeg", set()).add("perLegPrice")
    for mapping in OBJECT_MAPPINGS:
        fields = (one.name for one in mapping.attributes().values())
        found.setdefault(mapping.message, set()).update(fields)
    conditions = found.setdefault("OrderCondition", {"type"})
    for case in CONDITION.cases.values():
        conditions.update(node.wire_path() for node in case.nodes)
    return found


def whole(name: str) -> set[str]:
    """A message and all within it."""
    inner = (one.type_name for one in schema()[name] if one.type_name in schema())
    return {name}.union(*map(whole, inner))


def test_what_the_table_has_is_declared() -> None:
    named = named_fields()
    only = set().union(*map(whole, ONLY))  # told as they came, and not field by field
    left = {
        name: {one.name for one in fields} - named.get(name, set())
        for name, fields in schema().items()
        if name not in only
    }
    assert {name: fields for name, fields in left.items() if fields} == UNNAMED
    assert schema().keys() == named.keys() | only


def test_what_is_declared_is_in_the_table() -> None:
    for name, fields in named_fields().items():
        assert fields - {""} <= {one.name for one in schema()[name]}, name
    assert MAPPINGS_BY_MESSAGE.keys() <= schema().keys()


# --- a field that IB has not ---

LINE = 'FLOAT("value", absent=UNSET_DOUBLE)'
ADDED = LINE + ', INT("shade")'


@pytest.fixture
def shaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Incoming]:
    """tickGeneric as it is declared when one line has one field more, which IB's table has too."""
    text = Path(str(market_data.__file__)).read_text(encoding="utf-8")
    assert text.count(LINE) == 1
    spec = importlib.util.spec_from_loader(f"{market_data.__package__}.shaded", loader=None)
    assert spec is not None
    module = ModuleType(spec.name)
    module.__package__ = market_data.__package__
    monkeypatch.setitem(sys.modules, spec.name, module)
    exec(compile(text.replace(LINE, ADDED), "shaded", "exec"), module.__dict__)
    (message,) = (one for one in module.MESSAGES if one.name == "tickGeneric")

    before = "TickGeneric: 1 reqId int32, 2 tickType int32, 3 value double"
    assert before in protobuf_fields.TABLE
    table = protobuf_fields.TABLE.replace(before, f"{before}, 4 shade int32")
    monkeypatch.setattr(protobuf_fields, "TABLE", table)
    for catalogue, key in ((INCOMING, str(message.msg_id)), (INCOMING_BY_NAME, message.name)):
        assert catalogue[key].name == message.name
        monkeypatch.setitem(catalogue._made, key, message)  # type: ignore[attr-defined]
    forget()
    codec_for.cache_clear()
    yield message
    monkeypatch.undo()
    forget()
    codec_for.cache_clear()


def forget() -> None:
    """Make the classes of messages anew, but not the public ones, which programs may hold."""
    for cached in (
        *(protobuf_fields.schema, protobuf_fields.fields_of),
        *(classes._pool, classes.message_class),
    ):
        cached.cache_clear()


VALUES: dict[str, Any] = {"reqId": 5, "tickType": 49, "value": 1.5, "shade": 7}


@pytest.mark.parametrize("version", [187, LAST], ids=["text", "protobuf"])
def test_one_line_adds_a_field(shaded: Incoming, version: int) -> None:
    codec: Codec = codec_for(version)
    payload = codec.encode_message("tickGeneric", **VALUES)[4:]  # the simulated TWS
    recorder = Recorder()
    deliver(codec, payload, recorder, no_fault)
    assert recorder.calls == [("tickGeneric", (5, 49, 1.5, 7))]  # the client
    shown = decode_frame(payload, version, from_client=False)  # the tap
    assert shown.get("shade") == 7
    assert not shown.failure


def test_it_is_in_fuzzers_and_documents(shaded: Incoming) -> None:
    drawing: list[Callable[[], Any]] = [
        lambda: values_of(shaded, 187),
        lambda: message_values(shaded),
    ]
    for strategy in drawing:
        values = find(strategies.deferred(strategy), lambda values: "shade" in values)
        assert isinstance(values["shade"], int)
    assert "shade" in "\n".join(message_page(shaded))
    assert lua().count('"shade"') >= 2  # in both encodings

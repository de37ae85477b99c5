"""Each expression that declarations hold as text names what there is: names, attributes, fields."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest

from ibapi_port.protocol.protobuf import available
from ibapi_port.protocol.protobuf import compiler as protobuf_compiler
from ibapi_port.protocol.protobuf.objects import OBJECT_MAPPINGS
from ibapi_port.protocol.schema.field_types import CONSTANTS, FieldType
from ibapi_port.protocol.schema.messages import INCOMING, INCOMING_BY_NAME, REQUESTS
from ibapi_port.protocol.schema.nodes import (
    Field,
    Fixed,
    Flags,
    Incoming,
    Message,
    Node,
    Present,
    Repeated,
    Request,
    Row,
    Variant,
    When,
    new,
    walk,
)
from ibapi_port.protocol.schema.protobuf_fields import field_at, fields_of, schema
from ibapi_port.protocol.schema.shared_fields import CONDITION
from ibapi_port.protocol.schema.wire_values import INLINE_CONSTANTS, SCALARS, Place, inline_write
from ibapi_port.protocol.select import write_request_source
from ibapi_port.protocol.text import compiler

from .expressions import PLAIN, Checker, Constant, Items, Kind, Object, Proto, Wrong
from .helpers import NEWEST

MESSAGES: list[Message] = [*INCOMING.values(), *REQUESTS.values()]
every_message = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)


def constants(known: Any) -> dict[str, Kind]:
    return {name: Constant(value) for name, value in known.items()}


def values_of(message: Message) -> dict[str, Kind]:
    """What a message's arguments are."""
    found: dict[str, Kind] = constants(message.constants)
    found.update(dict.fromkeys(message.arguments, PLAIN))
    found.update({name: Object(cls) for name, cls in message.classes.items()})
    for node in walk(message.nodes):
        if isinstance(node, (Flags, Present)) and "." not in node.path:
            found[node.path] = Object(node.cls)
        elif isinstance(node, Repeated) and "." not in node.path:
            assert isinstance(node.row, Row)
            found[node.path] = Items(Object(node.row.cls) if node.row.cls else PLAIN)
    return found


def texts(message: Message) -> Iterator[str]:
    """The expressions over a message's arguments."""
    for node in walk(message.nodes):
        if isinstance(node, When):
            yield node.condition
        elif isinstance(node, Fixed):
            yield node.written
        elif isinstance(node, Field) and node.needs:
            yield node.when_set or node.field_type.is_set.format(x=node.path)
    for gate in getattr(message, "gates", ()):
        yield gate.when


def check(message: Message) -> None:
    """Wrong: an expression of the message names what there is not."""
    for text in texts(message):
        Checker(values_of(message)).expression(text)
    for call in getattr(message, "calls", ()):
        checker = Checker(values_of(message))
        if call.each:
            many = checker.expression(call.each)
            if not isinstance(many, Items):
                raise Wrong(f"{call.each} is no list")
            checker.names["row"] = many.of
        for text in (call.when, f"({call.arguments},)" if call.arguments else ""):
            if text:
                checker.expression(text)


@every_message
def test_expressions_of_messages(message: Message) -> None:
    check(message)


def changed(message: Message, **values: Any) -> Message:
    made = object.__new__(type(message))
    made.__dict__.update(message.__dict__ | values)
    return made


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("openOrder", "order.noSuchAttribute"),
        ("openOrder", "noSuchName"),
        ("openOrder", "order.softDollarTier.nope"),
        ("openOrder", "orderId.anything"),
        ("openOrder", "[leg.nope for leg in contract.comboLegs]"),
        ("openOrder", "order.lmtPrice != UNSET_DUOBLE"),
        ("tickPrice", "tickType in SIZE_TICKS"),
        ("tickPrice", "attrib.canAutoExcute"),
    ],
)
def test_a_wrong_expression_is_found(name: str, text: str) -> None:
    """The check sees what it is there for."""
    message = INCOMING_BY_NAME[name]
    with pytest.raises(Wrong):
        check(changed(message, nodes=(*message.nodes, When(text, ()))))


def test_a_wrong_callback_is_found() -> None:
    message = INCOMING_BY_NAME["scannerData"]
    (rows, *_) = message.calls
    wrong = changed(rows, arguments=rows.arguments.replace("row.rank", "row.ranking"))  # type: ignore[arg-type]
    with pytest.raises(Wrong, match="has no ranking"):
        check(changed(message, calls=(wrong,)))


# --- field types ---


def field_types_of(nodes: tuple[Node, ...]) -> Iterator[FieldType]:
    for node in walk(nodes):
        if isinstance(node, Field):
            yield node.field_type
        elif isinstance(node, Repeated) and isinstance(node.row, Variant):
            yield node.row.tag


def test_sources_of_field_types() -> None:
    found = {id(one): one for message in MESSAGES for one in field_types_of(message.nodes)}
    assert len(found) > 20
    for one in found.values():
        names = constants({**CONSTANTS, **one.constants}) | {"x": PLAIN}
        for text in (one.source, one.is_set):
            Checker(names).expression(text.format(x="x"))


@pytest.mark.parametrize("source", ["int({x} or zero)", "unescaped({x})", "{x} or members.get(1)"])
def test_a_wrong_source_is_found(source: str) -> None:
    with pytest.raises(Wrong):
        Checker(constants(CONSTANTS) | {"x": PLAIN}).expression(source.format(x="x"))


# --- compiled functions ---


def sources(message: Message) -> Iterator[str]:
    if isinstance(message, Incoming):
        yield compiler.deliver_source(message, NEWEST)[0]
        yield compiler.write_source(message, NEWEST, server_side=True)[0]
    elif isinstance(message, Request):
        yield compiler.check_source(message, NEWEST)[0]
        yield compiler.read_source(message, NEWEST)[0]
        yield write_request_source(message, NEWEST)[0]


@every_message
def test_attributes_in_compiled_functions(message: Message) -> None:
    """Each attribute of an argument is one of its class; what is local to the function is not."""
    checker = Checker(values_of(message))
    for source in sources(message):
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Attribute) or node.attr == "isprintable":
                continue
            if ast.unparse(node).split(".")[0] in message.classes:
                checker.value(node)


# --- Protocol Buffers ---


@pytest.mark.parametrize(
    "message", [m for m in MESSAGES if m.pb is not None], ids=lambda message: message.name
)
def test_fields_of_protocol_buffers(message: Message) -> None:
    """Each column names a field that there is, of a kind that can be its values."""
    assert message.pb is not None
    for node in message.wire_nodes(NEWEST):
        for inner in node.nodes if isinstance(node, When) else (node,):
            path = inner.wire_path()
            if path and inner.is_on_wire(message.classes):
                one = field_at(message.pb.message, path)
                assert one.repeated == isinstance(inner, Repeated), path
                assert not isinstance(inner, Field) or one.type_name in (*SCALARS, "map"), path


@pytest.mark.parametrize(
    "message", [m for m in MESSAGES if m.pb is not None], ids=lambda message: message.name
)
def test_attributes_in_functions_of_protocol_buffers(message: Message) -> None:
    checker = Checker(values_of(message))
    if isinstance(message, Incoming):
        read = protobuf_compiler.deliver_source(message, NEWEST, raw=False)[0]
    else:
        read = protobuf_compiler.read_source(message, NEWEST)[0]
    for source in (read, protobuf_compiler.write_source(message, NEWEST)[0]):
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Attribute) or node.attr == "isprintable":
                continue
            if ast.unparse(node).split(".")[0] in message.classes:
                checker.value(node)


def test_names_in_object_mappings() -> None:
    for mapping in OBJECT_MAPPINGS:
        made, fields = new(mapping.cls), fields_of(mapping.message)
        assert set(mapping.renamed) <= set(fields)
        assert mapping.ignored <= set(fields)
        named = (*mapping.renamed.values(), *mapping.converted, *mapping.absent)
        for name in (*named, *mapping.tws_sends_not, *mapping.tws_tells_unset):
            assert attrgetter(name)(made) is not Ellipsis, (mapping.message, name)
        assert mapping.tws_tells_unset <= set(mapping.attributes())
    for case in CONDITION.cases.values():
        for node in case.nodes:
            assert isinstance(node, Field)
            assert node.path in fields_of("OrderCondition")


def test_lines_that_set_a_field() -> None:
    for one in schema()["Order"]:
        if one.type_name in SCALARS and not one.repeated:
            place = Place("message", one.name, one.type_name, one.repeated)
            for is_size in (False, True) if one.type_name == "string" else (False,):
                for line in inline_write(place, is_size):
                    names = constants(INLINE_CONSTANTS) | {"x": Constant(""), "t": PLAIN}
                    if line.startswith(("if ", "elif ")):
                        test = line.partition("if ")[2].removesuffix(":")
                        for method in ("x.isprintable()", "t.replace('.', '', 1).isdigit()"):
                            test = test.replace(method, method[0])
                        Checker(names).expression(test)
                    elif line.strip() not in ("pass", "else:"):
                        Checker(names | {"message": Proto("Order")}).statement(line.strip())


pytestmark = pytest.mark.skipif(not available(), reason="messages are compiled with `protobuf`")
assert schema()

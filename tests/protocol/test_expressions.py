"""Each expression that declarations hold as text names what there is: names, attributes, fields."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from ibapi_port.protocol.protobuf.bindings import (
    BINDINGS,
    Binding,
    Expression,
    Rows,
    Scalars,
    SubMessage,
)
from ibapi_port.protocol.protobuf.field_writers import (
    CONDITION_FIELDS,
    INLINE_CONSTANTS,
    INLINE_WRITES,
)
from ibapi_port.protocol.protobuf.incoming import HELPERS, ZERO, field_of, scalars
from ibapi_port.protocol.protobuf.object_mapping import ATTACHED_ORDERS, OBJECT_MAPPINGS, mapping_of

from ibapi_port.order import Order
from ibapi_port.order_condition import Create
from ibapi_port.protocol.protobuf import available, bindings, requests
from ibapi_port.protocol.protobuf.classes import fields_of, schema
from ibapi_port.protocol.schema.canonical import new
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
    walk,
)
from ibapi_port.protocol.text import compiler, fast_path

from .expressions import PLAIN, Checker, Constant, Items, Kind, Object, Proto, Wrong
from .helpers import NEWEST

MESSAGES: list[Message] = [*INCOMING.values(), *REQUESTS.values()]
every_message = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
every_binding = pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.name)


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
        yield fast_path.write_request_source(message, NEWEST)[0]


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


def check_binding(binding: Binding) -> None:
    """Wrong: a part of a binding names what there is not."""
    message = INCOMING_BY_NAME[binding.name]
    names = constants({**message.constants, **HELPERS}) | {"m": Proto(binding.message)}
    checker = Checker(names)
    if binding.empty:
        checker.expression(binding.empty)
    for part in binding.parts:
        if isinstance(part, Scalars):
            for name, at, default in scalars(part):
                check_scalar(binding, at, default)
                checker.names[name] = PLAIN
        elif isinstance(part, (SubMessage, Rows)):
            checker.names[part.argument] = part_of(binding, part)
        else:
            assert isinstance(part, Expression)
            checker.names[part.argument] = text_of(checker, part.expression)
    for line in binding.after:
        checker.statement(line)
    for call in message.calls_at(226):
        if call.each:
            many = checker.expression(call.each)
            assert isinstance(many, Items) or call.name == "scannerData"
            checker.names["row"] = values_of(message)[call.each].of  # type: ignore[union-attr]
        for text in (call.when, f"({call.arguments},)" if call.arguments else ""):
            if text:
                checker.expression(text)


def check_scalar(binding: Binding, at: str, default: str) -> None:
    kind: Kind = Proto(binding.message)
    for step in at.split("."):
        kind = Checker({"m": kind}).expression(f"m.{step}")
    if kind != PLAIN:
        raise Wrong(f"{at} is no single value")
    usual = ZERO[field_of(binding.message, at).type_name]
    known = Checker(constants(CONSTANTS | HELPERS)).expression(default)
    if isinstance(known, Proto):
        raise Wrong(default)
    if usual in ("''", "False") and default not in (usual, "UNSET_DECIMAL"):
        raise Wrong(f"{at}: {default} is no default of such a field")


def part_of(binding: Binding, part: SubMessage | Rows) -> Kind:
    field = fields_of(binding.message).get(part.field)
    if field is None or field.repeated != isinstance(part, Rows):
        raise Wrong(f"{binding.message}.{part.field} cannot be {type(part).__name__}")
    if part.cls is None:
        return Items(PLAIN)
    if mapping_of(part.cls).message != field.type_name:
        raise Wrong(f"{part.cls.__name__} is not made of {field.type_name}")
    return Items(Object(part.cls)) if isinstance(part, Rows) else Object(part.cls)


def text_of(checker: Checker, expression: str) -> Kind:
    if expression.startswith("read_"):
        name = expression.removeprefix("read_").partition("(")[0]
        (cls,) = (mapping.cls for mapping in OBJECT_MAPPINGS if mapping.message == name)
        return Object(cls)
    return checker.expression(expression)


@every_binding
def test_bindings(binding: Binding) -> None:
    check_binding(binding)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("currentTime", {"parts": (Scalars("time<currentTimes=0"),)}),
        ("currentTime", {"parts": (Scalars("tim<currentTime=0"),)}),
        ("currentTime", {"parts": (Scalars("time<currentTime=UNSET_INTEGERS"),)}),
        ("currentTimeInMillis", {"parts": (Expression("timeInMillis", "m.currentTimeMillis"),)}),
        ("openOrder", {"after": ("order.nope = 1",)}),
        ("openOrder", {"after": ("order.orderId = m.order.orderIds",)}),
        ("openOrder", {"after": ("order.orderId = m.order.HasField('nope')",)}),
        ("openOrder", {"after": ("order.orderId = leg_price(m.contract)",)}),
        ("openOrder", {"empty": "not m.HasField('orders')"}),
        (
            "marketRule",
            {"parts": (Scalars("marketRuleId=0"), Rows("priceIncrements", "nope", None))},
        ),
        ("position", {"parts": (SubMessage("contract", "account", Order),)}),
    ],
)
def test_a_wrong_binding_is_found(name: str, change: dict[str, Any]) -> None:
    binding = bindings.BY_NAME[name]
    made = object.__new__(Binding)
    made.__dict__.update(binding.__dict__ | change)
    with pytest.raises(Wrong):
        check_binding(made)


def test_names_in_the_bindings_of_requests() -> None:
    for binding in requests.BINDINGS.values():
        request, fields = REQUESTS[binding.name], fields_of(binding.message)
        assert set(binding.renamed) <= set(request.arguments)
        assert set(binding.renamed.values()) <= set(fields)
        assert not binding.spread or binding.spread in request.classes
    order = fields_of("PlaceOrderRequest")
    for _, part, names in requests.LATER_PARAMETERS:
        assert set(names.split()) <= set(fields_of(order[part].type_name))


def test_names_in_object_mappings() -> None:
    for mapping in (*OBJECT_MAPPINGS, ATTACHED_ORDERS):
        made, fields = new(mapping.cls), fields_of(mapping.message)
        assert set(mapping.renamed) <= set(fields)
        assert mapping.ignored <= set(fields)
        for name in (*mapping.renamed.values(), *mapping.converters, *mapping.always_lists):
            assert hasattr(made, name), (mapping.message, name)
    for number, names in CONDITION_FIELDS.items():
        assert set(names.split()) <= set(fields_of("OrderCondition"))
        assert all(hasattr(Create(number), name) for name in names.split())


def test_lines_that_set_a_field() -> None:
    for pairs in INLINE_WRITES.values():
        for holds, statement in pairs:
            names = constants(INLINE_CONSTANTS) | {"x": Constant("")}
            Checker(names).expression(holds.replace("isprintable()", "isprintable"))
            if statement != "pass":
                Checker(names | {"message": Proto("Order")}).statement(
                    statement.format(field="orderRef")
                )


pytestmark = pytest.mark.skipif(not available(), reason="bindings are compiled with `protobuf`")
assert schema()

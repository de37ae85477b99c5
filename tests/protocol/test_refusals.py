"""What cannot be sent is refused before anything is, with the names of message and field; on both
sides, wherever the field stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ibapi_port.contract import ComboLeg, Contract, ContractDetails
from ibapi_port.order import Order
from ibapi_port.protocol.exceptions import FieldError
from ibapi_port.protocol.protobuf import available
from ibapi_port.protocol.schema import field_types, text_source
from ibapi_port.protocol.schema.field_types import FieldType
from ibapi_port.protocol.schema.messages import INCOMING, REQUESTS
from ibapi_port.protocol.schema.nodes import (
    Field,
    Incoming,
    Message,
    Node,
    Present,
    Repeated,
    Variant,
    When,
)
from ibapi_port.protocol.schema.text_source import join
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text import interpreter
from ibapi_port.tag_value import TagValue

from .helpers import BY_NAME, NEWEST, field_names, latest_message_version, rows_of
from .strategies import examples, split_paths, values_of

NO_NUMBERS: list[Any] = [
    None,
    "abc",
    "",
    "1 0",
    object(),
    [1],
    {},
    b"1",
    math.nan,
    Decimal("NaN"),
    Decimal("sNaN"),
]
NO_INTS = [*NO_NUMBERS, 1.5, "1.0", math.inf, Decimal("0.1"), 2**31, -(2**31) - 1, 1e300]
NO_FLOATS = [*NO_NUMBERS, "1_000", "１２", "nan"]  # numbers to Python, and not to TWS
NO_TEXTS: list[Any] = [None, [], b"text", object(), ("a",)]
BAD_CLIENT_TEXT = ["é", "日本", "\0", "a\0b", "\x7f", "\x1b", "\ud800"]
BAD: dict[FieldType, list[Any]] = {
    field_types.INT: NO_INTS,
    field_types.INT_UNSET: NO_INTS,
    field_types.INT_DIGITS: NO_INTS,
    field_types.BOOL: NO_INTS,
    field_types.LONG: [*NO_NUMBERS, 0.5, 2**63, -(2**63) - 1],
    field_types.FLOAT: NO_FLOATS,
    field_types.FLOAT_UNSET: NO_FLOATS,
    field_types.DECIMAL: NO_FLOATS,
    field_types.STR: [*NO_TEXTS, *BAD_CLIENT_TEXT, "\n"],
    field_types.BLOCK: [*NO_TEXTS, *BAD_CLIENT_TEXT],
    field_types.ESCAPED: NO_TEXTS,
    field_types.OPTIONS: ["a=b", 5, "é", [TagValue("a", "é")]],
}
BAD_FROM_TWS = {**BAD, field_types.STR: [*NO_TEXTS, "\0", "\ud800"]}


@cache
def field_types_of(message: Message) -> dict[str, FieldType]:
    """The types of the fields that can be refused at the newest version, by path."""
    return {
        path: field_type
        for path, field_type in _field_types(message.nodes, "")
        if path not in split_paths(message)
    }  # a part is any text


def _field_types(nodes: Sequence[Node], scope: str) -> Iterator[tuple[str, FieldType]]:
    for node in nodes:
        if not node.at(NEWEST):
            continue
        if isinstance(node, Field):
            yield join(scope, node.path), node.field_type
        elif isinstance(node, When):
            yield from _field_types(node.nodes, scope)
        elif isinstance(node, Present):
            yield from _field_types(node.nodes, join(scope, node.path))
        elif isinstance(node, Repeated):
            inner = f"{join(scope, node.path)}[]"
            if isinstance(node.row, Variant):
                yield join(inner, node.row.attribute), node.row.tag
            for row in rows_of(node):
                yield from _field_types(row.nodes, inner)


def bad_values(message: Message, field_type: FieldType) -> list[Any]:
    if field_type.name == "float or not computed":
        return ["abc", math.nan, [], Decimal("NaN")]
    if field_type.name == "code":
        return [None, "001", object()]
    return (BAD_FROM_TWS if isinstance(message, Incoming) else BAD).get(
        field_type, []
    )  # the flags take anything that is true or false


def means_unset(message: Message, field_type: FieldType, field: str, value: Any) -> bool:
    """Whether empty text, from a program, is as good as nothing: for numbers of an object but a
    condition.
    """
    is_empty = isinstance(value, str) and not value
    return (
        is_empty
        and not isinstance(message, Incoming)
        and field_type is not field_types.BOOL
        and "." in field
        and "conditions" not in field
    )


def assign(target: Any, path: str, value: Any) -> None:
    """Store at a path with indices."""
    steps = re.findall(r"\w+|\[\d+\]", path)
    for n, step in enumerate(steps):
        last = n == len(steps) - 1
        if step.startswith("["):
            if last:
                target[int(step[1:-1])] = value
            target = target[int(step[1:-1])]
        elif last:
            text_source.put(target, step, value)
        else:
            inner = text_source.get(target, step)
            if isinstance(inner, set):
                inner = list(inner)
                text_source.put(target, step, inner)
            target = inner


def names_written(message: Message, values: dict[str, Any]) -> list[str]:
    """The fields that values lead to and that can be refused."""
    fields = [
        message.name,
        *interpreter.write(message, NEWEST, values, server_side=isinstance(message, Incoming)),
    ]
    known = field_types_of(message)
    return [
        name
        for name in field_names(message, NEWEST, fields)
        if (field_type := known.get(re.sub(r"\d+", "", name))) and bad_values(message, field_type)
    ]


def encode(message: Message, values: dict[str, Any]) -> bytes:
    codec = codec_for(NEWEST)
    if isinstance(message, Incoming):
        return codec.encode_message(message.name, **values)
    return codec.encode_request(message.name, *values.values())


@pytest.mark.parametrize(
    "name", [*BY_NAME, *(name for name, request in REQUESTS.items() if request.since <= NEWEST)]
)
@given(data=st.data())
@examples(8)
def test_a_bad_value_is_refused_by_name(name: str, data: Any) -> None:
    message: Message = BY_NAME.get(name) or REQUESTS[name]
    values = data.draw(values_of(message, NEWEST, latest_message_version(message, NEWEST)))
    if "extraAuth" in values:
        values["extraAuth"] = True
    assume(
        not any(
            text_source.evaluate(gate.when, values, message.constants)
            for gate in getattr(message, "gates", ())
            if gate.since <= NEWEST < gate.below
        )
    )
    names = names_written(message, values)
    assert encode(message, values)
    if not names:
        return
    field = data.draw(st.sampled_from(names))
    field_type = field_types_of(message)[re.sub(r"\d+", "", field)]
    bad = data.draw(
        st.sampled_from(
            [
                value
                for value in bad_values(message, field_type)
                if not means_unset(message, field_type, field, value)
            ]
        )
    )
    assign(values, field, bad)
    with pytest.raises(FieldError) as refused:
        encode(message, values)
    if field != "fundamentalDataOptions":  # whose length goes before it, and is refused first
        assert (refused.value.message, refused.value.field) == (name, field)
    assert str(refused.value).startswith(f"{name}: {refused.value.field}: ")
    assert len(str(refused.value)) < 300
    assert refused.value.bad_symbol == isinstance(
        bad, list if field_type is field_types.OPTIONS else str if field_type.name == "text" else ()
    )


def test_every_message_has_fields_that_can_be_refused() -> None:
    """So that the test above has something to do but for messages without values."""
    without = {
        m.name
        for m in (*INCOMING.values(), *REQUESTS.values())
        if not any(bad_values(m, field_type) for field_type in field_types_of(m).values())
    }
    assert without == {
        *(
            "openOrderEnd",
            "completedOrdersEnd",
            "positionEnd",
            "reqCurrentTime",
            "reqCurrentTimeInMillis",
            "reqMktDepthExchanges",
        ),
        *(
            "reqOpenOrders",
            "reqAllOpenOrders",
            "reqPositions",
            "cancelPositions",
            "reqManagedAccts",
            "reqFamilyCodes",
        ),
        *("reqNewsProviders", "cancelNewsBulletins", "reqScannerParameters"),
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"orderId": None}, "orderId"),
        ({"contract": None}, "contract.conId"),
        ({"order": "LMT"}, "order.action"),
        (
            {"contract": Contract(secType="BAG", comboLegs=[ComboLeg(conId=1), None])},
            "contract.comboLegs[1].conId",
        ),  # type: ignore[list-item]
        ({"contract": Contract(secType="BAG", comboLegs=7)}, "contract.comboLegs"),  # type: ignore[arg-type]
        ({"contract": Contract(deltaNeutralContract="x")}, "contract.deltaNeutralContract.conId"),  # type: ignore[arg-type]
        ({"order": Order(algoStrategy="Twap", algoParams="x")}, "order.algoParams"),  # type: ignore[arg-type]
        ({"order": Order(conditions=[Contract()])}, "order.conditions[0].condType"),  # type: ignore[list-item]
        ({"order": Order(orderMiscOptions="a=b")}, "order.orderMiscOptions"),  # type: ignore[arg-type]
        ({"order": Order(softDollarTier=None)}, "order.softDollarTier.name"),  # type: ignore[arg-type]
        ({"order": Order(lmtPrice=math.nan)}, "order.lmtPrice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_objects_are_refused_by_name(change: dict[str, Any], field: str) -> None:
    values = {"orderId": 1, "contract": Contract(), "order": Order(), **change}
    with pytest.raises(FieldError) as refused:
        codec_for(NEWEST).encode_request("placeOrder", *values.values())
    assert (refused.value.message, refused.value.field) == ("placeOrder", field)


def test_options_that_have_no_length_are_refused() -> None:
    with pytest.raises(FieldError) as refused:
        codec_for(NEWEST).encode_request("reqFundamentalData", 1, Contract(), "ReportSnapshot", 5)
    assert (
        str(refused.value)
        == "reqFundamentalData: fundamentalDataOptions: 5 is not a list of TagValue"
    )


def test_what_a_message_does_not_have_is_a_programming_error() -> None:
    with pytest.raises(TypeError, match="colour"):
        codec_for(NEWEST).encode_message("currentTime", time=5, colour="red")
    with pytest.raises(FieldError, match="currentTime: time: missing"):
        codec_for(NEWEST).encode_message("currentTime")


def test_a_nul_in_a_part_of_a_text_is_refused() -> None:
    details = ContractDetails(
        contract=Contract(lastTradeDateOrContractMonth="20261218"), lastTradeTime="09:30\0"
    )
    with pytest.raises(FieldError) as refused:
        codec_for(NEWEST).encode_message("contractDetails", reqId=1, contractDetails=details)
    assert refused.value.field == "contractDetails.contract.lastTradeDateOrContractMonth"
    assert refused.value.bad_symbol


@pytest.mark.parametrize("arguments", [(), (1, 2)])
def test_a_wrong_number_of_arguments_is_refused(arguments: tuple[int, ...]) -> None:
    with pytest.raises(FieldError, match="cancelPnL"):
        codec_for(NEWEST).encode_request("cancelPnL", *arguments)


class Hostile:
    """An object whose number and whose text raise what nobody expects."""

    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __repr__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    "version",
    [
        187,
        200,
        pytest.param(225, marks=pytest.mark.skipif(not available(), reason="needs protobuf")),
    ],
)
@pytest.mark.parametrize(
    "value", [Hostile(), 10**5000], ids=["hostile", "an int too long to be shown"]
)
def test_value_that_cannot_be_shown_is_refused_by_the_name_of_its_field(
    version: int, value: Any
) -> None:
    codec = codec_for(version)
    with pytest.raises(FieldError) as of_price:
        codec.encode_request("placeOrder", 7, Contract(), Order(lmtPrice=value))
    with pytest.raises(FieldError) as of_tier:
        codec.encode_request("placeOrder", 7, Contract(), Order(softDollarTier=value))
    assert of_price.value.field == "order.lmtPrice"
    assert of_tier.value.field.startswith("order.softDollarTier")

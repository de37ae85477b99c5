"""What is written without a message object is what the `protobuf` package makes, to the byte."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.strategies import examples

from ibapi_port.compat import generation
from ibapi_port.const import UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.contract import ComboLeg, Contract, DeltaNeutralContract
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.order_condition import TimeCondition
from ibapi_port.protocol.protobuf import compiler
from ibapi_port.protocol.protobuf.fast_path import plain_writer, varint
from ibapi_port.protocol.schema.canonical import argument_type
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.protocol.schema.nodes import Request
from ibapi_port.protocol.select import codec_for
from ibapi_port.softdollartier import SoftDollarTier
from ibapi_port.tag_value import TagValue

from . import helpers
from .helpers import LAST, REQUEST_PB

OTHER_OBJECTS = {"execFilter", "wshEventData", "subscription"}  # these have no fast path
PLAIN = [name for name in REQUEST_PB if not OTHER_OBJECTS & set(REQUESTS[name].arguments)]
VALUES = st.sampled_from(
    [
        *(0, 1, -1, 127, 128, 1023, 1024, 131_071, 131_072, 2**31 - 2, UNSET_INTEGER, 2**31),
        *(0.0, -0.0, 2.5, float("inf"), UNSET_DOUBLE, Decimal(3), Decimal("1E+5"), Decimal("-2")),
        *(True, False, None, "", "AAPL", "100", "ä", "a\nb", "x" * 127, "x" * 128, "x" * 1024),
        *([], [TagValue("a", "b")], object()),
    ]
)


def contract(attributes: dict[str, Any] | None = None) -> Contract:
    made = Contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
    vars(made).update(attributes or {})
    return made


def order(attributes: dict[str, Any] | None = None) -> Order:
    made = Order(action="BUY", orderType="LMT", totalQuantity=Decimal(100), lmtPrice=180.25)
    vars(made).update(attributes or {})
    return made


def attributes_of(made: object) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(sorted(vars(made))), VALUES, max_size=3)


OBJECTS: dict[str, st.SearchStrategy[Any]] = {
    "contract": attributes_of(Contract()).map(contract),
    "order": attributes_of(Order()).map(order),
    "orderCancel": st.builds(OrderCancel, manualOrderCancelTime=VALUES, extOperator=VALUES),
}


writer = cache(plain_writer)


def plain(request: Request, values: list[Any]) -> bytes | None:
    """What is written without a message object; None: the general way is taken."""
    try:
        return writer(request, LAST)(*values)
    except Exception:
        return None


@pytest.mark.parametrize("name", PLAIN)
@given(data=st.data())
@examples(12)
def test_the_same_bytes(name: str, data: Any) -> None:
    request = REQUESTS[name]
    values = [data.draw(OBJECTS.get(argument, VALUES)) for argument in request.arguments]
    found = plain(request, values)
    if found is not None:
        assert found == compiler.encoder(request, LAST)(*values)


@given(attributes_of(Contract()), attributes_of(Order()))
@examples(200)
def test_the_same_bytes_of_orders(ours: dict[str, Any], others: dict[str, Any]) -> None:
    request = REQUESTS["placeOrder"]
    values = [7, contract(ours), order(others)]
    found = plain(request, values)
    if found is not None:
        assert found == compiler.encoder(request, LAST)(*values)


USUAL_OBJECTS: dict[str, Any] = {
    "contract": contract({"conId": 265598, "multiplier": "100", "strike": 250.0, "right": "C"}),
    "order": order({"tif": "GTC", "account": "DU1234567", "permId": 2**30, "orderRef": "r" * 200}),
    "orderCancel": OrderCancel(),
}
USUAL_VALUES = {"int": 1, "float": 2.5, "text": "a b", "bool": True, "tag=value; options": []}


@pytest.mark.parametrize("name", PLAIN)
def test_usual_values_take_the_fast_path(name: str) -> None:
    request = REQUESTS[name]
    types = {argument: argument_type(request, argument) for argument in request.arguments}
    values = [
        USUAL_OBJECTS.get(argument, USUAL_VALUES["bool" if kind is None else kind.name])
        for argument, kind in types.items()
    ]
    if request.id_argument is not None:
        values[request.arguments.index(request.id_argument)] = 70_000
    found = plain_writer(request, LAST)(*values)
    assert found == compiler.encoder(request, LAST)(*values)


@pytest.mark.parametrize(
    ("ours", "others"),
    [
        ({"comboLegs": [ComboLeg()]}, {}),
        ({"deltaNeutralContract": DeltaNeutralContract()}, {}),
        ({"symbol": "ä"}, {}),
        ({}, {"conditions": [TimeCondition(True, "20261120 10:00:00")]}),
        ({}, {"softDollarTier": SoftDollarTier("a", "b", "c")}),
        ({}, {"orderComboLegs": []}),
        ({}, {"hidden": True}),
        ({}, {"lmtPrice": UNSET_INTEGER}),
    ],
)
def test_what_goes_the_general_way(ours: dict[str, Any], others: dict[str, Any]) -> None:
    assert plain(REQUESTS["placeOrder"], [7, contract(ours), order(others)]) is None
    frame = codec_for(LAST).encode_request("placeOrder", 7, contract(ours), order(others))
    assert len(frame) > 100


@pytest.mark.parametrize(
    "number", [0, 127, 128, 1023, 1024, 2**17 - 1, 2**17, 2**31 - 2, 2**63 - 1]
)
def test_numbers_as_they_stand_on_the_wire(number: int) -> None:
    assert varint(number).encode("latin-1") == helpers.varint(number)


def test_a_flag_that_is_0_is_not_set_where_false_is_not() -> None:
    """In the generations in which False stands for "not set"; whatever else the order has."""
    generation("9.81")
    try:
        for others in ({}, {"hidden": True}):
            frames = {
                codec_for(LAST).encode_request(
                    "placeOrder", 7, contract(), order({"routeMarketableToBbo": value, **others})
                )
                for value in (False, 0, 0.0, None)
            }
            assert len(frames) == 1
    finally:
        generation(None)

"""The short way of encoding an order whose seldom attributes are as they were made says the same as
the long way.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.order_condition import TimeCondition
from ibapi_port.protocol.exceptions import FieldError
from ibapi_port.protocol.protobuf import available
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text import fast_path
from ibapi_port.softdollartier import SoftDollarTier

VERSIONS = (100, 119, 146, 163, 177, 187, 191, 200, *((201, 203, 226) if available() else ()))
NUMBERS = (
    0,
    0.0,
    -0.0,
    1,
    -1,
    2.5,
    True,
    False,
    UNSET_INTEGER,
    UNSET_DOUBLE,
    UNSET_DECIMAL,
    Decimal(3),
    "7",
    float("nan"),
    2**40,
)
VALUES = st.sampled_from(
    [
        *NUMBERS,
        None,
        "",
        "BUY",
        "LMT",
        "PEG BENCH",
        "PEG BEST",
        "PEG MID",
        "ä",
        "a\nb",
        "a\0b",
        [],
        object(),
    ]
)
ATTRIBUTES = st.dictionaries(st.sampled_from(sorted(Order().__dict__)), VALUES, max_size=4)


class OwnOrder(Order):
    """Of a class that the short way does not know."""


def made(cls: type[Order], attributes: dict[str, Any]) -> Order:
    order = cls()
    order.action, order.orderType, order.totalQuantity, order.lmtPrice = (
        "BUY",
        "LMT",
        Decimal(100),
        180.25,
    )
    for name, value in attributes.items():
        setattr(order, name, value)
    return order


def stock() -> Contract:
    contract = Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = (
        "AAPL",
        "STK",
        "SMART",
        "USD",
    )
    return contract


def sent(version: int, contract: Contract, order: Order) -> bytes | tuple[str, str]:
    try:
        return codec_for(version).encode_request("placeOrder", 7, contract, order)
    except Exception as e:  # some values are of types that are found out late
        return type(e).__name__, str(e).replace("OwnOrder", "Order")


@given(ATTRIBUTES, st.sampled_from(VERSIONS))
@example({"discretionaryAmt": -0.0}, 187)
@example({"conditions": [TimeCondition(True, "20261120 10:00:00")]}, 187)
@example({"softDollarTier": SoftDollarTier("a", "b", "c")}, 187)
def test_an_order_of_ones_own_class_is_sent_the_same(
    attributes: dict[str, Any], version: int
) -> None:
    assert sent(version, stock(), made(Order, attributes)) == sent(
        version, stock(), made(OwnOrder, attributes)
    )


@given(
    st.dictionaries(st.sampled_from(sorted(Contract().__dict__)), VALUES, max_size=3),
    st.sampled_from(VERSIONS),
)
def test_contracts_too(attributes: dict[str, Any], version: int) -> None:
    contract = stock()
    for name, value in attributes.items():
        setattr(contract, name, value)
    assert sent(version, contract, made(Order, {})) == sent(version, contract, made(OwnOrder, {}))


@pytest.mark.parametrize("version", range(100, 201))
def test_every_version_has_both_ways(version: int) -> None:
    assert (
        sent(version, stock(), made(Order, {})) == sent(version, stock(), made(OwnOrder, {})) != ()
    )


def test_which_orders_are_untouched() -> None:
    has_default_fields = fast_path.has_default_fields_test()
    assert has_default_fields(made(Order, {}))
    assert not has_default_fields(made(OwnOrder, {}))
    assert not has_default_fields(made(Order, {"hidden": True}))
    partial = made(Order, {})
    del partial.hidden
    assert not has_default_fields(partial)
    assert not has_default_fields(None)


class EqualsAll:
    """As `unittest.mock.ANY` does."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


@pytest.mark.parametrize("version", VERSIONS[2:])
def test_what_equals_a_default_is_not_it(version: int) -> None:
    with pytest.raises(FieldError, match="hidden"):
        codec_for(version).encode_request(
            "placeOrder", 7, stock(), made(Order, {"hidden": EqualsAll()})
        )

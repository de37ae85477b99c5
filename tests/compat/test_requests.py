"""Requests in the forms of all generations."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.const import UNSET_INTEGER
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel

from .helpers import Wire

WHEN = "20261120 15:00:00 US/Eastern"


def stock() -> Contract:
    return Contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD")


# --- cancelOrder ---

PLAIN_CANCELS: dict[str, Callable[[Wire], None]] = {
    "9.81": lambda app: app.cancelOrder(7),
    "9.81 by keyword": lambda app: app.cancelOrder(orderId=7),
    "10.19": lambda app: app.cancelOrder(7, ""),
    "10.19 by keywords": lambda app: app.cancelOrder(orderId=7, manualCancelOrderTime=""),
    "10.30": lambda app: app.cancelOrder(7, OrderCancel()),
    "10.46 by keywords": lambda app: app.cancelOrder(orderId=7, orderCancel=OrderCancel()),
    "None": lambda app: app.cancelOrder(7, None),
}
TIMED_CANCELS: dict[str, Callable[[Wire], None]] = {
    "10.19": lambda app: app.cancelOrder(7, WHEN),
    "10.19 by keyword": lambda app: app.cancelOrder(7, manualCancelOrderTime=WHEN),
    "10.30": lambda app: app.cancelOrder(7, timed()),
    "10.46 by keywords": lambda app: app.cancelOrder(orderId=7, orderCancel=timed()),
}


def timed() -> OrderCancel:
    cancel = OrderCancel()
    cancel.manualOrderCancelTime = WHEN
    return cancel


@pytest.mark.parametrize("version", [100, 151, 168, 169, 187, 191, 192, 200])
@pytest.mark.parametrize("call", PLAIN_CANCELS.values(), ids=list(PLAIN_CANCELS))
def test_cancel_order(call: Callable[[Wire], None], version: int) -> None:
    app, newest = Wire(version), Wire(version)
    call(app)
    newest.cancelOrder(7, OrderCancel())
    assert app.frames == newest.frames
    assert "7" in app.frames[0]


@pytest.mark.parametrize("version", [169, 187, 192, 200])
@pytest.mark.parametrize("call", TIMED_CANCELS.values(), ids=list(TIMED_CANCELS))
def test_cancel_order_with_a_time(call: Callable[[Wire], None], version: int) -> None:
    app = Wire(version)
    call(app)
    assert WHEN in app.frames[0]


GLOBAL_CANCELS: dict[str, Callable[[Wire], None]] = {
    "up to 10.30": lambda app: app.reqGlobalCancel(),
    "10.46": lambda app: app.reqGlobalCancel(OrderCancel()),
    "10.46 by keyword": lambda app: app.reqGlobalCancel(orderCancel=OrderCancel()),
}


@pytest.mark.parametrize("version", [100, 187, 200])
@pytest.mark.parametrize("call", GLOBAL_CANCELS.values(), ids=list(GLOBAL_CANCELS))
def test_global_cancel(call: Callable[[Wire], None], version: int) -> None:
    app, newest = Wire(version), Wire(version)
    call(app)
    newest.reqGlobalCancel(OrderCancel())
    assert app.frames == newest.frames


# --- exerciseOptions ---


@pytest.mark.parametrize("version", [100, 151, 179, 187, 200])
def test_exercise_options_with_six_and_nine_arguments(version: int) -> None:
    app = Wire(version)
    app.exerciseOptions(1, stock(), 1, 2, "DU1", 0)
    app.exerciseOptions(
        reqId=1, contract=stock(), exerciseAction=1, exerciseQuantity=2, account="DU1", override=0
    )
    app.exerciseOptions(1, stock(), 1, 2, "DU1", 0, "", "", False)
    assert app.frames[0] == app.frames[1] == app.frames[2]


def test_exercise_options_with_all_that_the_newest_takes() -> None:
    app = Wire()
    app.exerciseOptions(1, stock(), 1, 2, "DU1", 0, WHEN, "customer", True)
    assert app.frames[0][-4:] == [WHEN, "customer", "1", ""]


# --- quantities ---


@pytest.mark.parametrize("version", [111, 151, 187, 200])
@pytest.mark.parametrize("quantity", [100, 100.0, Decimal(100), Decimal("100.0"), "100"], ids=repr)
def test_quantities_of_every_generation(quantity: Any, version: int) -> None:
    app = Wire(version)
    for each in (quantity, Decimal(100)):
        app.placeOrder(5, stock(), Order(action="BUY", orderType="MKT", totalQuantity=each))
    assert [Decimal(field) if field.startswith("100") else field for field in app.frames[0]] == [
        Decimal(field) if field.startswith("100") else field for field in app.frames[1]
    ]


@pytest.mark.parametrize("quantity", [0.5, Decimal("0.5"), "0.5"], ids=repr)
def test_fractional_quantities(quantity: Any) -> None:
    app = Wire()
    app.placeOrder(5, stock(), Order(action="BUY", orderType="MKT", totalQuantity=quantity))
    assert "0.5" in app.frames[0]


def test_a_quantity_set_as_an_attribute_is_not_changed_by_sending() -> None:
    order = Order()
    order.action, order.orderType, order.totalQuantity = "BUY", "MKT", 100  # type: ignore[assignment]
    Wire().placeOrder(5, stock(), order)
    assert type(order.totalQuantity) is int


# --- attributes of older generations ---


@pytest.mark.parametrize("version", [111, 130, 151, 157, 158, 176, 187, 200])
def test_orders_of_9_81_are_sent_as_those_of_the_newest(version: int) -> None:
    """eTradeOnly and firmQuoteOnly are True by default there; TWS refuses orders that have them."""
    order = Order(action="BUY", orderType="LMT", totalQuantity=Decimal(1), lmtPrice=1.0)
    app = Wire(version)
    app.placeOrder(5, stock(), order)
    with pytest.deprecated_call():
        assert order.eTradeOnly is True
    with pytest.deprecated_call():
        order.firmQuoteOnly = False  # type: ignore[assignment]
    app.placeOrder(5, stock(), order)
    with pytest.deprecated_call():
        order.nbboPriceCap = 0.5  # type: ignore[assignment]
    app.placeOrder(5, stock(), order)
    order.eTradeOnly = order.firmQuoteOnly = True  # type: ignore[assignment]
    app.placeOrder(5, stock(), order)
    assert app.frames[1:] == [app.frames[0]] * 3
    if version == 151:
        assert app.frames[0][53:56] == [
            "0",
            "0",
            "",
        ]  # where 9.81 writes eTradeOnly, firmQuoteOnly and nbboPriceCap


def test_an_order_cancel_keeps_what_it_had() -> None:
    cancel = OrderCancel()
    assert cancel.manualOrderIndicator == UNSET_INTEGER
    app = Wire()
    app.cancelOrder(7, cancel)
    assert cancel == OrderCancel()

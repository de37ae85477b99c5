"""What a program's values become in a whole session, with text and with Protocol Buffers."""

from __future__ import annotations

import contextlib
import enum
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.client import EClient
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.tag_value import TagValue
from ibapi_port.wrapper import EWrapper

from .helpers import ProtoLink

VERSIONS = [187, 225]


class Tif(str, enum.Enum):
    GTC = "GTC"
    DAY = "DAY"


class Plain(enum.Enum):
    BUY = "BUY"


class MyId(int):
    pass


class Index:
    """An int of another library, as numpy's are."""

    def __index__(self) -> int:
        return 9


def stock(**values: Any) -> Contract:
    made = Contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
    vars(made).update(values)
    return made


def limit(**values: Any) -> Order:
    made = Order(action="BUY", orderType="LMT", totalQuantity=Decimal(1), lmtPrice=1.1)
    vars(made).update(values)
    return made


BAD: list[tuple[str, str, Callable[[EClient, Any], None]]] = [
    (
        "placeOrder",
        "order.transmit",
        lambda app, i: app.placeOrder(i, stock(), limit(transmit="False")),
    ),
    (
        "placeOrder",
        "order.lmtPrice",
        lambda app, i: app.placeOrder(i, stock(), limit(lmtPrice=-math.inf)),
    ),
    (
        "placeOrder",
        "order.lmtPrice",
        lambda app, i: app.placeOrder(i, stock(), limit(lmtPrice="1e999")),
    ),
    (
        "placeOrder",
        "order.totalQuantity",
        lambda app, i: app.placeOrder(i, stock(), limit(totalQuantity=Decimal("Infinity"))),
    ),
    (
        "placeOrder",
        "order.action",
        lambda app, i: app.placeOrder(i, stock(), limit(action=Plain.BUY)),
    ),
    (
        "placeOrder",
        "order.orderMiscOptions",
        lambda app, i: app.placeOrder(i, stock(), limit(orderMiscOptions=[("a", "1")])),
    ),
    (
        "reqMktData",
        "mktDataOptions",
        lambda app, i: app.reqMktData(i, stock(), "", False, False, [TagValue("a", "1;b=2")]),
    ),
    (
        "reqMktData",
        "regulatorySnapshot",
        lambda app, i: app.reqMktData(i, stock(), "", False, "False", []),
    ),  # type: ignore[arg-type]
    (
        "reqContractDetails",
        "contract.primaryExchange",
        lambda app, i: app.reqContractDetails(i, stock(primaryExchange=math.nan)),
    ),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "field", "ask"),
    BAD,
    ids=[f"{name}-{field}-{n}" for n, (name, field, _) in enumerate(BAD)],
)
def test_the_error_has_the_id_and_the_field_and_nothing_is_sent(
    name: str, field: str, ask: Any, version: int
) -> None:
    with contextlib.closing(ProtoLink(version)) as link:
        for value, request in ((4711, 4711), (MyId(4712), 4712), (Index(), 9)):
            link.app.forget()
            ask(link.app, value)
            ((got, code, text),) = link.app.errors()
            assert (got, type(got), code) == (request, int, 321)
            assert text.startswith(f"Error validating request: {name}: {field}: ")
        assert link.sent() == []


@pytest.mark.parametrize("version", VERSIONS)
def test_orders_arrive_as_they_were_meant(version: int) -> None:
    orders = [
        limit(tif=Tif.GTC, transmit="0"),
        limit(tif=Tif.DAY, action=Tif.DAY),
        limit(orderType="MKT", lmtPrice="", auxPrice=""),
        limit(totalQuantity="0.70", parentId=MyId(3)),
    ]
    with contextlib.closing(ProtoLink(version)) as link:
        for n, order in enumerate(orders):
            link.app.placeOrder(MyId(n), stock(), order)
        got = [received.values["order"] for received in link.sent()]
        assert [order.tif for order in got] == ["GTC", "DAY", "", ""]
        assert [order.transmit for order in got] == [False, True, True, True]
        assert [order.action for order in got] == ["BUY", "DAY", "BUY", "BUY"]
        assert [order.lmtPrice for order in got] == [1.1, 1.1, Order().lmtPrice, 1.1]
        assert [order.totalQuantity for order in got] == [1, 1, 1, Decimal("0.70")]
        assert got[3].parentId == 3
        assert link.app.errors() == []


def test_an_id_of_another_library_before_connecting() -> None:
    heard: list[tuple[Any, ...]] = []

    class App(EWrapper, EClient):
        def __init__(self) -> None:
            EClient.__init__(self, self)

        def error(self, *args: Any) -> None:
            heard.append(args)

    App().reqContractDetails(Index(), stock())  # type: ignore[arg-type]
    assert [(got, type(got), code) for got, _, code, *_ in heard] == [(9, int, 504)]

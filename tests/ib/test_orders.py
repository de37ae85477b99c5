"""Orders of each kind, by the helpers."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from decimal import Decimal
from itertools import count

import numpy as np
import pytest

from ibapi_port.ib.order_fields import OrderFields
from ibapi_port.ib.orders import (
    LimitOrder,
    MarketOrder,
    StopLimitOrder,
    StopOrder,
    TrailingOrder,
    bracket,
    oneCancelsAll,
)
from ibapi_port.order import Order
from ibapi_port.tag_value import TagValue

TEN = Decimal(10)
EACH = [
    (MarketOrder("BUY", 10), Order(action="BUY", orderType="MKT", totalQuantity=TEN)),
    (
        LimitOrder("sell", 10, 189, tif="GTC"),
        Order(action="SELL", orderType="LMT", totalQuantity=TEN, lmtPrice=189.0, tif="GTC"),
    ),
    (
        StopOrder("SELL", 10, 180.5),
        Order(action="SELL", orderType="STP", totalQuantity=TEN, auxPrice=180.5),
    ),
    (
        StopLimitOrder("SELL", 10, 180, Decimal("181.5")),
        Order(
            action="SELL", orderType="STP LMT", totalQuantity=TEN, lmtPrice=180.0, auxPrice=181.5
        ),
    ),
    (
        TrailingOrder("SELL", 10, trailingPercent=1.5),
        Order(action="SELL", orderType="TRAIL", totalQuantity=TEN, trailingPercent=1.5),
    ),
    (
        TrailingOrder("SELL", 10, auxPrice=2, trailStopPrice=98),
        Order(
            action="SELL", orderType="TRAIL", totalQuantity=TEN, auxPrice=2.0, trailStopPrice=98.0
        ),
    ),
    (
        TrailingOrder("SELL", 10, auxPrice=2, trailStopPrice=98, lmtPriceOffset=0.1),
        Order(
            action="SELL",
            orderType="TRAIL LIMIT",
            totalQuantity=TEN,
            auxPrice=2.0,
            trailStopPrice=98.0,
            lmtPriceOffset=0.1,
        ),
    ),
]


@pytest.mark.parametrize(("made", "expected"), EACH, ids=[str(made) for made, _ in EACH])
def test_each_kind(made: Order, expected: Order) -> None:
    assert made == expected
    assert type(made) is Order
    assert type(made.totalQuantity) is Decimal
    assert {type(made.lmtPrice), type(made.auxPrice)} == {float}
    assert pickle.loads(pickle.dumps(made)) == made == copy.deepcopy(made)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (0.1, "0.1"),
        (Decimal("0.10"), "0.10"),
        (np.float64(0.1), "0.1"),
        (np.int64(7), "7"),
        (1e-8, "1E-8"),
    ],
)
def test_quantities_keep_their_digits(given: float, kept: str) -> None:
    assert str(MarketOrder("BUY", given).totalQuantity) == kept


def test_a_quantity_of_nothing_where_money_or_an_advisor_says_it() -> None:
    assert MarketOrder("BUY", 0, cashQty=500.0).totalQuantity == 0
    assert MarketOrder("BUY", 0, faMethod="PctChange", faPercentage="5").totalQuantity == 0


BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: MarketOrder("HOLD", 1), "action: 'HOLD'"),
    (lambda: MarketOrder(1, 1), "action: 1"),  # type: ignore[arg-type]
    (lambda: MarketOrder("BUY", 0), "totalQuantity: 0"),
    (lambda: MarketOrder("SELL", -5), "totalQuantity: -5"),
    (lambda: MarketOrder("SELL", -5, cashQty=5.0), "totalQuantity: -5"),
    (lambda: MarketOrder("SELL", float("nan")), "totalQuantity: nan"),
    (lambda: MarketOrder("SELL", "5"), "totalQuantity: '5'"),  # type: ignore[arg-type]
    (lambda: MarketOrder("SELL", Order().totalQuantity), "totalQuantity"),
    (lambda: LimitOrder("BUY", 1, float("inf")), "lmtPrice: inf"),
    (lambda: LimitOrder("BUY", 1, Order().lmtPrice), "lmtPrice"),
    (lambda: LimitOrder("BUY", 1, None), "lmtPrice: None"),  # type: ignore[arg-type]
    (lambda: StopOrder("BUY", 1, None), "stopPrice: None"),  # type: ignore[arg-type]
    (lambda: StopLimitOrder("BUY", 1, 5, True), "stopPrice: True"),
    (lambda: TrailingOrder("SELL", 1), "trailingPercent, auxPrice"),
    (lambda: TrailingOrder("SELL", 1, 1, 1), "trailingPercent, auxPrice"),
    (lambda: TrailingOrder("SELL", 1, 100), "trailingPercent: 100"),
    (lambda: TrailingOrder("SELL", 1, auxPrice=0), "auxPrice: 0"),
    (lambda: TrailingOrder("SELL", 1, 1, lmtPriceOffset=1), "trailStopPrice"),
    (lambda: bracket("BUY", 1, limit=190, profit=180, stop=170), "limit: 190 is not below profit"),
    (lambda: bracket("BUY", 1, limit=190, profit=195, stop=190), "stop: 190 is not below limit"),
    (lambda: bracket("SELL", 1, limit=190, profit=195, stop=185), "profit: 195 is not below limit"),
    (lambda: bracket("BUY", 1, profit=180, stop=185), "stop: 185 is not below profit"),
    (lambda: bracket("BUY", 1, profit=float("nan"), stop=1), "profit: nan"),
    (lambda: bracket("BUY", 0, profit=2, stop=1), "totalQuantity: 0"),
    (lambda: oneCancelsAll([]), "orders"),
    (lambda: oneCancelsAll([MarketOrder("BUY", 1)], type=4), "type: 4"),
    (lambda: oneCancelsAll([MarketOrder("BUY", 1, ocaGroup="a")], "b"), "'a' already"),
    (lambda: bracket("BUY", 1, profit=2, stop=1).number([1, 2]), "2 ids were given"),
    (lambda: bracket("BUY", 1, profit=2, stop=1).number([3, 2, 1]), "do not rise"),
    (lambda: bracket("BUY", 1, profit=2, stop=1).number([0, 1, 2]), "do not rise"),
]


@pytest.mark.parametrize(("make", "text"), BAD, ids=[text for _, text in BAD])
def test_bad_values_name_their_field(make: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        make()


def test_unknown_names_suggest_the_near_one() -> None:
    with pytest.raises(TypeError, match="did you mean 'outsideRth'"):
        LimitOrder("BUY", 1, 1, outsideRTH=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"MarketOrder.*'lmtPrice'"):
        MarketOrder("BUY", 1, lmtPrice=5)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"bracket.*'parentId'"):
        bracket("BUY", 1, profit=2, stop=1, parentId=3)


@pytest.mark.parametrize(("side", "other", "profit", "stop"), [("BUY", "SELL", 195, 185), ("SELL", "BUY", 185, 195)])  # fmt: skip
def test_a_bracket(side: str, other: str, profit: float, stop: float) -> None:
    entry, take, protect = bracket(side, 10, limit=190, profit=profit, stop=stop, tif="GTC")
    assert entry == LimitOrder(side, 10, 190, tif="GTC", transmit=False)
    assert take == LimitOrder(other, 10, profit, tif="GTC", transmit=False)
    assert protect == StopOrder(other, 10, stop, tif="GTC")


def test_a_bracket_at_the_market_is_numbered() -> None:
    ids = count(7)
    made = bracket("BUY", 10, profit=195, stop=185)
    assert made.number(ids) is made
    assert made.entry.orderType == "MKT"
    assert [(order.orderId, order.parentId) for order in made] == [(7, 0), (8, 7), (9, 7)]
    assert next(ids) == 10  # no id is wasted


def test_a_bracket_that_tws_shall_hold() -> None:
    made = bracket("BUY", 10, profit=195, stop=185, transmit=False)
    assert [order.transmit for order in made] == [False, False, False]


def test_orders_of_a_bracket_share_no_list() -> None:
    params = [TagValue("a", "b")]
    made = bracket("BUY", 10, profit=195, stop=185, algoParams=params)
    assert [order.algoParams for order in made] == [params] * 3
    assert len({id(order.algoParams) for order in made} | {id(params)}) == 4


def test_one_cancels_all() -> None:
    orders = [LimitOrder("BUY", 1, 10), LimitOrder("BUY", 1, 9)]
    made = oneCancelsAll(orders)
    assert made == orders
    assert made[0] is orders[0]
    assert {order.ocaType for order in made} == {1}
    (group,) = {order.ocaGroup for order in made}
    assert group
    assert group != oneCancelsAll([MarketOrder("BUY", 1)])[0].ocaGroup
    assert oneCancelsAll([MarketOrder("BUY", 1)], "mine", 3)[0].ocaGroup == "mine"


def test_a_group_that_is_refused_leaves_the_orders() -> None:
    free, bound = MarketOrder("BUY", 1), MarketOrder("BUY", 1, ocaGroup="a")
    with pytest.raises(ValueError, match="already"):
        oneCancelsAll([free, bound])
    assert free.ocaGroup == ""


def test_names_that_type_checkers_know_are_those_of_order() -> None:
    by_position = {"action", "totalQuantity", "orderType", "lmtPrice", "auxPrice", "trailStopPrice", "trailingPercent", "lmtPriceOffset"}  # fmt: skip
    assert set(OrderFields.__annotations__) == set(Order.__dataclass_fields__) - by_position

"""Orders with whatever in them are refused by name or taken, and never break the market."""

from __future__ import annotations

import contextlib
import logging
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ibapi_port.const import UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.order import Order
from ibapi_port.simulator.errors import Invalid, Refusal

from .helpers import Desk, order, pair, realized_total, stock

numbers = st.sampled_from(
    [
        UNSET_DOUBLE,
        0.0,
        0.01,
        1.0,
        229.5,
        230.0,
        231.0,
        99.999,
        -1.0,
        1e11,
        1e15,
        1e300,
        5e-324,
        float("inf"),
        float("nan"),
    ]
)
whole = st.sampled_from([UNSET_INTEGER, 0, 1, 2, 5, 100, -1, 2**31 - 1, 10**12])
texts = st.sampled_from(
    [
        "",
        "x",
        "20260414 12:00:10 US/Eastern",
        "20260414-16:00:05",
        "12:00:05",
        "99999999",
        "20260414 25:00:00",
        "D",
        "None",
        "STP LMT",
        "TRAIL",
    ]
)
kinds = [
    *(
        "MKT",
        "LMT",
        "STP",
        "STP LMT",
        "TRAIL",
        "TRAIL LIMIT",
        "MIT",
        "LIT",
        "MOC",
        "LOC",
        "MTL",
        "REL",
        "MIDPRICE",
        "PEG MID",
        "PEG MKT",
    ),
    *("PEG BEST", "PEG BENCH", "SNAP MKT", "SNAP MID", "SNAP PRIM"),
]
FLOATS = [
    *(
        "lmtPrice",
        "auxPrice",
        "trailStopPrice",
        "trailingPercent",
        "lmtPriceOffset",
        "percentOffset",
        "discretionaryAmt",
        "startingPrice",
    ),
    *(
        "stockRefPrice",
        "delta",
        "peggedChangeAmount",
        "referenceChangeAmount",
        "triggerPrice",
        "adjustedStopPrice",
        "cashQty",
    ),
    *("adjustedStopLimitPrice", "adjustedTrailingAmount"),
]
WHOLE = [
    "minQty",
    "displaySize",
    "triggerMethod",
    "ocaType",
    "scaleInitLevelSize",
    "adjustableTrailingUnit",
    "referenceContractId",
    "parentId",
]
TEXTS = [
    "goodAfterTime",
    "goodTillDate",
    "hedgeType",
    "hedgeParam",
    "adjustedOrderType",
    "ocaGroup",
    "algoStrategy",
    "faGroup",
    "account",
]
attributes = st.one_of(
    st.tuples(st.sampled_from(FLOATS), numbers),
    st.tuples(st.sampled_from(WHOLE), whole),
    st.tuples(st.sampled_from(TEXTS), texts),
)
sizes = st.sampled_from(
    [
        "1",
        "10",
        "5000",
        "0.5",
        "0",
        "-1",
        "1E-10",
        "1E+30",
        "NaN",
        "170141183460469231731687303715884105727",
    ]
)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    made = order(draw(st.sampled_from(["BUY", "SELL"])), draw(sizes), draw(st.sampled_from(kinds)))
    made.tif = draw(st.sampled_from(["DAY", "GTC", "IOC", "FOK", "GTD", "OPG", "DTC"]))
    made.allOrNone, made.outsideRth, made.whatIf = (
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.integers(0, 4)) == 0,
    )
    for name, value in draw(st.lists(attributes, max_size=5)):
        setattr(made, name, value)
    return made


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(orders(), min_size=1, max_size=6))
def test_whatever_is_ordered(caplog: pytest.LogCaptureFixture, wanted: list[Order]) -> None:
    desk = Desk(tick_interval=7200.0)
    desk.move("AAPL", "230.00")
    peer = desk.client()
    contracts: list[Any] = [stock(), pair()]
    with caplog.at_level(logging.ERROR):
        for order_id, each in enumerate(wanted, 1):
            with contextlib.suppress(Refusal, Invalid):
                peer.ask(
                    "placeOrder", orderId=order_id, contract=contracts[order_id % 2], order=each
                )
        for last in ("231.00", "229.00", "235.00", "220.00"):
            desk.move("AAPL", last)
        desk.advance(3)
        for order_id, each in enumerate(wanted, 1):
            with contextlib.suppress(Refusal, Invalid):
                peer.ask(
                    "placeOrder", orderId=order_id, contract=contracts[order_id % 2], order=each
                )
        desk.advance(90000)
    assert not caplog.records
    account = desk.world.account
    assert abs(
        account.net_liquidation()
        - account.initial
        - realized_total(account)
        - account.unrealized_total()
    ) < Decimal("1e-6")

"""What is told of orders of all shapes goes over the wire at old and new server versions."""

from __future__ import annotations

from typing import Any

import pytest
from protocol.helpers import deliver, payloads

from ibapi_port.contract import Contract
from ibapi_port.order import OrderComboLeg
from ibapi_port.order_condition import (
    ExecutionCondition,
    MarginCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from ibapi_port.protocol.framing import FrameBuffer
from ibapi_port.protocol.select import codec_for
from ibapi_port.tag_value import TagValue

from .helpers import Desk, FakePeer, bag, order, stock
from .test_clearing import contract, found

VERSIONS = [100, 120, 145, 163, 187, 200, 206, 213, 226]


def conditions() -> list[Any]:
    return [
        PriceCondition(2, 265598, "SMART", True, 1e6),
        TimeCondition(True, "20270101 12:00:00 US/Eastern").Or(),
        MarginCondition(False, 1.0),
        ExecutionCondition("STK", "SMART", "IBM"),
        VolumeCondition(265598, "SMART", True, 10**9),
        PercentChangeCondition(265598, "SMART", True, 500.0),
    ]


def scenario(desk: Desk) -> FakePeer:
    """A client that has been told of every shape of order, and of executions of every kind."""
    peer = desk.client()
    leg_price = OrderComboLeg()
    leg_price.price = 1.0
    orders: list[tuple[Contract, Any]] = [
        (stock(), order("BUY", "90", faGroup="All")),
        (
            stock(),
            order("SELL", "10", "TRAIL LIMIT", auxPrice=1.0, lmtPriceOffset=0.1, account="DU1"),
        ),
        (
            stock(),
            order("BUY", "10", conditions=conditions(), conditionsIgnoreRth=True, account="DU1"),
        ),
        (
            stock(),
            order(
                "BUY",
                "10",
                algoStrategy="Adaptive",
                algoParams=[TagValue("adaptivePriority", "Patient")],
                account="DU1",
            ),
        ),
        (bag(desk), order("BUY", "2", account="DU1")),
        (
            bag(desk),
            order(
                "BUY",
                "2",
                "LMT",
                lmtPrice=-500.0,
                orderComboLegs=[leg_price, leg_price],
                account="DU1",
            ),
        ),
        (
            stock(),
            order(
                "BUY",
                "1",
                "PEG BENCH",
                referenceContractId=272093,
                peggedChangeAmount=0.1,
                referenceChangeAmount=0.1,
                account="DU1",
            ),
        ),
        (
            stock(),
            order(
                "SELL",
                "1",
                "STP",
                auxPrice=1.0,
                triggerPrice=900.0,
                adjustedOrderType="STP LMT",
                account="DU1",
            ),
        ),
        (
            stock(),
            order(
                "BUY",
                "1",
                ocaGroup="g",
                ocaType=2,
                minQty=1,
                displaySize=0,
                hidden=True,
                account="DU1",
            ),
        ),
        (
            stock(),
            order(
                "SELL",
                "1",
                "LMT",
                lmtPrice=900.0,
                scaleInitLevelSize=1,
                scalePriceIncrement=0.5,
                account="DU1",
            ),
        ),
        (
            found(desk, contract("OPT", "AAPL", "C", 230.0)).contract("SMART"),
            order("BUY", "1", account="DU1"),
        ),
        (found(desk, contract("FUT", "ES")).contract(), order("SELL", "1", account="DU1")),
        (stock(), order("BUY", "1", whatIf=True, account="DU1")),
        (stock(), order("BUY", "900000", account="DU1")),
    ]
    told = []
    for order_id, (wanted, placed) in enumerate(orders, 1):
        peer.ask("placeOrder", orderId=order_id, contract=wanted, order=placed)
        told += peer.got
    peer.ask("reqCompletedOrders", apiOnly=False)
    told += peer.got
    peer.got = told
    return peer


class Heard:
    """A wrapper that notes what comes."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.calls.append((name, arguments))


@pytest.fixture(scope="module")
def told() -> list[tuple[str, dict[str, Any]]]:
    desk = Desk(tick_interval=1e9, account="DF1,DU1,DU2,DU3")
    desk.move("AAPL", "230.00")
    desk.move("MSFT", "420.00")
    return scenario(desk).got


@pytest.mark.parametrize("version", VERSIONS)
def test_it_fits(told: list[tuple[str, dict[str, Any]]], version: int) -> None:
    codec, frames, heard = codec_for(version), FrameBuffer(), Heard()
    for name, values in told:
        if name == "error":
            values = {"errorTime": 0, "advancedOrderRejectJson": "", **values}
        for payload in payloads(frames, codec.encode_message(name, **values)):
            deliver(codec, payload, heard, _raise)
    names = [name for name, _ in heard.calls if not name.endswith("ProtoBuf")]
    assert names == [name for name, _ in told]
    opened = [arguments for name, arguments in heard.calls if name == "openOrder"]
    sent = [values for name, values in told if name == "openOrder"]
    for (order_id, shown, placed, state), values in zip(opened, sent, strict=True):
        wanted = values["order"]
        assert (order_id, placed.orderType, placed.totalQuantity) == (
            values["orderId"],
            wanted.orderType,
            wanted.totalQuantity,
        )
        assert (shown.secType, len(shown.comboLegs or [])) == (
            values["contract"].secType,
            len(values["contract"].comboLegs or []),
        )
        assert len(placed.conditions) in (len(wanted.conditions), 0 if version < 109 else -1)
        assert state.status == values["orderState"].status


def _raise(error: BaseException) -> None:
    raise error

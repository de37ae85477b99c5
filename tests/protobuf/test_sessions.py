"""A trading session against the simulated TWS, in the style of ibapi_port/demo.py: over each mixture
of the two wires it is the same session.

The simulated TWS's clock stands still but where the session moves it, so that every message is
foreseen.
"""

from __future__ import annotations

import copy
import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from client.scripted import WAIT, App
from protocol.helpers import differences
from simulator.helpers import ACCOUNT, HandClock, order, stock

from ibapi_port.client import EClientSocket
from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.contract import Contract
from ibapi_port.execution import ExecutionFilter
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.reader import EReader
from ibapi_port.simulator import SimulatedTws
from ibapi_port.tag_value import TagValue
from ibapi_port.utils import decimalMaxString

from .helpers import MESSAGE_PB, THRESHOLDS

TEXT = 200
Call = tuple[Any, ...]


class Session:
    """A program, a simulated TWS, and what the program is told by the steps of the session."""

    def __init__(self, version: int, app: App | None = None) -> None:
        self.clock = HandClock()
        self.tws = SimulatedTws(server_version=version, seed=5, tick_interval=1.0, clock=self.clock)
        self.app = app or App()

    def __enter__(self) -> Session:
        self.tws.start()
        self.app.connect(self.tws.host, self.tws.port, 7)
        self.app.start()
        self.app.wait_for("nextValidId")
        return self

    def __exit__(self, *_: object) -> None:
        self.app.on.clear()
        self.app.disconnect()
        assert self.app.join() is None
        self.tws.stop()

    def step(self, action: Callable[[App], object] | None = None, seconds: int = 0) -> list[Call]:
        """Do something, let time pass; what the program is told of it."""
        self.app.forget()
        if action is not None:
            action(self.app)
            self._settle()
        for _ in range(seconds):
            self.tws.call(lambda world: self._advance(world, 1.0))
        self._settle()
        told = [
            call
            for call in self.app.told()
            if not call[0].endswith("ProtoBuf") and call[0] != "currentTime"
        ]
        told = copy.deepcopy(told)
        for name, *arguments in told:
            if (
                name == "contractDetails" and arguments[1].secIdList
            ):  # a map of Protocol Buffers has an order of its own
                arguments[1].secIdList.sort(key=lambda pair: pair.tag)
        return told

    def _advance(self, world: Any, seconds: float) -> None:
        self.clock.time += seconds
        world.timers.run_due()

    def _settle(self) -> None:
        count = self.app.counts["currentTime"] + 1
        self.app.reqCurrentTime()
        self.app.wait_for("currentTime", count)


def algo(number: int) -> Order:
    """A limit order far from the market, with parts whose length varies."""
    made = order(
        "BUY", "10", "LMT", lmtPrice=1.0 + number, tif="GTC", orderRef="ref", account=ACCOUNT
    )
    made.algoStrategy, made.algoParams = "Adaptive", [TagValue("adaptivePriority", "Normal")]
    return made


def steps() -> dict[str, tuple[Callable[[App], object] | None, int]]:
    """What the program does, and how many seconds pass then."""
    filled = order("BUY", "100", "MKT", account=ACCOUNT)
    preview = order("SELL", "10", "LMT", lmtPrice=500.5, whatIf=True)
    return {
        "details": (lambda app: app.reqContractDetails(1, stock()), 0),
        "no such contract": (lambda app: app.reqContractDetails(2, stock("NOSUCH")), 0),
        "symbols": (lambda app: app.reqMatchingSymbols(3, "AA"), 0),
        "quotes": (lambda app: app.reqMktData(4, stock(), "", False, False, []), 5),
        "snapshot": (lambda app: app.reqMktData(5, stock("MSFT"), "", True, False, []), 12),
        "bars": (
            lambda app: app.reqHistoricalData(
                6, stock(), "", "1 D", "1 hour", "TRADES", 1, 1, False, []
            ),
            0,
        ),
        "bars kept up to date": (
            lambda app: app.reqHistoricalData(
                7, stock(), "", "3600 S", "5 mins", "TRADES", 1, 2, True, []
            ),
            10,
        ),
        "head": (lambda app: app.reqHeadTimeStamp(8, stock(), "TRADES", 1, 1), 0),
        "real-time bars": (lambda app: app.reqRealTimeBars(9, stock(), 5, "TRADES", True, []), 10),
        "rule": (lambda app: app.reqMarketRule(26), 0),
        "account": (lambda app: app.reqAccountUpdates(True, ACCOUNT), 0),
        "summary": (
            lambda app: app.reqAccountSummary(10, "All", "NetLiquidation,TotalCashValue"),
            0,
        ),
        "profit": (lambda app: app.reqPnL(11, ACCOUNT, ""), 3),
        "resting": (lambda app: app.placeOrder(1, stock(), algo(1)), 1),
        "another": (lambda app: app.placeOrder(2, stock(), algo(2)), 0),
        "modified": (lambda app: app.placeOrder(2, stock(), algo(3)), 0),
        "cancelled": (lambda app: app.cancelOrder(1, OrderCancel()), 1),
        "preview": (lambda app: app.placeOrder(3, stock(), preview), 0),
        "filled": (lambda app: app.placeOrder(4, stock(), filled), 3),
        "rejected": (lambda app: app.placeOrder(5, stock(), order("BUY", "1", "LMT")), 0),
        "open": (lambda app: app.reqOpenOrders(), 0),
        "all open": (lambda app: app.reqAllOpenOrders(), 0),
        "executions": (lambda app: app.reqExecutions(12, ExecutionFilter()), 0),
        "positions": (lambda app: app.reqPositions(), 0),
        "positions of an account": (lambda app: app.reqPositionsMulti(13, ACCOUNT, ""), 0),
        "profit of one": (lambda app: app.reqPnLSingle(14, ACCOUNT, "", 265598), 3),
        "all cancelled": (lambda app: app.reqGlobalCancel(OrderCancel()), 1),
        "completed": (lambda app: app.reqCompletedOrders(False), 0),
        "not a market data type": (lambda app: app.reqMarketDataType(9), 0),
        "no more quotes": (lambda app: app.cancelMktData(4), 2),
        "time in millis": (lambda app: app.reqCurrentTimeInMillis(), 0),
        "user": (lambda app: app.reqUserInfo(15), 0),
        "id": (lambda app: app.reqIds(1), 0),
    }


@cache
def session(version: int) -> dict[str, list[Call]]:
    """The whole session, as callbacks by step; "greeting" is what came by connecting."""
    with Session(version) as one:
        one._settle()
        greeting = [
            call
            for call in one.app.told()
            if not call[0].endswith("ProtoBuf") and call[0] != "currentTime"
        ]
        told = {"greeting": copy.deepcopy(greeting)}
        for name, (action, seconds) in steps().items():
            told[name] = one.step(action, seconds)
        assert one.app.serverVersion() == version
    return told


# --- what differs, and why ---

MARGINS = [
    f"{kind}{when}"
    for when in ("Before", "Change", "After")
    for kind in ("initMargin", "maintMargin", "equityWithLoan")
]
MORE_OF_A_CONTRACT = ("primaryExchange", "exchange", "localSymbol", "tradingClass", "strike")


def is_protobuf(name: str, version: int) -> bool:
    return name in MESSAGE_PB and version >= MESSAGE_PB[name].since


def as_told_by_protobuf(call: Call, got: Call) -> Call:
    """A callback of the text wire as it is over Protocol Buffers, which here said `got`."""
    call = copy.deepcopy(call)
    for told, had in zip(
        contracts(call), contracts(got), strict=True
    ):  # the whole contract comes, not a part of it
        for name in MORE_OF_A_CONTRACT:
            if getattr(told, name) == getattr(Contract(), name):
                setattr(told, name, getattr(had, name))
    if call[0] == "openOrder" and call[2].right == "?":  # nothing on this wire
        call[2].right = ""
    if call[0] in ("openOrder", "completedOrder"):
        order_told, state = call[-2], call[-1]
        for margin in MARGINS:  # text on the one wire, a number on the other
            text = getattr(state, margin)
            setattr(
                state,
                margin,
                decimalMaxString(float(text)) if text and float(text) != UNSET_DOUBLE else "",
            )
        order_told.smartComboRoutingParams = order_told.smartComboRoutingParams or []
        for name in (
            "usePriceMgmtAlgo",
            "routeMarketableToBbo",
        ):  # a flag on the one wire, a number or nothing on the other
            value = getattr(order_told, name)
            setattr(order_told, name, None if value is None else int(value))
    if call[0] == "completedOrder":  # the text has no place for these
        call[-2].clientId, call[-2].usePriceMgmtAlgo = 7, 0
    if call[0] == "contractDetails":
        details = call[-1]
        tags = [pair.tag for pair in got[-1].secIdList or []]  # a map has an order of its own
        details.secIdList = sorted(details.secIdList or [], key=lambda pair: tags.index(pair.tag))
        details.evMultiplier, details.coupon = float(details.evMultiplier), float(details.coupon)
    if (
        call[0] == "commissionAndFeesReport"
    ):  # a number that is not set is left out, and then it is 0
        for name in ("realizedPNL", "yield_"):
            setattr(
                call[-1],
                name,
                0.0 if getattr(call[-1], name) == UNSET_DOUBLE else getattr(call[-1], name),
            )
    return call


def contracts(call: Call) -> list[Contract]:
    """The contracts of a callback's arguments."""
    found = []
    for argument in call[1:]:
        for one in argument if isinstance(argument, list) else [argument]:
            inner = getattr(one, "contract", one)
            if isinstance(inner, Contract):
                found.append(inner)
    return found


def compared(version: int, step: str) -> list[str]:
    """Where a step's callbacks differ from those of the session of text, less what is known."""
    want, got = session(TEXT)[step], session(version)[step]
    if [call[0] for call in want] != [call[0] for call in got]:
        return [f"{[call[0] for call in want]} != {[call[0] for call in got]}"]
    pairs = [
        (as_told_by_protobuf(a, b) if is_protobuf(a[0], version) else a, b)
        for a, b in zip(want, got, strict=True)
    ]
    return [difference for a, b in pairs for difference in differences(list(a), list(b), a[0])]


@pytest.mark.parametrize("version", THRESHOLDS)
def test_the_session_is_the_one_of_text(version: int) -> None:
    assert {
        step: found for step in ["greeting", *steps()] if (found := compared(version, step))
    } == {}


def test_the_session_is_a_whole_one() -> None:
    """That it has what a program lives by, and nothing has failed in it but what should."""
    told = session(TEXT)
    names = {call[0] for calls in told.values() for call in calls}
    assert names >= {
        "connectAck", "nextValidId", "managedAccounts", "contractDetails",
        "contractDetailsEnd", "symbolSamples", "tickPrice", "tickSize",
        "tickString", "tickReqParams", "tickSnapshotEnd", "historicalData",
        "historicalDataEnd", "historicalDataUpdate", "headTimestamp",
        "realtimeBar", "marketRule", "updateAccountValue", "updatePortfolio",
        "accountDownloadEnd", "accountSummary", "pnl", "pnlSingle",
        "openOrder", "orderStatus", "openOrderEnd", "execDetails", "execDetailsEnd",
        "commissionAndFeesReport", "position", "positionEnd",
        "positionMulti", "completedOrder", "completedOrdersEnd", "currentTimeInMillis", "userInfo",
    }  # fmt: skip
    errors = {
        step: [call[2] for call in calls if call[0] == "error"]
        for step, calls in told.items()
        if step != "greeting"
    }
    assert {step: codes for step, codes in errors.items() if codes} == {
        "no such contract": [200], "cancelled": [202], "rejected": [463],
        "all cancelled": [202], "not a market data type": [321],
    }  # fmt: skip
    assert ("Filled", 100, 0) in [call[2:5] for call in told["filled"] if call[0] == "orderStatus"]
    assert [
        call[1] for call in told["cancelled"] if call[0] == "orderStatus" and call[2] == "Cancelled"
    ] == [1]


def test_the_same_seed_is_the_same_session() -> None:
    """Without which nothing would be compared here."""
    again = session.__wrapped__(TEXT)
    assert {
        step: found
        for step in again
        if (found := differences(list(session(TEXT)[step]), list(again[step])))
    } == {}


@pytest.mark.parametrize("version", [TEXT, 201, 206, 213, 226])
def test_the_demo_on_the_java_like_interface(version: int) -> None:
    """The demo over EClientSocket with an EReader of the program's own, in real time."""
    demo = load_demo()
    with SimulatedTws(server_version=version, seed=5, tick_interval=0.01) as tws:
        program = demo()
        client = EClientSocket(program)
        program.client = client
        client.eConnect(tws.host, tws.port, 7)
        assert client.serverVersion() == version
        reader = EReader(client, client.signal)
        reader.start()
        while client.isConnected():
            client.signal.waitForSignal()
            reader.processMsgs()
        reader.join(WAIT)
        assert program.finished
        assert program.bars > 5
        filled = [
            line for line in program.lines if line.startswith("Order 2: Filled, 100 filled at ")
        ]
        assert filled
        assert any(line.startswith("Order 1: Cancelled") for line in program.lines)
        assert any(line.startswith("Position of DU1234567: 100 AAPL") for line in program.lines)
        assert not [
            line
            for line in program.lines
            if line.startswith("Error") and not line.startswith("Error 202")
        ]


@cache
def load_demo() -> Any:
    """The sample's program, its prints noted."""
    spec = importlib.util.find_spec("ibapi_port.demo")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)  # one of its own, whose print is another
    spec.loader.exec_module(module)
    lines: list[str] = []
    module.print = lines.append  # type: ignore[attr-defined]

    class Demo(module.Demo):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            lines.clear()
            self.lines = lines

    return Demo

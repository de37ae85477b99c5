"""Recordings of a real TWS, asked again of the simulated one.

A recording is a file of JSON objects, one a line: `dir` ("out": a request, "in": a callback),
`call` (IB's name) and `args`: of a request by parameter, of a callback in EWrapper's order. An
object among them holds what differs from a new one. A folder may have a file session.json: by the
name of a recording its `start`, `prices` by symbol, `held` ([symbol, action, quantity], filled by
another client before), `seconds` that pass after each group of requests, and `leave_out`, the ids
that cannot be compared (rights of that account, a market that went another way).

What is compared: a stream for each order and request; of a callback its name, and of some also
what tells what happened, such as a status or a code. Not compared: notices without an id, repeats of
a pair (a real TWS sends it two to four times), and what market data do after their first burst.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ibapi_port.client import EClient
from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.order import Order, OrderComboLeg
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.scanner import ScannerSubscription
from ibapi_port.simulator import SimulatedTws
from ibapi_port.tag_value import TagValue
from ibapi_port.wrapper import EWrapper

WAIT = 10.0  # seconds
NAMES = tuple(
    name
    for name, member in vars(EWrapper).items()
    if callable(member)
    and not name.startswith("_")
    and not name.endswith("ProtoBuf")
    and name not in ("currentTime", "connectAck", "connectionClosed")
)
KINDS = {"contract": Contract, "order": Order, "scannerSubscription": ScannerSubscription}
LISTS = {"comboLegs": ComboLeg, "orderComboLegs": OrderComboLeg}
# of requests whose recorded values are not all that EClient asks for, in its order
REQUESTS = {
    "placeOrder": ("orderId", "contract", "order"),
    "reqHistoricalData": ("reqId", "contract", "endDateTime", "duration", "barSizeSetting",
                          "whatToShow", "useRTH", "formatDate", "keepUpToDate", []),
    "reqHistoricalTicks": ("reqId", "contract", "startDateTime", "endDateTime", "numberOfTicks",
                           "whatToShow", "useRTH", "ignoreSize", []),
    "reqHeadTimeStamp": ("reqId", "contract", "whatToShow", "useRTH", "formatDate"),
    "reqMktData": ("reqId", "contract", "genericTickList", False, False, []),
    "reqMktDepth": ("reqId", "contract", "numRows", "isSmartDepth", []),
    "cancelMktDepth": ("reqId", "isSmartDepth"),
    "reqMarketDataType": ("marketDataType",),
    "reqContractDetails": ("reqId", "contract"),
    "reqSecDefOptParams": ("reqId", "underlyingSymbol", "futFopExchange", "underlyingSecType",
                           "underlyingConId"),
    "reqAccountUpdates": ("subscribe", "acctCode"),
    "reqAccountSummary": ("reqId", "group", "tags"),
    "reqPnL": ("reqId", "account", "modelCode"),
    "reqPnLSingle": ("reqId", "account", "modelCode", "conId"),
    "reqScannerSubscription": ("reqId", "scannerSubscription", [], []),
    "reqPositions": (), "cancelPositions": (), "reqAllOpenOrders": (), "reqOpenOrders": (),
}  # fmt: skip
FLAGS = ("keepUpToDate", "isSmartDepth", "subscribe", "ignoreSize")
ACCOUNT = ("updatePortfolio", "updateAccountValue", "updateAccountTime", "accountDownloadEnd",
           "position", "positionEnd", "openOrderEnd", "managedAccounts", "nextValidId", "tickNews")  # fmt: skip
# of which there may be more or fewer
ONCE = (
    "historicalData",
    "historicalDataUpdate",
    "scannerData",
    "securityDefinitionOptionParameter",
)
Stream = list[tuple[Any, ...]]


class Session(EWrapper, EClient):
    """A client that notes its callbacks. `settled` waits for all that TWS has sent."""

    def __init__(self, tws: SimulatedTws, client_id: int) -> None:
        EClient.__init__(self, self)
        self.tws, self.heard = tws, list[tuple[str, tuple[Any, ...]]]()
        self._answered = threading.Event()
        for name in NAMES:
            setattr(self, name, lambda *values, _name=name: self.heard.append((_name, values)))
        self.connect(tws.host, tws.port, client_id)
        self._thread = threading.Thread(target=self.run)
        self._thread.start()
        self.settled(0)

    def currentTime(self, time: int) -> None:
        self._answered.set()

    def settled(self, seconds: float) -> None:
        self.tws.settle()
        self.tws.advance(seconds)
        self._answered.clear()
        self.reqCurrentTime()
        assert self._answered.wait(WAIT)

    def close(self) -> None:
        self.disconnect()
        self._thread.join(WAIT)

    def ask(self, call: str, values: Mapping[str, Any]) -> None:
        """Make a recorded request."""
        if call == "cancelOrder":
            self.cancelOrder(values["orderId"], OrderCancel())
            return
        arguments = []
        for name in REQUESTS.get(call, ("reqId",)):
            if not isinstance(name, str):
                arguments.append(name)
            elif name in KINDS:
                arguments.append(made(KINDS[name], values[name]))
            elif name == "useRTH":
                arguments.append(int(values.get(name, 0)))
            else:
                arguments.append(values.get(name, False if name in FLAGS else ""))
        getattr(self, call)(*arguments)


def made(kind: type[Any], values: Mapping[str, Any]) -> Any:
    """One of IB's objects from the values in which it differs from a new one."""
    one = kind()
    for name, value in values.items():
        if isinstance(value, list):
            value = [
                TagValue(each["tag"], each["value"]) if "tag" in each else made(LISTS[name], each)
                for each in value
            ]
        elif name == "totalQuantity":
            value = Decimal(value)
        elif name == "multiplier":
            value = str(int(value))
        if name not in ("softDollarTier", "orderId"):
            setattr(one, name, value)
    return one


def simulated(requests: Iterable[Mapping[str, Any]], session: Mapping[str, Any]) -> list[Any]:
    """What the simulated TWS answers to the requests of a recording."""
    with SimulatedTws(
        profile="gw10.40",
        server_version=214,
        virtual=True,
        start=session["start"],
        order_delay=0.13,
        cancel_delay=0.13,
    ) as tws:
        other = Session(tws, 7)
        for number, (symbol, action, quantity) in enumerate(session.get("held", ()), 9000):
            stock = {"symbol": symbol, "secType": "STK", "exchange": "SMART", "currency": "USD"}
            terms = {"action": action, "totalQuantity": quantity, "orderType": "MKT", "tif": "DAY"}
            other.ask("placeOrder", {"orderId": number, "contract": stock, "order": terms})
            other.settled(1)
            if not any(call[1][:2] == (number, "Filled") for call in other.heard):
                tws.do("fill", order_id=number, client_id=7)
        for symbol, price in session.get("prices", {}).items():
            bid, ask = round(price - 0.01, 2), round(price + 0.01, 2)
            tws.do("quote", symbol=symbol, bid=bid, ask=ask, last=price)
        other.close()
        program, before = Session(tws, 198), "in"
        for line in requests:
            if line["dir"] == "out" and line["call"] != "startApi":
                program.settled(session.get("seconds", 3) if before == "in" else 0)
                program.ask(line["call"], line["args"])
            before = line["dir"]
        program.settled(session.get("seconds", 3))
        program.close()
        return program.heard


def streams(calls: Iterable[tuple[str, Any]]) -> dict[Any, Stream]:
    """What each order and each request was told, in its order."""
    found: dict[Any, Stream] = defaultdict(list)
    orders: dict[str, Any] = {}
    over: set[Any] = set()  # whose first burst of quotes or book rows is over
    for call, values in calls:
        if call in ACCOUNT or not values or (call == "error" and values[0] == -1):
            continue
        key = values[0]
        if call == "execDetails":
            key = orders[_of(values[2], "execId")] = _of(values[2], "orderId")
        elif call == "commissionAndFeesReport":
            key = orders.get(_of(values[0], "execId"))
        one, stream = (call, *_telling(call, values)), found[key]
        if (one in stream and call in ("tickPrice", "tickString")) or (
            call.startswith("updateMktDepth") and len(stream) >= 10
        ):
            over.add(key)
        if key in over or (call in ONCE and stream[-1:] == [one]):
            continue
        stream.append(one)
        pair = stream[-2:]
        if call == "orderStatus" and stream[-4:-2] == pair:
            del stream[-2:]
        elif call == "orderStatus" and one[1] == "PendingCancel":
            del stream[-2 if pair[0] == ("openOrder", one[1]) else -1 :]
    return dict(found)


def _of(value: Any, name: str) -> Any:
    return value.get(name, "") if isinstance(value, Mapping) else getattr(value, name)


def _telling(call: str, values: Any) -> tuple[Any, ...]:
    """The values of a callback that say what has happened."""
    if call == "error":
        return (values[-3],)
    if call == "openOrder":
        return (_of(values[3], "status"),)
    if call == "orderStatus":
        return (values[1], str(values[2]), str(values[3]), values[9])
    if call == "execDetails":
        return (_of(values[1], "secType"), _of(values[2], "side"))
    if call in ("tickPrice", "tickSize", "tickString", "tickGeneric", "marketDataType"):
        return (values[1],)
    return ()


def different(path: Path, session: Mapping[str, Any]) -> list[str]:
    """Where the simulated TWS answers the requests of a recording otherwise: a line a stream."""
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    want = streams((line["call"], line["args"]) for line in lines if line["dir"] == "in")
    have = streams(simulated(lines, session))
    found = []
    for key, real in want.items():
        if key in session.get("leave_out", ()):
            continue
        ours = have.get(key, [])[: len(real) if lines[-1]["dir"] == "out" else None]
        places = (n for n in range(max(len(real), len(ours))) if real[n : n + 1] != ours[n : n + 1])
        if (n := next(places, None)) is not None:
            found.append(f"{key}, {n}: real {real[n : n + 1]}, here {ours[n : n + 1]}")
    return found

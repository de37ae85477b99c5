"""What the measuring server sends: frames made from the package's own declarations, at any server
version.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ibapi_port.commission_and_fees_report import CommissionAndFeesReport
from ibapi_port.common import BarData, TickAttrib
from ibapi_port.contract import Contract
from ibapi_port.execution import Execution
from ibapi_port.order import Order
from ibapi_port.order_state import OrderState
from ibapi_port.protocol.select import codec_for

SENTINEL = 1_999_999_999  # the currentTime that ends a measurement
ACCOUNT = "DU1234567"
Send = Callable[..., None]


def stock() -> Contract:
    contract = Contract()
    contract.conId, contract.symbol, contract.secType, contract.currency = (
        265598,
        "AAPL",
        "STK",
        "USD",
    )
    contract.exchange = contract.primaryExchange = "NASDAQ"
    contract.localSymbol, contract.tradingClass = "AAPL", "NMS"
    return contract


def limit_order() -> Order:
    order = Order()
    order.orderId, order.clientId, order.permId, order.account = 7, 1, 900_000_001, ACCOUNT
    order.action, order.orderType, order.totalQuantity, order.lmtPrice, order.tif = (
        "BUY",
        "LMT",
        Decimal(100),
        180.25,
        "DAY",
    )
    order.usePriceMgmtAlgo = False
    return order


def ticks(send: Send) -> None:
    """The four market-data messages, once each."""
    send(
        "tickPrice",
        reqId=1001,
        tickType=1,
        price=230.25,
        size=Decimal(500),
        attrib=TickAttrib(canAutoExecute=True),
    )
    send("tickSize", reqId=1001, tickType=0, size=Decimal(700))
    send("tickString", reqId=1001, tickType=45, value="1795194000")
    send("tickGeneric", reqId=1001, tickType=49, value=0.0)


def others(send: Send) -> None:
    """Positions, depth, account values, bars and what is told of an order, a few each."""
    contract, bar, order = stock(), BarData(), limit_order()
    bar.date, bar.open, bar.high, bar.low, bar.close = "1795194000", 230.0, 230.5, 229.75, 230.25
    bar.volume, bar.wap, bar.barCount = Decimal(12345), Decimal("230.1"), 321
    state, execution, report = OrderState(), Execution(), CommissionAndFeesReport()
    state.status = "Submitted"
    execution.execId, execution.time, execution.acctNumber, execution.exchange = (
        "0001.01",
        "20261120 10:00:00 US/Eastern",
        ACCOUNT,
        "NASDAQ",
    )
    execution.side, execution.shares, execution.price, execution.permId, execution.orderId = (
        "BOT",
        Decimal(100),
        180.25,
        900_000_001,
        7,
    )
    report.execId, report.commissionAndFees, report.currency = "0001.01", 1.0, "USD"
    for _ in range(2):
        send("position", account=ACCOUNT, contract=contract, position=Decimal(100), avgCost=180.25)
        send(
            "updateAccountValue",
            key="NetLiquidation",
            val="1000000.00",
            currency="USD",
            accountName=ACCOUNT,
        )
    for row in range(4):
        send(
            "updateMktDepth",
            reqId=1002,
            position=row,
            operation=1,
            side=1,
            price=230.25,
            size=Decimal(300),
        )
    send("realtimeBar", reqId=1003, time=1795194000, open_=230.0, high=230.5, low=229.75, close=230.25, volume=Decimal(900),
         wap=Decimal("230.1"), count=12)  # fmt: skip
    send("historicalDataUpdate", reqId=1004, bar=bar)
    send("openOrder", orderId=7, contract=contract, order=order, orderState=state)
    send("orderStatus", orderId=7, status="Submitted", filled=Decimal(0), remaining=Decimal(100), avgFillPrice=0.0, permId=900_000_001,
         parentId=0, lastFillPrice=0.0, clientId=1, whyHeld="", mktCapPrice=0.0)  # fmt: skip
    send("execDetails", reqId=-1, contract=contract, execution=execution)
    send("commissionAndFeesReport", commissionAndFeesReport=report)


def frames_of(version: int, *scenes: Callable[[Send], None]) -> list[bytes]:
    made: list[bytes] = []

    def send(name: str, **values: Any) -> None:
        made.append(codec_for(version).encode_message(name, **values))

    for scene in scenes:
        scene(send)
    return made


def sentinel(version: int) -> bytes:
    return codec_for(version).encode_message("currentTime", time=SENTINEL)


def burst(version: int, frames: int) -> bytes:
    """As many market-data frames, and the sentinel."""
    made = frames_of(version, ticks)
    return b"".join(made) * (frames // len(made)) + sentinel(version)


def day(version: int, frames: int) -> list[bytes]:
    """As many market-data frames of a hundred subscriptions, whose values change."""
    encode = codec_for(version).encode_message
    attrib = TickAttrib(canAutoExecute=True)
    made = []
    for n in range(0, frames, 4):
        req_id, size = 1 + n % 100, Decimal(n % 997)
        price = 100 + n % 977 / 100
        made += [
            encode("tickPrice", reqId=req_id, tickType=1, price=price, size=size, attrib=attrib),
            encode("tickSize", reqId=req_id, tickType=8, size=size),
            encode("tickString", reqId=req_id, tickType=45, value=str(1_795_194_000 + n)),
            encode("tickGeneric", reqId=req_id, tickType=49, value=0.0),
        ]
    return made[:frames]


def stamped(version: int) -> tuple[bytes, bytes]:
    """What comes before and after the 18 bytes of a tickString's value."""
    place = "0" * 18
    made = codec_for(version).encode_message("tickString", reqId=1001, tickType=45, value=place)
    head, tail = made.split(place.encode())
    return head, tail


def mixed(version: int, frames: int) -> bytes:
    """As many frames, half of them market data, and the sentinel."""
    made = frames_of(version, ticks, ticks, ticks, ticks, others)
    return b"".join(made) * (frames // len(made)) + sentinel(version)


def scanner(version: int, size: int) -> bytes:
    """One scannerParameters with as many bytes of XML, and the sentinel."""
    row = "<Instrument><name>US Stocks</name><type>STK</type></Instrument>\n"
    return codec_for(version).encode_message(
        "scannerParameters", xml=row * (size // len(row))
    ) + sentinel(version)


def greeting(version: int) -> bytes:
    """What TWS says after startApi."""
    codec = codec_for(version)
    return codec.encode_message("managedAccounts", accountsList=ACCOUNT) + codec.encode_message(
        "nextValidId", orderId=1
    )

"""Messages, objects and arguments that several tests use."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ibapi_port._client.requests import Requests
from ibapi_port.common import BarData, TickAttrib, WshEventData
from ibapi_port.contract import ComboLeg, Contract, ContractDetails
from ibapi_port.execution import ExecutionFilter
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.order_condition import PriceCondition, TimeCondition
from ibapi_port.order_state import OrderState
from ibapi_port.scanner import ScannerSubscription
from ibapi_port.tag_value import TagValue
from ibapi_port.ticktype import TickTypeEnum

from .scripted import message, raw

VERSIONS = (100, 151, 187, 200)


def stock(symbol: str = "AAPL") -> Contract:
    contract = Contract()
    contract.conId, contract.symbol, contract.secType = 265598, symbol, "STK"
    contract.exchange, contract.currency, contract.localSymbol, contract.tradingClass = (
        "SMART",
        "USD",
        symbol,
        "NMS",
    )
    return contract


def plain_order() -> Order:
    """An order that every server version can carry."""
    order = Order()
    order.action, order.orderType, order.totalQuantity, order.lmtPrice, order.cashQty = (
        "BUY",
        "LMT",
        Decimal(5),
        1.25,
        0,
    )
    return order


def full_order() -> Order:
    """An order of which openOrder has all the parts whose length varies."""
    order = plain_order()
    order.orderId, order.clientId, order.permId, order.usePriceMgmtAlgo = 12, 7, 99, False
    order.algoStrategy, order.algoParams = (
        "Vwap",
        [TagValue("maxPctVol", "0.1"), TagValue("noTakeLiq", "1")],
    )
    order.smartComboRoutingParams = [TagValue("NonGuaranteed", "1")]
    price, time = PriceCondition(), TimeCondition()
    price.isMore = time.isMore = True
    price.conId, price.exchange, price.price, price.triggerMethod = 265598, "SMART", 120.5, 0
    time.time = "20261120 16:00:00 US/Eastern"
    order.conditions = [price, time]
    return order


def combo() -> Contract:
    contract = stock()
    contract.secType = "BAG"
    legs = [ComboLeg(), ComboLeg()]
    for n, leg in enumerate(legs):
        leg.conId, leg.ratio, leg.action, leg.exchange = 100 + n, 1, "BUY", "SMART"
    contract.comboLegs = legs
    return contract


def details() -> ContractDetails:
    made = ContractDetails()
    made.contract = stock()
    made.longName, made.minTick, made.validExchanges = "APPLE INC", 0.01, "SMART,NYSE"
    made.secIdList = [TagValue("ISIN", "US0378331005"), TagValue("CUSIP", "037833100")]
    return made


def bars(count: int) -> list[BarData]:
    made = []
    for n in range(count):
        bar = BarData()
        bar.date, bar.open, bar.close, bar.volume, bar.wap, bar.barCount = (
            f"2026112{n}",
            1.5,
            2.5,
            Decimal(n),
            Decimal("2.25"),
            n,
        )
        made.append(bar)
    return made


def price(
    version: int, request: int = 1, value: float = 1.5, tick: int = TickTypeEnum.HIGH
) -> bytes:
    """A tickPrice frame; of HIGH it makes one callback only."""
    return message(
        version,
        "tickPrice",
        reqId=request,
        tickType=tick,
        price=value,
        size=Decimal(3),
        attrib=TickAttrib(),
    )


def quote(version: int, request: int = 1, value: float = 1.5) -> bytes:
    """A tickPrice frame that makes two callbacks."""
    return price(version, request, value, TickTypeEnum.BID)


def size(version: int, request: int = 1, value: int = 3) -> bytes:
    return message(
        version, "tickSize", reqId=request, tickType=TickTypeEnum.VOLUME, size=Decimal(value)
    )


def next_id(version: int, number: int = 1) -> bytes:
    return message(version, "nextValidId", orderId=number)


def notice(version: int, code: int, text: str, request: int = -1) -> bytes:
    return message(version, "error", reqId=request, errorCode=code, errorString=text)


def order_status(version: int) -> bytes:
    return message(
        version, "orderStatus", orderId=12, status="Filled", filled=Decimal(5), remaining=Decimal(0), avgFillPrice=1.25, permId=99,
        parentId=0, lastFillPrice=1.25, clientId=7, whyHeld="", mktCapPrice=0.0,
    )  # fmt: skip


def open_order(version: int) -> bytes:
    return message(
        version,
        "openOrder",
        orderId=12,
        contract=combo(),
        order=full_order(),
        orderState=OrderState(),
    )


def contract_details(version: int) -> bytes:
    return message(version, "contractDetails", reqId=3, contractDetails=details())


BY_NAME: dict[str, Callable[[int], bytes]] = {
    "tickPrice": price,
    "orderStatus": order_status,
    "openOrder": open_order,
    "contractDetails": contract_details,
}


def session(version: int) -> list[bytes]:
    """A session of various frames: small and large, good and bad, of one callback and of several."""
    return [
        message(version, "managedAccounts", accountsList="DU1,DU2"),
        next_id(version, 41),
        notice(version, 2104, "Market data farm connection is OK:usfarm"),
        quote(version, 5, 120.25),
        size(version, 5),
        raw(46, 6, 5, 45, "gr\u00fc\u00dfe"),  # tickString in UTF-8
        contract_details(version),
        message(version, "historicalData", reqId=6, startDateStr="s", endDateStr="e", bars=bars(9)),
        raw(7777, 1),  # unknown
        open_order(version),
        raw(1, 6, "x"),  # bad
        order_status(version),
        message(version, "scannerParameters", xml="<x>" + "y" * 3000 + "</x>"),
    ]


SESSION_CALLBACKS = [
    "managedAccounts", "nextValidId", "error", "tickPrice", "tickSize", "tickSize", "tickString", "contractDetails",
    *["historicalData"] * 9, "historicalDataEnd", "error", "openOrder", "error", "orderStatus", "scannerParameters",
]  # fmt: skip


def session_callbacks(version: int) -> list[str]:
    """The callbacks of `session`: from server version 196 on the end of the bars comes in a frame
    of its own.
    """
    return [name for name in SESSION_CALLBACKS if version < 196 or name != "historicalDataEnd"]


# --- requests ---

OBJECTS: dict[str, Callable[[], Any]] = {
    "contract": stock,
    "order": plain_order,
    "orderCancel": OrderCancel,
    "execFilter": ExecutionFilter,
    "subscription": ScannerSubscription,
    "wshEventData": WshEventData,
}
BY_TYPE: dict[str, Any] = {"bool": True, "str": "x", "float": 1.5}
ID_NAMES = ("reqId", "orderId", "tickerId")
OWN_ID = 4711

REQUEST_NAMES = sorted(
    name for name, f in vars(Requests).items() if inspect.isfunction(f) and name[0] != "_"
)


def parameters(name: str) -> list[inspect.Parameter]:
    """The parameters of a request, but for those that only older programs give, by keyword."""
    return [
        p
        for p in inspect.signature(getattr(Requests, name)).parameters.values()
        if p.name != "self" and p.kind is not p.KEYWORD_ONLY
    ]


def argument(parameter: inspect.Parameter) -> Any:
    """A sensible argument."""
    if parameter.name in ID_NAMES:
        return OWN_ID
    if parameter.name in OBJECTS:
        return OBJECTS[parameter.name]()
    if "TagValueList" in parameter.annotation:
        return []
    return BY_TYPE.get(parameter.annotation, 1)


def arguments(name: str) -> list[Any]:
    """Sensible arguments for a request."""
    return [argument(parameter) for parameter in parameters(name)]


def has_request_id(name: str) -> int:
    """The id that an error of the request goes to."""
    return OWN_ID if any(parameter.name in ID_NAMES for parameter in parameters(name)) else -1

"""An order as openOrder shows it: with what TWS has filled in."""

from __future__ import annotations

import copy
from datetime import timedelta

from ...const import UNSET_DOUBLE, UNSET_INTEGER
from ...order import Order
from ..times import ZONE_NAME, local
from .live import MANUAL, LiveOrder
from .order_types import order_type

_OCA_TYPE = 3  # IB's "reduce without block"
_NONE = "None"
_SHAREHOLDER = "Not an insider or substantial shareholder"
_STOP_ABOVE = 1.0  # how far over the limit of an order that has no stop TWS puts trailStopPrice
_MIN_COMPETE, _OFFSET = 100, 0.02
_GTC_DAYS = 90  # until TWS cancels an order that is good till cancelled
_UNTIL_FILLED = ("IOC",)


def shown_order(live: LiveOrder, defaults: bool, now: float) -> Order:
    """Return the order as clients may see it; with `defaults` also with what TWS fills in."""
    order = copy.copy(live.order)
    if live.hidden:
        order.orderId = MANUAL
    if not defaults:
        order.usePriceMgmtAlgo = order.usePriceMgmtAlgo or False
        return order
    order.ocaType = order.ocaType or _OCA_TYPE
    order.trailStopPrice = _stop_shown(live)
    order.usePriceMgmtAlgo = _uses_price_management(live)
    order.filledQuantity = live.filled
    order.deltaNeutralOrderType = order.deltaNeutralOrderType or _NONE
    order.adjustedOrderType = order.adjustedOrderType or _NONE
    order.clearingIntent = order.clearingIntent or "IB"
    order.shareholder = order.shareholder or _SHAREHOLDER
    order.dontUseAutoPriceForHedge = True
    order.volatilityType = 0 if order.volatilityType == UNSET_INTEGER else order.volatilityType
    if order.referencePriceType == UNSET_INTEGER:
        order.referencePriceType = 0
    if live.parent is not None:
        order.parentPermId = live.parent.order.permId
    if order.tif in _UNTIL_FILLED and live.instrument.sec_type == "STK":
        order.outsideRth = True
    if order.tif == "GTC" and not order.autoCancelDate:
        order.autoCancelDate = _auto_cancel(now)
    if order.trailingPercent not in (UNSET_DOUBLE, 0.0):
        order.auxPrice = UNSET_DOUBLE
    if order.orderType == "PEG BENCH":
        order.auxPrice = order.startingPrice
    if _competes(live):
        order.minCompeteSize = _MIN_COMPETE
        order.competeAgainstBestOffset = _OFFSET
    return order


def _stop_shown(live: LiveOrder) -> float:
    order, shape = live.order, order_type(live.order.orderType)
    if shape.trails:
        return order.trailStopPrice
    if shape.stop:
        return order.auxPrice
    if order.lmtPrice in (0.0, UNSET_DOUBLE) or (live.instrument.legs and live.modified):
        return UNSET_DOUBLE
    return round(order.lmtPrice + _STOP_ABOVE, 10)


def _uses_price_management(live: LiveOrder) -> bool:
    kind, said = live.order.orderType, live.order.usePriceMgmtAlgo
    if said is not None:
        return bool(said)
    return not live.instrument.legs and (kind == "LMT" or kind.startswith("PEG"))


def _competes(live: LiveOrder) -> bool:
    if live.instrument.sec_type != "STK":
        return False
    order = live.order
    first_of_trail = order.orderType in ("TRAIL MIT", "TRAIL LIT") and not live.times_shown
    return order.whatIf or order.orderType.startswith("PEG") or first_of_trail


def _auto_cancel(now: float) -> str:
    return f"{local(now) + timedelta(days=_GTC_DAYS):%Y%m%d} 23:59:59 {ZONE_NAME}"

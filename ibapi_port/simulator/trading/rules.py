"""Whether TWS would take an order, and what it says if not."""

from __future__ import annotations

from decimal import Decimal

from ...const import UNSET_DECIMAL, UNSET_DOUBLE
from ...order import Order
from ..market.instruments import Instrument
from ..peer import Invalid, Refusal
from .exchange import ORDER_TYPES

TIFS = ("", "DAY", "GTC", "IOC", "FOK")
IMMEDIATE = ("IOC", "FOK")  # filled at once or cancelled


def exact(price: float) -> Decimal | None:
    """The price in decimal as the client wrote it; None if it is not set."""
    return None if price == UNSET_DOUBLE else Decimal(repr(price))


def limit_of(order: Order) -> Decimal | None:
    return exact(order.lmtPrice) if order.orderType in ("LMT", "STP LMT") else None


def stop_of(order: Order) -> Decimal | None:
    return exact(order.auxPrice) if order.orderType in ("STP", "STP LMT") else None


def check(order: Order, instrument: Instrument, account: str) -> None:
    """Nothing if the order is good; Invalid or Refusal if not."""
    if order.action not in ("BUY", "SELL"):
        raise Invalid("Invalid order action was entered")
    if order.orderType not in ORDER_TYPES:
        raise Invalid("Invalid order type was entered")
    if order.tif not in TIFS:
        raise Invalid("Invalid time in force was entered")
    if order.account not in ("", account):
        raise Invalid(f"Invalid account code '{order.account}'.")
    _check_size(order, instrument)
    for wanted, price, name in (("LMT", limit_of(order), "limit"), ("STP", stop_of(order), "stop")):
        if wanted in order.orderType:
            _check_price(price, name, instrument)


def _check_size(order: Order, instrument: Instrument) -> None:
    size = order.totalQuantity
    if size == UNSET_DECIMAL or size == 0:
        raise Refusal(434, "The order size cannot be zero.")
    if not size.is_finite() or size < 0:
        raise Invalid("Order size must be positive")
    if size % instrument.size_increment:
        raise Refusal(10250, f"The size does not conform to the minimum variation of {instrument.size_increment} for this contract")


def _check_price(price: Decimal | None, name: str, instrument: Instrument) -> None:
    if price is None or price == 0:
        raise Refusal(201, f"Order rejected - reason:You must specify a {name} price.")
    if not price.is_finite() or price < 0 or price % instrument.min_tick:
        raise Refusal(110, "The price does not conform to the minimum price variation for this contract.")

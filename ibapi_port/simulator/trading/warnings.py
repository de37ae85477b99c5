"""What TWS has to say about orders that it takes all the same."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ...order import Order
from ..market.instruments import Instrument

Warning_ = tuple[int, str]  # error code, text
_IDEALPRO = {"EUR": 20000, "GBP": 20000, "JPY": 2500000}  # the least that is traded among banks
_IDEALPRO_LEAST = 25000
_NO_OUTSIDE = ("MKT", "MOC", "LOC")
_THOUSAND = Decimal(1000)
LOCATING = (
    404,
    "Shares for this order are not immediately available for short sale. The order will be held while we attempt to locate the shares.",
)


def warnings(order: Order, instrument: Instrument) -> Iterator[Warning_]:
    """For an order on its way out."""
    if order.outsideRth and order.orderType in _NO_OUTSIDE and not instrument.is_pair:
        yield (
            2109,
            'Order Event Warning:Attribute "Outside Regular Trading Hours" is ignored based on the order type and destination. '
            "PlaceOrder is now being processed.",
        )
    least = _IDEALPRO.get(instrument.symbol, _IDEALPRO_LEAST)
    if instrument.is_pair and order.totalQuantity < least:
        size = order.totalQuantity
        text = f"{size / _THOUSAND:f}K" if size and not size % _THOUSAND else f"{size:f}"
        yield (
            399,
            f"Order Message:\n{order.action} {text} {instrument.local_symbol} Forex\n"
            f"Warning: Your order size is below the {instrument.symbol} {least} IdealPro minimum and will be routed as an odd lot order.",
        )


def waiting_for_hours(order: Order, instrument: Instrument, opening: str) -> Warning_:
    """`opening` as "20260413 09:30:00 US/Eastern"."""
    return (
        399,
        f"Order Message:\n{order.action} {order.totalQuantity:f} {instrument.symbol} {instrument.venue}.{instrument.trading_class}\n"
        f"Warning: Your order will not be placed at the exchange until {opening[:4]}-{opening[4:6]}-{opening[6:]}.",
    )

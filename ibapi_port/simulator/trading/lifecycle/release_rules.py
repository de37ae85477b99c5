"""When an order that TWS has taken may go to the exchange, what TWS warns of, and when it ends by
itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from ....order import Order
from ...market.instruments import Instrument
from ...market.listings.hours import Hours, Phase
from ...times import order_time, stamp
from ..live import LiveOrder
from ..order_types import AUCTION_TYPES
from ..overnight import next_night, night_end
from ..validation.conditions import Conditions

Warning_ = tuple[int, str]  # error code, text
_IDEALPRO = {"EUR": 20000, "GBP": 20000, "JPY": 2500000}  # the least that is traded among banks
_IDEALPRO_LEAST = 25000
_NO_OUTSIDE = ("MKT", "MOC", "LOC")
_NO_OUTSIDE_REAL = (*_NO_OUTSIDE, "STP", "TRAIL")
_WITH_HOURS = ("STK", "OPT", "CFD", "WAR")  # kinds with regular hours and others
_PRE_SUBMITTED = ("PEG BENCH", "TRAIL MIT", "TRAIL LIT")  # types that never become Submitted
_THOUSAND = Decimal(1000)
LOCATING = (
    404,
    "Shares for this order are not immediately available for short sale. "
    "The order will be held while we attempt to locate the shares.",
)


def ignores_outside(order: Order, instrument: Instrument) -> bool:
    """Return whether TWS takes outsideRth away, as orders of this type wait for regular hours."""
    return (
        order.outsideRth
        and order.orderType in _NO_OUTSIDE_REAL
        and instrument.sec_type in _WITH_HOURS
    )


def stays_pre_submitted(order: Order) -> bool:
    """Return whether an order of this type is PreSubmitted even while it works."""
    return order.orderType in _PRE_SUBMITTED


def warnings(
    order: Order, instrument: Instrument, market_outside: bool = True
) -> Iterator[Warning_]:
    """Return what TWS warns of when it sends an order out. `market_outside`: market orders may
    work outside of regular hours.
    """
    if (not market_outside and ignores_outside(order, instrument)) or (
        order.outsideRth and order.orderType in _NO_OUTSIDE and not instrument.is_pair
    ):
        yield (
            2109,
            'Order Event Warning:Attribute "Outside Regular Trading Hours" is ignored based on '
            "the order type and destination. "
            "PlaceOrder is now being processed.",
        )
    least = _IDEALPRO.get(instrument.symbol, _IDEALPRO_LEAST)
    if instrument.is_pair and order.totalQuantity < least:
        size = order.totalQuantity
        text = f"{size / _THOUSAND:f}K" if size and not size % _THOUSAND else f"{size:f}"
        yield (
            399,
            f"Order Message:\n{order.action} {text} {instrument.local_symbol} Forex\n"
            f"Warning: Your order size is below the {instrument.symbol} {least} IdealPro minimum "
            "and will be routed as an odd lot order.",
        )


def waiting_for_hours(order: Order, instrument: Instrument, opening: str) -> Warning_:
    """Return the warning that an order waits until `opening`, such as "20260413 09:30:00
    US/Eastern".
    """
    return (
        399,
        f"Order Message:\n{order.action} {order.totalQuantity:f} {_listing(instrument)}\n"
        "Warning: your order will not be placed at the exchange until "
        f"{opening[:4]}-{opening[4:6]}-{opening[6:]}",
    )


def _listing(instrument: Instrument) -> str:
    """Return how TWS names an instrument: "AAPL NASDAQ.NMS", "SPY ARCA", "QQQ,SPY Combo"."""
    if instrument.legs:
        return f"{instrument.symbol} Combo"
    own_class = instrument.trading_class == instrument.symbol
    return f"{instrument.symbol} {instrument.venue}" + (
        "" if own_class else f".{instrument.trading_class}"
    )


_ANY_HOURS = ("GTX",)
_DAY = ("DAY", "DTC", "AUC", "OVERNIGHT + DAY")


@dataclass(frozen=True)
class Hold:
    """Why an order is held. `until`: seconds since 1970 when it is worth looking again; infinity:
    something has to happen first. `warning`: for the client.
    """

    until: float = math.inf
    warning: Warning_ | None = None


class ReleaseRules:
    """Decides by the clock, the market's hours and the shares to borrow when an order may go to the
    exchange.
    """

    def __init__(
        self,
        hours: Hours,
        conditions: Conditions,
        hard_to_borrow: str,
        now: Callable[[], float],
        market_outside: bool = True,
    ) -> None:
        self._market_outside = market_outside
        self.hard_to_borrow = dict.fromkeys(
            name for name in (each.strip() for each in hard_to_borrow.split(",")) if name
        )
        self._hours = hours
        self._conditions = conditions
        self._now = now

    def hold_of(self, live: LiveOrder) -> Hold | None:
        """Return the hold, or None if the order may be sent to the exchange."""
        now = self._now()
        if live.waits_for_parent:
            market = self._of_market(live)
            return Hold(warning=market.warning if market is not None else None)
        if (
            live.order.goodAfterTime
            and (after := order_time(live.order.goodAfterTime, now)) is not None
            and after > now
        ):
            return Hold(after)
        if (
            live.order.conditions
            and not live.order.conditionsCancelOrder
            and not live.conditions_met
        ):
            return Hold()
        return self._of_market(live) or self._of_shares(live)

    def _of_market(self, live: LiveOrder) -> Hold | None:
        now, outside = self._now(), self._outside(live)
        phase = self._hours.phase(live.instrument, now)
        if phase is Phase.REGULAR or (phase is Phase.OUTSIDE and outside):
            return None
        opening = self._hours.next_open(live.instrument, now, outside)
        if live.order.includeOvernight and live.instrument.sec_type == "STK":
            night = next_night(now)
            if night <= now:
                return None
            opening = min(opening, night)
        return Hold(opening, waiting_for_hours(live.order, live.instrument, stamp(opening)))

    def _of_shares(self, live: LiveOrder) -> Hold | None:
        """Return the hold of a short sale that waits for shares to be borrowed, or None."""
        instrument = live.instrument
        if (
            live.buys
            or instrument.sec_type != "STK"
            or instrument.symbol not in self.hard_to_borrow
        ):
            return None
        short = any(share.account.held(instrument) < share.quantity for share in live.shares)
        return Hold(warning=LOCATING) if short else None

    def _outside(self, live: LiveOrder) -> bool:
        return bool(live.instrument.legs) or self.works_outside_hours(live.order)

    def works_outside_hours(self, order: Order) -> bool:
        """Return whether the order works outside of regular hours."""
        return (
            order.outsideRth and order.orderType not in AUCTION_TYPES
        ) or order.tif in _ANY_HOURS

    def watches_conditions(self, live: LiveOrder) -> bool:
        """Return whether conditions are looked at now."""
        return (
            live.order.conditionsIgnoreRth
            or self._hours.phase(live.instrument, self._now()) is Phase.REGULAR
        )

    def next_change(self, live: LiveOrder) -> float:
        """Return when the market's hours may put it on hold."""
        now = self._now()
        change = self._hours.next_change(live.instrument, now)
        if live.order.includeOvernight:
            change = min(change, night_end(now))
        return change

    def session_close(self, live: LiveOrder) -> float:
        """Return the end of the session in which the order works."""
        return self._hours.session_close(live.instrument, self._now(), self._outside(live))

    def end_of(self, live: LiveOrder) -> float:
        """Return when the order ends by itself; infinity if never. For auction orders it is when
        they trade.
        """
        order, now = live.order, self._now()
        if order.tif == "OPG":
            return self._hours.next_open(live.instrument, now, False)
        if order.goodTillDate and order.tif in ("GTD", "", "DAY"):
            end = order_time(order.goodTillDate, now, end_of_day=True)
            if end is not None:
                return end
        if order.tif in _DAY:
            return self.session_close(live)
        return math.inf


def is_for_auction(live: LiveOrder) -> bool:
    """Return whether the order trades only when the market opens or closes."""
    return live.order.orderType in AUCTION_TYPES or live.order.tif == "OPG"

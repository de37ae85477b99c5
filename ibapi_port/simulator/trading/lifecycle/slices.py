"""Algorithms that work an order in slices: how much of it they have sent by a moment.

- Twap: in equal parts from its start to its end; Vwap: more near the open and the close.
- AD: a component each so many seconds (timeBetweenOrders).
- PctVol and its kin: a share of what the market has traded since; maxPctVol caps the others so.

The slices of an order trade at its own terms. Other algorithms work it as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, Decimal, InvalidOperation

from ....order import Order
from ...account.money import ZERO
from ...market.quotes.market import Market, Quote
from ...net.timers import Timers
from ...times import order_time
from ..live import LiveOrder
from ..matching.exchange import Exchange
from ..matching.ticket import Ticket

SLICE = 30.0  # seconds from a slice of Twap and Vwap to the next
_BY_TIME = ("Twap", "Vwap")
_IN_COMPONENTS = "AD"
_SHARES = ("pctVol", "startPctVol", "maxPctVol")
_USUAL_COMPONENT, _USUAL_PAUSE = Decimal(100), 60.0
_TRUE = ("1", "true", "True")
_BUSY = 0.9  # of the volume's curve: how much more is traded at the ends of a session than evenly
_IMMEDIATE = ("IOC", "FOK")
_DAY = 86400.0  # of an order that ends by itself never: it is worked within a day


def is_sliced(order: Order) -> bool:
    """Return whether an order's algorithm sends it in slices."""
    if order.tif in _IMMEDIATE:
        return False
    values = _values(order)
    return order.algoStrategy in (*_BY_TIME, _IN_COMPONENTS) or any(values.get(n) for n in _SHARES)


class Slices:
    """The slices of one order. `began`: when it came to the exchange first, and `volume` what had
    traded by then.
    """

    def __init__(
        self, live: LiveOrder, now: Callable[[], float], end: float, volume: Decimal
    ) -> None:
        order = live.order
        values = _values(order)
        self._now = now
        self._live = live
        self._algorithm = order.algoStrategy
        self._volume = volume  # of the day, when it was last looked at
        self._traded = ZERO
        self._before = live.filled
        self._share = _number(next((values[n] for n in _SHARES if values.get(n)), ""), ZERO)
        start = _moment(values, ("startTime", "activeTimeStart"), now())
        self.start = max(now(), start if start is not None else 0.0)
        last = _moment(values, ("endTime", "activeTimeEnd"), now())
        # whether what is left then is cancelled; the order's own end needs nothing
        self.cancels = last is not None and values.get("allowPastEndTime") not in _TRUE
        limit = last if last is not None else end
        self.end = self.start + _DAY if math.isinf(limit) else max(limit, self.start + 1)
        self._component = max(_number(values.get("componentSize"), _USUAL_COMPONENT), Decimal(1))
        pause = float(_number(values.get("timeBetweenOrders"), Decimal(repr(_USUAL_PAUSE))))
        self.step = max(pause, 1.0) if self._algorithm == _IN_COMPONENTS else SLICE

    def allowance(self, ticket: Ticket, quote: Quote) -> Decimal:
        """Return how much more may fill now."""
        total = self._live.order.totalQuantity
        filled = total - ticket.remaining - self._before
        total -= self._before
        sent = min(self._by_time(total), self._by_volume(total, quote))
        return max(sent - filled, ZERO)

    def next_time(self) -> float | None:
        """Return when the next slice is due; None: the last one has been sent."""
        now = self._now()
        if now >= self.end:
            return None
        if now < self.start:
            return self.start
        passed = math.floor((now - self.start) / self.step + 1e-9) + 1
        return min(self.start + passed * self.step, self.end)

    def _by_time(self, total: Decimal) -> Decimal:
        now = self._now()
        if now < self.start:
            return ZERO
        if self._algorithm == _IN_COMPONENTS:
            return min(total, self._component * (1 + math.floor((now - self.start) / self.step)))
        if self._algorithm not in _BY_TIME or now >= self.end:
            return total
        begun = self.step * (1 + math.floor((now - self.start) / self.step + 1e-9))
        done = min(1.0, begun / (self.end - self.start))
        if self._algorithm == "Vwap":
            done += _BUSY * math.sin(2 * math.pi * done) / (2 * math.pi)
        size = self._live.instrument.size_step(total)
        parts = (total * Decimal(repr(done)) / size).quantize(Decimal(1), ROUND_CEILING)
        return min(total, parts * size)

    def _by_volume(self, total: Decimal, quote: Quote) -> Decimal:
        if not self._share:
            return total
        # each day begins at zero
        more = quote.volume - self._volume
        self._traded += more if more >= 0 else quote.volume
        self._volume = quote.volume
        size = self._live.instrument.size_step(total)
        return self._share * self._traded // size * size


class Slicer:
    """Sends the slices of all orders that are worked so, each at its time."""

    def __init__(
        self,
        market: Market,
        exchange: Exchange,
        timers: Timers,
        end_of_session: Callable[[LiveOrder], float],
        cancel: Callable[[LiveOrder], None],
    ) -> None:
        """`cancel` is called with an order whose algorithm has come to its end unfilled."""
        self._market = market
        self._exchange = exchange
        self._timers = timers
        self._end_of_session = end_of_session
        self._cancel = cancel
        self._slices: dict[int, Slices] = {}  # by permId

    def begin(self, live: LiveOrder) -> None:
        """Limit the ticket of an order that goes to the exchange to what is due, if it is worked in
        slices. One that comes back to the exchange goes on.
        """
        if not is_sliced(live.order):
            return
        slices = self._slices.get(live.order.permId)
        if slices is None:
            now, volume = self._timers.clock.now, self._market.quote(live.instrument).volume
            slices = Slices(live, now, self._end_of_session(live), volume)
            self._slices[live.order.permId] = slices
        ticket = live.ticket
        ticket.allowance = lambda quote: slices.allowance(ticket, quote)
        self._wait(live, ticket, slices)

    def forget(self, live: LiveOrder) -> None:
        """Drop what is known of an order that is done, or was changed: it begins anew."""
        self._slices.pop(live.order.permId, None)

    def _wait(self, live: LiveOrder, ticket: Ticket, slices: Slices) -> None:
        when = slices.next_time()
        if when is not None:
            self._timers.call_at(when, lambda: self._send(live, ticket, slices))

    def _send(self, live: LiveOrder, ticket: Ticket, slices: Slices) -> None:
        if live.done or self._slices.get(live.order.permId) is not slices:
            return
        if live.ticket is not ticket:  # it has come back to the exchange with another
            return
        if slices.next_time() is None and slices.cancels:
            self._cancel(live)
            return
        ticket.resting = False  # a slice is a new order
        self._exchange.look(ticket)
        if not live.done:
            self._wait(live, ticket, slices)


def _values(order: Order) -> Mapping[str, str]:
    return {pair.tag: pair.value for pair in order.algoParams or ()}


def _number(text: str | None, usual: Decimal) -> Decimal:
    try:
        number = Decimal(text) if text else usual
    except InvalidOperation:
        return usual
    return number if number.is_finite() and number > 0 else usual


def _moment(values: Mapping[str, str], names: tuple[str, ...], now: float) -> float | None:
    text = next((values[name] for name in names if values.get(name)), "")
    return order_time(text, now) if text else None

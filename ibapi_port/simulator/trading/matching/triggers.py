"""What sets a held order off: stops, prices touched, trailing stops. Which price counts is IB's
triggerMethod.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ...market.instruments import Instrument
from ...market.quotes.market import Quote

DEFAULT, DOUBLE_BID_ASK, LAST, DOUBLE_LAST, BID_ASK, LAST_OR_BID_ASK, MIDPOINT = 0, 1, 2, 3, 4, 7, 8
METHODS = (DEFAULT, DOUBLE_BID_ASK, LAST, DOUBLE_LAST, BID_ASK, LAST_OR_BID_ASK, MIDPOINT)
_TWICE = (DOUBLE_BID_ASK, DOUBLE_LAST)


_OVER_THE_COUNTER = ("PINK", "OTCBB", "GREY")


def default_method(instrument: Instrument) -> int:
    """Return the method that counts where an order names none: the last price; bid and ask, twice,
    of US options and of stocks that are traded over the counter.
    """
    if not instrument.has_trades:
        return BID_ASK
    thin = (instrument.sec_type == "OPT" and instrument.currency == "USD") or (
        instrument.sec_type == "STK" and instrument.venue in _OVER_THE_COUNTER
    )
    return DOUBLE_BID_ASK if thin else LAST


class Watch:
    """Decides whether the price that a trigger method looks at has got to a level, upward or
    downward.
    """

    def __init__(self, instrument: Instrument, method: int, upward: bool) -> None:
        self._method = method or default_method(instrument)
        self._upward = upward
        self._hits = 0
        self._seen: Quote | None = None  # by a method that needs its price twice

    def prices(self, quote: Quote) -> list[Decimal]:
        """Return the prices that count; on the way up the bid does, on the way down the ask: what
        others would pay or take.
        """
        near = quote.bid if self._upward else quote.ask
        if self._method in (LAST, DOUBLE_LAST):
            return [quote.last]
        if self._method == MIDPOINT:
            return [quote.midpoint]
        return [quote.last, near] if self._method == LAST_OR_BID_ASK else [near]

    def reached(self, quote: Quote, level: Decimal) -> bool:
        """Return whether the price has got to the level; some methods need it twice in a row."""
        if self._method in _TWICE:
            before, self._seen = self._seen, quote
            if before is not None and self._is_of_others(before, quote):
                return False
        prices = self.prices(quote)
        hit = (
            any(price >= level for price in prices)
            if self._upward
            else any(price <= level for price in prices)
        )
        self._hits = self._hits + 1 if hit else 0
        return self._hits >= (2 if self._method in _TWICE else 1)

    def _is_of_others(self, before: Quote, quote: Quote) -> bool:
        """Return whether only prices have come anew that the method does not count: a trade is no
        second bid, and a new bid no second trade.
        """
        trade = (before.last, before.volume) != (quote.last, quote.volume)
        sides = (before.bid, before.ask, before.bid_size, before.ask_size)
        quoted = sides != (quote.bid, quote.ask, quote.bid_size, quote.ask_size)
        return (quoted and not trade) if self._method == DOUBLE_LAST else (trade and not quoted)


class Stop:
    """A trigger at a level: of a stop a price that is worse than now, of an order "if touched" a
    better one.
    """

    def __init__(self, watch: Watch, level: Decimal) -> None:
        self._watch = watch
        self.level = level

    def reached(self, quote: Quote) -> bool:
        """Return whether the stop is set off."""
        return self._watch.reached(quote, self.level)


class Trail:
    """A stop that follows the best price at a distance. `on_move` is called with each new level."""

    def __init__(
        self,
        watch: Watch,
        buys: bool,
        distance: Callable[[Decimal], Decimal],
        level: Decimal | None,
        on_move: Callable[[Decimal], None],
        touched: bool = False,
    ) -> None:
        # An order "if touched" waits for a better price: its level comes down to a falling market
        # and up to a rising one from the other side.
        self._low = buys is not touched
        self._watch = watch
        self._distance = distance
        self._on_move = on_move
        self._level = level

    @property
    def level(self) -> Decimal | None:
        """Return the level, or None if no price has been seen yet."""
        return self._level

    def reached(self, quote: Quote) -> bool:
        """Move the stop after the price, and return whether it is set off."""
        price = (min if self._low else max)(self._watch.prices(quote))
        follows = price + self._distance(price) if self._low else price - self._distance(price)
        if self._level is None or (follows < self._level if self._low else follows > self._level):
            self._level = follows
            self._on_move(follows)
        return self._watch.reached(quote, self._level)


Trigger = Stop | Trail

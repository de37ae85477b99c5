"""Limits up and down: a US stock that trades too far from its price of the last minutes is halted
for a while, as the exchanges do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal

from ..listings.instrument import Instrument
from .quote import Quote

BY_VOLATILITY = 2  # IB's code of such a halt, in tick 49
WINDOW = 300.0  # seconds whose trades make the price that limits are reckoned from
PAUSE = 300.0  # seconds that a halt lasts
_NIGHT = 4 * 3600.0  # what was traded that long ago says nothing of the price
_WHOLE = Decimal(100)


class PriceLimits:
    """Decides which trade is too far away. `resume` is called when a halt's time is over: it is
    given the instrument.
    """

    def __init__(
        self,
        percent: float,
        now: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], object],
        resume: Callable[[Instrument], None],
    ) -> None:
        self._share = Decimal(repr(percent)) / _WHOLE
        self._now = now
        self._call_later = call_later
        self._resume = resume
        self._trades: dict[int, _Trades] = {}  # by contract id

    def limited(self, instrument: Instrument, quote: Quote) -> Quote:
        """Return the quote as it is told: halted, if its last price lies beyond the limits."""
        if quote.halted or instrument.sec_type != "STK" or instrument.currency != "USD":
            return quote
        trades = self._trades.setdefault(instrument.con_id, _Trades())
        if not quote.last or quote.volume == trades.volume:  # nothing was traded
            return quote
        reference = trades.mean(self._now())
        if reference is not None and abs(quote.last - reference) > reference * self._share:
            trades.clear()  # after the halt they begin with the price then
            self._call_later(PAUSE, lambda: self._resume(instrument))
            return quote._replace(halted=BY_VOLATILITY)
        trades.add(self._now(), quote)
        return quote


class _Trades:
    """The last prices of the latest minutes, and their mean."""

    def __init__(self) -> None:
        self._prices: deque[tuple[float, Decimal]] = deque()
        self._sum = Decimal(0)
        self.volume = Decimal(-1)  # the day's, at the latest trade

    def mean(self, now: float) -> Decimal | None:
        """Return the mean of what was traded, the last price if that is longer ago, and None if
        nothing has been traded today.
        """
        if self._prices and self._prices[-1][0] < now - _NIGHT:
            self.clear()
        while len(self._prices) > 1 and self._prices[0][0] < now - WINDOW:
            self._sum -= self._prices.popleft()[1]
        return self._sum / len(self._prices) if self._prices else None

    def add(self, now: float, quote: Quote) -> None:
        """Note a trade."""
        self.volume = quote.volume
        self._prices.append((now, quote.last))
        self._sum += quote.last

    def clear(self) -> None:
        """Forget them all."""
        self._prices.clear()
        self._sum = Decimal(0)
        self.volume = Decimal(-1)

"""Single trades and quotes of the past, and where a past that is not thrown by dice comes from."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ..market.quotes.quote import Quote
from .cells import Cell


class Event(NamedTuple):
    """A trade or a quote that was; prices in ticks, sizes in lots, `size` below 0 where nothing was
    traded.
    """

    time: float
    last: float
    size: float
    bid: float
    ask: float
    bid_size: float
    ask_size: float


class Source(Protocol):
    """The past of an instrument whose data the user has given."""

    first: float  # when its data begin
    end: float  # and when they end
    last_time: float  # of the latest that was quoted

    def cells(
        self, series: int, start: float, end: float, step: int, dividends: bool = False
    ) -> list[Cell]:
        """Return what happened in [start, end), as `Past.cells` does. `dividends`: prices are
        adjusted for them.
        """

    def events(self, start: float, end: float) -> list[Event]:
        """Return every trade and quote of this range."""

    def hear(self, now: float, quote: Quote, size: float) -> None:
        """Take note of what the market tells. `size` of the trade; below 0: none."""

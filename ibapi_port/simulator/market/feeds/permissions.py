"""What market data a user may see, and how much of it at a time."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import Refusal
from ..listings.instrument import Instrument

_SEE = (
    "Requested market data is not subscribed. Check API status by selecting the Account menu "
    "then under Management choose Market Data "
    "Subscription Manager and/or availability of delayed data."
)
COMPETING = "No market data during competing live session"
EVERYTHING = "ALL"


class Permissions:
    """What the user has subscribed to.

    `not_subscribed`: exchanges, kinds (OPT), symbols or local symbols, separated by commas; "ALL"
    for everything. Without a subscription there is delayed data, if the user's settings say so
    (`delayed_data`).
    """

    def __init__(self, not_subscribed: str = "", delayed_data: bool = True) -> None:
        self.without = {name.strip().upper() for name in not_subscribed.split(",") if name.strip()}
        self.delayed_data = delayed_data
        self.competing_session = False  # the user has logged in elsewhere

    def sees(self, instrument: Instrument) -> bool:
        """Return whether the instrument's data is subscribed."""
        names = {
            EVERYTHING,
            instrument.venue,
            instrument.sec_type,
            instrument.symbol.upper(),
            instrument.local_symbol.upper(),
        }
        return not self.without & names

    def is_delayed(self, instrument: Instrument, delayed_wanted: bool) -> bool:
        """Return whether data comes late; who has live data gets it whatever is asked for. Refusal:
        there is none for the user.
        """
        if self.competing_session:
            raise Refusal(10197, COMPETING)
        if self.sees(instrument):
            return False
        if not self.delayed_data:
            raise Refusal(
                10168,
                "Requested market data is not subscribed. Delayed market data is not enabled.",
            )
        if not delayed_wanted:
            raise Refusal(354, f"{_SEE}Delayed market data is available.{about(instrument)}")
        return True

    def require(self, instrument: Instrument) -> None:
        """Check as `is_delayed` does, for what there is in real time only."""
        self.is_delayed(instrument, delayed_wanted=False)


def about(instrument: Instrument) -> str:
    """Return how TWS names the data that lacks: "AAPL NASDAQ.NMS/TOP/ALL"."""
    return f"{instrument.symbol} {instrument.venue}.{instrument.trading_class}/TOP/ALL"


class Lines:
    """A limit of how many instruments can be watched at a time, by all clients together. `refuse`
    makes the error.
    """

    def __init__(self, limit: int, refuse: Callable[[], Refusal]) -> None:
        self._limit = limit
        self._refuse = refuse
        self._taken: dict[int, int] = {}
        self.on_free: list[Callable[[], object]] = []  # called when a line has become free

    def take(self, instrument: Instrument) -> None:
        """Take a line for an instrument. Refusal: there are too many."""
        con_id = instrument.con_id
        if not self.has_room(instrument):
            raise self._refuse()
        self._taken[con_id] = self._taken.get(con_id, 0) + 1

    def has_room(self, instrument: Instrument) -> bool:
        """Return whether there is a line for an instrument."""
        return instrument.con_id in self._taken or len(self._taken) < self._limit

    def release(self, instrument: Instrument) -> None:
        """Give a line back."""
        self._taken[instrument.con_id] -= 1
        if not self._taken[instrument.con_id]:
            del self._taken[instrument.con_id]
            for on_free in self.on_free:
                on_free()

    def __len__(self) -> int:
        return len(self._taken)


def market_data_lines(limit: int) -> Lines:
    """Return the lines of reqMktData and reqRealTimeBars."""
    return Lines(limit, lambda: Refusal(101, "Max number of tickers has been reached."))

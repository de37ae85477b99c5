"""reqHeadTimeStamp and reqHistogramData: since when there are data, and at which prices how much
was traded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...common import HistogramData
from ..errors import Invalid, Refusal
from ..market.instruments import Instruments
from ..market.listings.hours import ALWAYS
from ..market.listings.instrument import Instrument
from ..net.timers import Timers
from ..services import ClientSession, Handler, Service, Values
from ..times import utc_stamp
from .admission import Pending
from .bars import shares
from .past import Past
from .requests import EPOCH, historical_error, read_series
from .series import check
from .spans import DAY, back, open_ranges
from .tape import MIDPOINT, TRADES

_UNITS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
    "year": 365 * DAY,
}
_SHORT = {"S": "second", "D": "day", "W": "week", "M": "month", "Y": "year"}
_LETTERS = {"day": "D", "week": "W", "month": "M", "year": "Y"}
_MOST_MINUTES = 7 * DAY  # of a longer period half-hours are looked at instead


class OverviewService(Service):
    """Answers reqHeadTimeStamp, reqHistogramData and what cancels them."""

    def __init__(self, instruments: Instruments, past: Past, timers: Timers, delay: float) -> None:
        self._instruments = instruments
        self._past = past
        self._now = timers.clock.now
        self._heads = Pending(timers, delay)
        self._histograms = Pending(timers, delay)
        self.tables = (self._heads.table, self._histograms.table)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqHeadTimeStamp": self._head,
            "cancelHeadTimeStamp": self._heads.cancel_handler("reqId"),
            "reqHistogramData": self._histogram,
            "cancelHistogramData": self._histograms.cancel_handler("tickerId"),
        }

    def _head(self, client: ClientSession, values: Values) -> None:
        req_id, series = values["reqId"], read_series(values["whatToShow"])
        instrument = self._instruments.tradable(values["contract"])
        try:
            check(instrument, series)
        except Refusal as e:
            raise (historical_error("No head time stamp") if e.code == 162 else e) from None
        head = self._past.head(instrument)
        text = str(int(head)) if values["formatDate"] == EPOCH else utc_stamp(head)
        self._heads.answer(
            (client, req_id), lambda: client.send("headTimestamp", reqId=req_id, headTimestamp=text)
        )

    def _histogram(self, client: ClientSession, values: Values) -> None:
        req_id = values["tickerId"]
        number, unit = _period(values["timePeriod"])
        instrument = self._instruments.tradable(values["contract"])
        if not (instrument.has_trades or instrument.has_quotes):
            raise Refusal(
                10188, f"Failed to request histogram data:No data of {instrument.local_symbol}"
            )
        self._histograms.answer(
            (client, req_id),
            lambda: client.send(
                "histogramData",
                reqId=req_id,
                items=self._items(instrument, bool(values["useRTH"]), number, unit),
            ),
        )

    def _items(
        self, instrument: Instrument, regular: bool, number: int, unit: str
    ) -> list[HistogramData]:
        """Return the volume by price. Each minute (of a long period: half-hour) counts with all its
        volume at its closing price.
        """
        days, now = self._past.days, self._past.now(instrument)
        if days.mode == ALWAYS or unit not in _LETTERS:
            start = back(days, instrument, regular, now, number * _UNITS[unit], "S")
        else:
            start = back(days, instrument, regular, now, number, _LETTERS[unit])
        grid = 60 if now - start <= _MOST_MINUTES else 1800
        volumes: dict[float, float] = {}
        for since, until in open_ranges(days, instrument, regular, start, now):
            for cell in self._past.cells(
                instrument, TRADES if instrument.has_trades else MIDPOINT, since, until, grid
            ):
                volumes[cell.close] = volumes.get(cell.close, 0) + cell.volume
        return [_item(instrument, price, volumes[price]) for price in sorted(volumes)]


def _item(instrument: Instrument, price: float, lots: float) -> HistogramData:
    item = HistogramData()
    item.price = round(price * float(instrument.min_tick), 10)
    item.size = shares(lots, instrument.lot)
    return item


def _period(text: str) -> tuple[int, str]:
    """Read a period: "3 days", or as durations are: "3 D"."""
    match = re.fullmatch(r"(\d{1,6}) ([a-zA-Z]+)", text.strip())
    unit = "" if match is None else _SHORT.get(match[2], match[2].lower().removesuffix("s"))
    if match is None or unit not in _UNITS or int(match[1]) == 0:
        raise Invalid(f"Time period [{text}] is invalid")
    return int(match[1]), unit

"""The past: bars, ticks, schedules, histograms.

This file is made from _async/history.py by .ci/async_to_sync.py: change that one, then run it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from ...common import (
    BarData,
    HistogramData,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
)
from ...contract import Contract
from .. import converters as made
from ..engine import Row, Rows
from ..rows import HistoricalSchedule
from ..streams import LIMIT, Mode, Subscription
from ..sync_base import SyncBase
from ..updates import KeptBars

T = TypeVar("T")


class History(SyncBase):
    """The past: bars, ticks, schedules, histograms."""

    def reqHistoricalData(
        self,
        contract: Contract,
        endDateTime: str = "",
        durationStr: str = "1 D",
        barSizeSetting: str = "1 hour",
        whatToShow: str = "TRADES",
        useRTH: bool = True,
        formatDate: int = 1,
        *,
        timeout: float | None = None,
    ) -> Rows[BarData]:
        """Return bars, the oldest first. See EClient.reqHistoricalData for the arguments."""
        what: tuple[object, ...] = (
            endDateTime,
            durationStr,
            barSizeSetting,
            whatToShow,
            int(useRTH),
            formatDate,
        )
        convert = made.values(BarData, "historicalData")
        return self._request(
            "reqHistoricalData", contract, *what, False, [], convert=convert, timeout=timeout
        )

    def reqHistoricalDataUpdates(
        self,
        contract: Contract,
        durationStr: str = "1 D",
        barSizeSetting: str = "1 min",
        whatToShow: str = "TRADES",
        useRTH: bool = True,
        formatDate: int = 1,
        *,
        mode: Mode = "latest",
    ) -> Subscription[Rows[BarData]]:
        """Begin bars that are kept up to date: each row is the list of all bars as it then is."""
        kept = KeptBars()
        stream = Subscription(self._engine, kept.apply, mode, LIMIT)
        what: tuple[object, ...] = (durationStr, barSizeSetting, whatToShow, int(useRTH))
        stream.start("reqHistoricalData", contract, "", *what, formatDate, True, [])
        return stream

    def reqHistoricalSchedule(
        self,
        contract: Contract,
        endDateTime: str = "",
        durationStr: str = "1 M",
        useRTH: bool = True,
        *,
        timeout: float | None = None,
    ) -> HistoricalSchedule:
        """Return the trading sessions of a time. Server version 165."""
        what: tuple[object, ...] = (endDateTime, durationStr, "1 day", "SCHEDULE", int(useRTH), 1)
        return self._request(
            "reqHistoricalData", contract, *what, False, [], convert=_schedule, timeout=timeout
        )

    def reqHeadTimeStamp(
        self,
        contract: Contract,
        whatToShow: str = "TRADES",
        useRTH: bool = True,
        *,
        timeout: float | None = None,
    ) -> datetime:
        """Return the time of the oldest data that there is, in UTC."""
        return self._request(
            "reqHeadTimeStamp",
            contract,
            whatToShow,
            int(useRTH),
            2,
            convert=made.moment,
            timeout=timeout,
        )

    def reqHistogramData(
        self,
        contract: Contract,
        useRTH: bool = True,
        timePeriod: str = "3 days",
        *,
        timeout: float | None = None,
    ) -> Rows[HistogramData]:
        """Return how much was traded at each price."""
        return self._request(
            "reqHistogramData",
            contract,
            useRTH,
            timePeriod,
            convert=made.listed(HistogramData),
            timeout=timeout,
        )

    def reqHistoricalTicksLast(
        self,
        contract: Contract,
        startDateTime: str = "",
        endDateTime: str = "",
        numberOfTicks: int = 1000,
        useRth: bool = True,
        *,
        timeout: float | None = None,
    ) -> Rows[HistoricalTickLast]:
        """Return up to 1000 trades from startDateTime on, or up to endDateTime (one of them "")."""
        span = (startDateTime, endDateTime, numberOfTicks)
        what = ("TRADES", useRth, False)
        return self._historicalTicks(HistoricalTickLast, contract, span, what, timeout)

    def reqHistoricalTicksBidAsk(
        self,
        contract: Contract,
        startDateTime: str = "",
        endDateTime: str = "",
        numberOfTicks: int = 1000,
        useRth: bool = True,
        ignoreSize: bool = False,
        *,
        timeout: float | None = None,
    ) -> Rows[HistoricalTickBidAsk]:
        """Return up to 1000 quotes from startDateTime on, or up to endDateTime (one of them "")."""
        span = (startDateTime, endDateTime, numberOfTicks)
        what = ("BID_ASK", useRth, ignoreSize)
        return self._historicalTicks(HistoricalTickBidAsk, contract, span, what, timeout)

    def reqHistoricalTicksMidPoint(
        self,
        contract: Contract,
        startDateTime: str = "",
        endDateTime: str = "",
        numberOfTicks: int = 1000,
        useRth: bool = True,
        *,
        timeout: float | None = None,
    ) -> Rows[HistoricalTick]:
        """Return up to 1000 midpoints from startDateTime on, or up to endDateTime."""
        span = (startDateTime, endDateTime, numberOfTicks)
        what = ("MIDPOINT", useRth, False)
        return self._historicalTicks(HistoricalTick, contract, span, what, timeout)

    def _historicalTicks(
        self,
        kind: type[T],
        contract: Contract,
        span: tuple[str, str, int],
        what: tuple[str, bool, bool],
        timeout: float | None,
    ) -> Rows[T]:
        whatToShow, useRth, ignoreSize = what
        return self._request(
            "reqHistoricalTicks",
            contract,
            *span,
            whatToShow,
            int(useRth),
            ignoreSize,
            [],
            convert=made.ticks(kind),
            timeout=timeout,
        )


def _schedule(rows: list[Row]) -> HistoricalSchedule:
    return HistoricalSchedule(*rows[-1][1])  # type: ignore[arg-type]


__all__ = ["History"]

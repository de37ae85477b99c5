"""Lists that TWS sends once and then keeps up to date: bars, the rows of a scan."""

from __future__ import annotations

from typing import cast

from ..common import BarData
from .engine import Rows
from .rows import ScanRow


class KeptBars:
    """The bars of a reqHistoricalData with keepUpToDate: the last one changes, or one is added."""

    def __init__(self) -> None:
        self._bars: list[BarData] = []
        self._whole = False

    def apply(self, name: str, arguments: tuple[object, ...]) -> tuple[Rows[BarData], ...]:
        """Take a callback in. Return all bars once they are whole, and after each change."""
        if name == "historicalData":
            if self._whole:  # the request was made anew
                self._bars = []
                self._whole = False
            self._bars.append(cast(BarData, arguments[0]))
        elif name == "historicalDataEnd":
            self._whole = True
        elif name == "historicalDataUpdate":
            self._update(cast(BarData, arguments[0]))
        return (Rows(self._bars),) if self._whole else ()

    def _update(self, bar: BarData) -> None:
        for place in range(len(self._bars) - 1, max(len(self._bars) - 3, -1), -1):
            if self._bars[place].date == bar.date:
                self._bars[place] = bar
                return
        self._bars.append(bar)


class KeptScan:
    """The ranks of a scan: TWS sends all of them again when they have changed."""

    def __init__(self) -> None:
        self._rows: Rows[ScanRow] = Rows()

    def apply(self, name: str, arguments: tuple[object, ...]) -> tuple[Rows[ScanRow], ...]:
        """Take a callback in. Return all ranks when a set is whole."""
        if name == "scannerData":
            self._rows.append(ScanRow(*arguments))  # type: ignore[arg-type]
            return ()
        if name != "scannerDataEnd":
            return ()
        rows = self._rows
        self._rows = Rows()
        return (rows,)


__all__ = ["KeptBars", "KeptScan"]

"""IB's whatToShow: which of them a kind of instrument has, and what each is made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import Refusal
from ..market.listings.families import as_date
from ..market.listings.instrument import Instrument
from ..times import local
from .cells import Cell
from .origins import map_cell
from .past import Past
from .requests import historical_error
from .tape import ASK, BID, MIDPOINT, TRADES
from .trees import Curve, Tree

PLAIN = {
    "TRADES": TRADES,
    "ADJUSTED_LAST": TRADES,
    "AGGTRADES": TRADES,
    "MIDPOINT": MIDPOINT,
    "BID": BID,
    "ASK": ASK,
}
PAIRS = {"BID_ASK": ("BID", "ASK"), "YIELD_BID_ASK": ("YIELD_BID", "YIELD_ASK")}
_YIELDS = {"YIELD_BID": BID, "YIELD_ASK": ASK, "YIELD_LAST": TRADES}
_QUOTES = frozenset({"MIDPOINT", "BID", "ASK", "BID_ASK", "SCHEDULE"})
_VOLATILITIES = frozenset({"HISTORICAL_VOLATILITY", "OPTION_IMPLIED_VOLATILITY"})
_RATES = frozenset({"FEE_RATE", "REBATE_RATE"})
_ALLOWED = {
    "STK": _QUOTES | _VOLATILITIES | _RATES | {"TRADES", "ADJUSTED_LAST"},
    "IND": _VOLATILITIES | {"TRADES", "SCHEDULE"},
    "CRYPTO": _QUOTES | {"AGGTRADES"},
    "BOND": _QUOTES | {"TRADES", "YIELD_BID", "YIELD_ASK", "YIELD_BID_ASK", "YIELD_LAST"},
    "FUND": _QUOTES | {"TRADES", "ADJUSTED_LAST"},
}
_DEFAULT = _QUOTES | {"TRADES"}  # futures, options, warrants
_NAMES = {
    "TRADES": "Trades",
    "AGGTRADES": "AggTrades",
    "MIDPOINT": "Midpoint",
    "BID": "Bid",
    "ASK": "Ask",
    "BID_ASK": "Bid_Ask",
}
_FINE = 1e-6  # a tick of volatilities and rates
_RATE, _FEE = 3.75, 0.25  # what REBATE_RATE and FEE_RATE are about, in percent


@dataclass(frozen=True)
class Course:
    """What bars are made of. `cells` as in `Past`; `tick`: what a price of 1 is; `traded`: whether
    there is volume.
    """

    cells: Callable[[float, float, int], list[Cell]]
    tick: float
    traded: bool


def check(instrument: Instrument, series: str) -> None:
    """Check that the instrument has such data. Refusal: it has none."""
    if series == "TRADES" and instrument.sec_type == "CRYPTO":
        raise Refusal(
            10299, "Expected what to show is AGGTRADES, please use that instead of TRADES."
        )
    allowed = _ALLOWED.get(instrument.sec_type, _DEFAULT if instrument.has_trades else _QUOTES)
    if series not in allowed or instrument.sec_type == "NEWS":
        raise no_data(instrument, series)


def no_data(instrument: Instrument, series: str) -> Refusal:
    """Return the error of a request for which there are no data."""
    name = _NAMES.get(series, series.capitalize())
    return historical_error(
        f"HMDS query returned no data: {instrument.local_symbol}@{instrument.venue} {name}"
    )


class Courses:
    """The courses of all instruments."""

    def __init__(self, past: Past, seed: int) -> None:
        self._past = past
        self._seed = seed
        self._trees: dict[tuple[int, str], Tree] = {}

    def course(self, instrument: Instrument, series: str) -> Course:
        """Return one of the single series (those of PAIRS are made of two), which the instrument
        must have.
        """
        tick = float(instrument.min_tick)
        if series == "ADJUSTED_LAST":
            return Course(
                lambda start, end, step: self._past.adjusted(instrument, start, end, step),
                tick,
                True,
            )
        if series in PLAIN:
            line = PLAIN[series]
            return Course(
                lambda start, end, step: self._past.cells(instrument, line, start, end, step),
                tick,
                line == TRADES,
            )
        if series in _YIELDS:
            line = _YIELDS[series]
            return Course(
                lambda start, end, step: self._yields(instrument, line, start, end, step),
                _FINE,
                False,
            )
        tree = self._tree(instrument, series)
        return Course(
            lambda start, end, step: tree.cells(*self._past.clip(instrument, start, end), step),
            _FINE,
            False,
        )

    def _tree(self, instrument: Instrument, series: str) -> Tree:
        """Return the tree of a volatility or rate, which goes its own way around what it usually
        is.
        """
        if self._past.source(instrument) is not None:  # nothing is invented beside what was given
            raise no_data(instrument, series)
        key = instrument.con_id, series
        tree = self._trees.get(key)
        if tree is None:
            name = f"{self._seed}|{instrument.con_id}|{series}"
            curve = Curve(int.from_bytes(name.encode(), "big") % 2**63, 0.3)
            usual = {"FEE_RATE": _FEE, "REBATE_RATE": _RATE}.get(series, instrument.volatility)

            def level(when: float) -> float:
                return usual / _FINE * math.exp(curve(when))

            tree = self._trees[key] = Tree(
                name, instrument, self._past.days, level, 0.5, math.inf, signed=False
            )
        return tree

    def _yields(
        self, instrument: Instrument, line: int, start: float, end: float, step: int
    ) -> list[Cell]:
        tick = float(instrument.min_tick)
        cells = self._past.cells(instrument, line, start, end, step)
        return [
            map_cell(
                cell,
                lambda ticks: round(_yield_of(instrument, ticks * tick, self._past.began) / _FINE),
            )
            for cell in cells
        ]


def _yield_of(instrument: Instrument, price: float, when: float) -> float:
    """Return percent a year to maturity, by the usual rule of thumb; the higher the price, the
    lower.
    """
    coupon = float(instrument.details.get("coupon", 0))
    maturity = str(instrument.details.get("maturity", "")) or "20991231"
    years = max(0.1, (as_date(maturity) - local(when).date()).days / 365)
    return 100 * (coupon + (100 - price) / years) / ((100 + price) / 2)

"""Where prices were on the days before the simulated market began: a curve that can be asked for any time, the same for a seed.

It is a sum of jagged lines. Each has a random height at every multiple of its period, and the slower the line the higher it swings,
with the square root of its period: seen close or from afar it looks like a price.
"""

from __future__ import annotations

import math

from ..market.instrument import YEAR
from ..market.paths import noise

_PERIODS = tuple(4.0**n for n in range(7, 14))  # seconds; 4.6 hours to 2 years
_SWING = 0.7  # of the lines' heights, so that the sum moves about as much as the volatility says


class Curve:
    """The logarithm of a price, but for a constant. `volatility` of a year."""

    def __init__(self, seed: int, volatility: float) -> None:
        self._seed = seed
        self._heights = [_SWING * volatility * math.sqrt(period / YEAR) for period in _PERIODS]
        self._cells = [-1] * len(
            _PERIODS
        )  # where in each line one has looked last: the next look is mostly there again
        self._ends = [(0.0, 0.0)] * len(_PERIODS)

    def __call__(self, when: float) -> float:
        total = 0.0
        for line, period in enumerate(_PERIODS):
            x = when / period
            cell = int(x)
            if self._cells[line] != cell:
                self._cells[line] = cell
                self._ends[line] = noise(self._seed, line, cell), noise(self._seed, line, cell + 1)
            left, right = self._ends[line]
            total += self._heights[line] * (left + (right - left) * (x - cell))
        return total

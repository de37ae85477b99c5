"""Where prices were before the simulated market began: a curve that can be asked for any time, and is always the same for a seed.

It is a sum of jagged lines. Each has a random height at every multiple of its period, and the slower the line the higher it swings,
with the square root of its period: seen close or from afar it looks like a price.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .instrument import YEAR

_PERIODS = tuple(4.0 * 4**n for n in range(13))  # seconds; 4 s to 2 years
_SWING = 0.7  # of the lines' heights, so that the sum moves about as much as the volatility says
_MASK = 2**64 - 1


def noise(seed: int, line: int, cell: int) -> float:
    """A number from -1 to 1 for these three, as if random (a 64-bit mix in the manner of SplitMix)."""
    x = (seed * 0x9E3779B97F4A7C15 + line * 0xD1B54A32D192ED03 + cell * 0x8CB92BA72F3D8DD7) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return float(x ^ (x >> 31)) / 2**63 - 1


def log_path(seed: int, volatility: float, times: Sequence[float]) -> list[float]:
    """The logarithm of the price, but for a constant, at these times (seconds since 1970). `volatility` of a year."""
    total = [0.0] * len(times)
    for line, period in enumerate(_PERIODS):
        height = _SWING * volatility * math.sqrt(period / YEAR)
        cell, base, slope = -1, 0.0, 0.0
        for i, time in enumerate(times):
            x = time / period
            if int(x) != cell:
                cell = int(x)
                left, right = noise(seed, line, cell), noise(seed, line, cell + 1)
                slope = height * (right - left)
                base = height * left - slope * cell
            total[i] += base + slope * x
    return total

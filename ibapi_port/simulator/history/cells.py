"""Stretches of time with what was traded in them, and how one is split into shorter ones that add
up to it.

History is made from the top: a day first, then as many of its hours, minutes and seconds as
somebody asks for. Each part is thrown by dice of its own, which follow from the seed and the part's
place in time, so a part is the same whenever it is looked at and whatever else is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import shake_128
from statistics import NormalDist
from typing import NamedTuple

# seconds; every size of bars within a day is made of one of them
GRIDS = (3600, 1800, 300, 60, 5, 1)
_FACES = 256  # of a die: a byte
_BELL = [NormalDist().inv_cdf((n + 0.5) / _FACES) for n in range(_FACES)]
# how far a price went beyond first and last, in usual steps
EXCESS = [-math.log(1 - (n + 0.5) / _FACES) / 2 for n in range(_FACES)]
# ticks from one stretch's last trade to the next one's first
_GAP = [-1] * 48 + [0] * 160 + [1] * 48
_RANGE = 1.6  # between highest and lowest, in units of the usual way from first to last
_FREE = 4  # trades with which any high and low can be had beside first and last
_WEIGHT = 128  # of a part, beside its die


class Cell(NamedTuple):
    """Prices are in ticks, `volume` in lots; `turnover` is the sum of price times size, 0 where it
    is not known.

    One trade: all prices are the same. Two: high and low are first and last. Three: one of high and
    low is. No cell is without a trade.
    """

    start: float
    end: float
    open: float
    high: float
    low: float
    close: float
    trades: int
    volume: float
    turnover: float = 0.0


def edges(start: float, end: float, grid: int) -> list[float]:
    """Start and end, and between them the multiples of `grid`."""
    first = (int(start) // grid + 1) * grid
    return [start, *range(first, math.ceil(end), grid), end]


def split(
    cell: Cell, marks: list[float], key: bytes, weights: list[float] | None = None
) -> list[Cell]:
    """Return the parts between the marks in which anything was traded. `weights` for parts of
    different activity; else it goes by their length.
    """
    parts = len(marks) - 1
    if parts == 1:
        return [cell]
    _, _, opened, top, bottom, closed, count, volume, _ = cell
    dice = shake_128(key).digest(4 * parts)
    shares = _shares(marks, dice[:parts], weights)
    counts = _distribute(count, shares)
    last = max(n for n in range(parts) if counts[n])
    whole, spread = sum(shares), volume - count
    step = (top - bottom) / (_RANGE * math.sqrt(parts))
    moves = [_BELL[die] * step for die in dice[parts : 2 * parts]]
    drift = (closed - opened - sum(moves)) / parts
    level, share, given, used = float(opened), 0.0, 0, 0.0
    price: float = opened
    made: list[Cell] = []
    for n, number in enumerate(counts):
        level += moves[n] + drift
        share += shares[n]
        if not number:
            continue
        high_die, low_die = dice[2 * parts + n], dice[3 * parts + n]
        begin = opened
        if made:
            begin = price + _GAP[high_die ^ low_die]
            if not bottom <= begin <= top:
                begin = price
        price = closed
        if n != last:
            price = round(level)
            if not bottom <= price <= top:
                price = top if price > top else bottom
        if number == 1:
            if made:
                begin = price
            elif n != last:
                price = begin
        high, low = (begin, price) if begin > price else (price, begin)
        if number >= _FREE:
            high += int(EXCESS[high_die] * step)
            low -= int(EXCESS[low_die] * step)
            if high > top:
                high = top
            if low < bottom:
                low = bottom
        if n != last:
            upto = int(share * spread / whole)
            size = float(number + upto - given)
            given, used = upto, used + size
        else:
            size = volume - used
        made.append(Cell(marks[n], marks[n + 1], begin, high, low, price, number, size))
    _reach(made, cell)
    return made


def _shares(marks: list[float], dice: bytes, weights: list[float] | None) -> list[float]:
    """Return how much of what was traded falls to each part, by its length and by dice."""
    shares: list[float] = [_WEIGHT + die for die in dice]
    if weights is not None:
        return [share * weight for share, weight in zip(shares, weights, strict=True)]
    if marks[1] - marks[0] != marks[-1] - marks[-2] or len(dice) < 3:
        return [share * (marks[n + 1] - marks[n]) for n, share in enumerate(shares)]
    return shares


def _distribute(count: int, shares: Sequence[float]) -> list[int]:
    whole, summed, given, counts = sum(shares), 0.0, 0, []
    for share in shares:
        summed += share
        upto = round(summed * count / whole)
        counts.append(upto - given)
        given = upto
    return counts


def _reach(made: list[Cell], cell: Cell) -> None:
    """Let one part go as high as the whole did, and one as low."""
    free = [n for n, part in enumerate(made) if part.trades >= _FREE]
    taken: tuple[int, str] | None = None
    if cell.high > cell.open and cell.high > cell.close:
        taken = _put(made, cell.high, max(free, key=lambda n: made[n].high, default=-1), None)
    if cell.low < cell.open and cell.low < cell.close:
        _put(made, cell.low, min(free, key=lambda n: made[n].low, default=-1), taken)


def _put(
    made: list[Cell], price: float, best: int, taken: tuple[int, str] | None
) -> tuple[int, str] | None:
    """Return the part `best` or, where each has only few trades, one of them that is not first or
    last of all and not `taken`.
    """
    if best >= 0:
        part = made[best]
        if not part.low <= price <= part.high:
            made[best] = part._replace(high=max(part.high, price), low=min(part.low, price))
        return None
    slots: list[tuple[int, str]] = []
    for n, part in enumerate(made):
        first, last = n == 0, n == len(made) - 1
        if part.trades == 3:
            slots.append((n, "within"))
        if part.trades == 1 and not (first or last):
            slots.append((n, "only"))
        if part.trades > 1 and not first:
            slots.append((n, "open"))
        if part.trades > 1 and not last:
            slots.append((n, "close"))
    slot = next(
        slot
        for slot in sorted(slots, key=lambda slot: _distance(made[slot[0]], price))
        if slot != taken
    )
    n, part = slot[0], made[slot[0]]
    if slot[1] == "within":
        made[n] = part._replace(high=max(part.high, price), low=min(part.low, price))
        return slot
    opened = price if slot[1] in ("open", "only") else part.open
    closed = price if slot[1] in ("close", "only") else part.close
    inner = [part.high, part.low] if taken == (n, "within") else []
    made[n] = part._replace(
        open=opened, close=closed, high=max(opened, closed, *inner), low=min(opened, closed, *inner)
    )
    return slot


def _distance(part: Cell, price: float) -> float:
    return max(part.low - price, price - part.high, 0)


def one_by_one(cell: Cell, key: bytes) -> list[tuple[float, float]]:
    """Return price and lots of each trade of a cell that is not split any further."""
    _, _, opened, top, bottom, closed, count, volume, _ = cell
    if count == 1:
        return [(closed, volume)]
    dice = shake_128(key).digest(2 * count)
    prices = [bottom + round((top - bottom) * die / _FACES) for die in dice[:count]]
    prices[0], prices[-1] = opened, closed
    inner = sorted(range(1, count - 1), key=lambda n: (dice[n], n))
    if top > max(opened, closed):
        prices[inner.pop()] = top
    if bottom < min(opened, closed):
        prices[inner.pop(0)] = bottom
    whole = int(volume) - count
    more = _distribute(max(whole, 0), [1 + die for die in dice[count:]])
    sizes: list[float] = [(1 if whole >= 0 else volume / count) + n for n in more]
    sizes[-1] += volume - sum(sizes)
    return list(zip(prices, sizes, strict=True))

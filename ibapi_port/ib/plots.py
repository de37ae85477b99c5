"""Bars as a chart, with the fills of orders in it (extra ``ibapi_port[plot]``: matplotlib)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timezone
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ibapi_port.ib.plain import plain, rows_of
from ibapi_port.ib.times import Written, moment_of, read_written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot"]

_UP, _DOWN = "#26a69a", "#ef5350"  # of candles; both are seen on white and on black
_BOUGHT, _SOLD = "#00b050", "#ff2020"
_MOST_CANDLES = 400  # of more bars nothing but a line can be seen
_DAY = 86400


class _Bar(NamedTuple):
    time: Written
    open: float
    high: float
    low: float
    close: float
    volume: float  # 0: there is none


class _Fill(NamedTuple):
    time: Written
    bought: bool
    shares: float
    price: float


def plot(bars: object, fills: object = None, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Draw bars as candles, or as a line if they are more than 400, with the volume below.

    Fills are triangles at their price: green and upward for those bought, red and downward for
    those sold; the larger one is the one of more shares. A daily bar has those of its date, in the
    zone of the fill. Fills outside the time of the bars are counted in the legend. Nights and other
    breaks take no room.

    `ax` is where the chart is drawn; without it a figure of pyplot is made. Return the axes with
    the prices; its figure can be shown or saved. Raise ImportError without matplotlib, ValueError
    if there are no bars or a time cannot be read.
    """
    _need_matplotlib()
    from mpl_toolkits.axes_grid1 import make_axes_locatable  # type: ignore[import-untyped]

    read = [_bar(row) for row in rows_of(bars)]
    if not read:
        raise ValueError("bars: there are none to draw")
    told = [_fill(row) for row in rows_of(fills)] if fills is not None else []
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(10, 6))
    _draw_prices(ax, read)
    _draw_fills(ax, read, told)
    ax.set_title(title)
    ax.grid(visible=True, alpha=0.3)
    ax.set_axisbelow(True)
    lowest = ax
    if any(bar.volume for bar in read):
        lowest = make_axes_locatable(ax).append_axes("bottom", size="25%", pad=0.1, sharex=ax)
        _draw_volume(lowest, read)
        ax.tick_params(labelbottom=False)
    _label_times(lowest, read)
    return ax


def _need_matplotlib() -> None:
    """Raise ImportError, which says what to install, if matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "a chart needs matplotlib: pip install 'ibapi_port[plot]' brings it"
        ) from error


def _bar(row: object) -> _Bar:
    """Return a historical or a real-time bar."""
    values = plain(row)
    when = values.get("date", values.get("time"))
    names = ("open" if "open" in values else "open_", "high", "low", "close")
    opened, high, low, closed = (_number(values.get(name), name) for name in names)
    volume = _number(values.get("volume") or 0, "volume")
    return _Bar(_time(when), opened, high, low, closed, max(0.0, volume))


def _fill(row: object) -> _Fill:
    """Return an execution, or a fill that has one."""
    values = plain(row)
    start = "execution." if "execution.price" in values else ""
    side = str(values.get(f"{start}side", "")).upper()
    if side not in ("BOT", "BUY", "SLD", "SELL"):
        raise ValueError(f"side: {side!r} of a fill is neither BOT nor SLD")
    when = values.get("time") or values.get(f"{start}time")
    shares = _number(values.get(f"{start}shares"), "shares")
    price = _number(values.get(f"{start}price"), "price")
    return _Fill(_time(when), side in ("BOT", "BUY"), shares, price)


def _number(value: object, name: str) -> float:
    if isinstance(value, (int, float, Decimal)):
        return float(value)
    raise ValueError(f"{name}: {value!r} is not a number")


def _time(value: object) -> Written:
    if isinstance(value, datetime):
        return Written(value.replace(tzinfo=None), value.tzinfo)
    if isinstance(value, (str, int, float)):
        return read_written(value)
    raise ValueError(f"time: {value!r} is no time")


def _draw_prices(ax: Axes, bars: Sequence[_Bar]) -> None:
    places = range(len(bars))
    if len(bars) > _MOST_CANDLES:
        ax.plot(places, [bar.close for bar in bars], linewidth=1.0)
        return
    colors = _colors(bars)
    ax.vlines(places, [b.low for b in bars], [b.high for b in bars], colors=colors, linewidth=1.0)
    # The edge is what is seen of a bar that closed where it had opened.
    ax.bar(
        places,
        [abs(bar.close - bar.open) for bar in bars],
        0.7,
        [min(bar.open, bar.close) for bar in bars],
        color=colors,
        edgecolor=colors,
        linewidth=1.0,
    )
    low, high = min(bar.low for bar in bars), max(bar.high for bar in bars)
    room = (high - low) * 0.05 or abs(high) * 0.01 or 1.0
    ax.set_ylim(low - room, high + room)  # bars of matplotlib would begin at 0


def _colors(bars: Sequence[_Bar]) -> list[str]:
    return [_UP if bar.close >= bar.open else _DOWN for bar in bars]


def _draw_volume(ax: Axes, bars: Sequence[_Bar]) -> None:
    places = range(len(bars))
    heights = [bar.volume for bar in bars]
    if len(bars) > _MOST_CANDLES:
        ax.fill_between(places, heights, step="mid", alpha=0.5, linewidth=0)
    else:
        ax.bar(places, heights, 0.7, color=_colors(bars), alpha=0.6)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("volume")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.grid(visible=True, alpha=0.3)
    ax.set_axisbelow(True)


def _draw_fills(ax: Axes, bars: Sequence[_Bar], fills: Sequence[_Fill]) -> None:
    times = _BarTimes(bars)
    placed = [(place, fill) for fill in fills if (place := times.place(fill)) is not None]
    largest = max((fill.shares for _, fill in placed), default=0.0) or 1.0
    for bought, label, marker, color in (
        (True, "bought", "^", _BOUGHT),
        (False, "sold", "v", _SOLD),
    ):
        some = [(place, fill) for place, fill in placed if fill.bought is bought]
        if some:
            ax.scatter(
                [place for place, _ in some],
                [fill.price for _, fill in some],
                [40 + 110 * fill.shares / largest for _, fill in some],
                marker=marker,
                color=color,
                edgecolors="white",
                linewidths=1.0,
                label=f"{label} {sum(fill.shares for _, fill in some):,.10g}",
                zorder=3,
            )
    outside = len(fills) - len(placed)
    if outside:
        ax.plot([], [], " ", label=f"outside the bars: {outside}")
    if fills:
        ax.legend(loc="best")
    # a fill may lie beyond the bars, as one of a combination does
    prices = [fill.price for _, fill in placed]
    if prices:
        low, high = ax.get_ylim()
        room = (high - low) * 0.05
        ax.set_ylim(min(low, min(prices) - room), max(high, max(prices) + room))


class _BarTimes:
    """Finds the bar that a fill belongs to."""

    def __init__(self, bars: Sequence[_Bar]) -> None:
        self._daily = bars[0].time.is_date
        self._walls = [_wall_seconds(bar.time) for bar in bars]
        zoned = all(bar.time.zone is not None for bar in bars)
        self._moments = [_seconds(bar.time) for bar in bars] if zoned else None

    def place(self, fill: _Fill) -> int | None:
        """Return the number of the bar; None if the fill is before the first or after the last.

        Times are compared as moments if both name their zone, and as the clock shows them if not.
        """
        if self._moments is not None and fill.time.zone is not None:
            starts, when = self._moments, _seconds(fill.time)
        else:
            starts, when = self._walls, _wall_seconds(fill.time)
        length = _DAY if self._daily else _shortest_step(starts)
        place = bisect_right(starts, when) - 1
        # What comes in a break belongs to the bar before; the last one lasts as long as the others.
        outside = place < 0 or when >= starts[-1] + length
        return None if outside else place


def _shortest_step(starts: Sequence[float]) -> float:
    return min((later - one for one, later in pairwise(starts) if later > one), default=_DAY)


def _wall_seconds(time: Written) -> float:
    return time.wall.replace(tzinfo=timezone.utc).timestamp()


def _seconds(time: Written) -> float:
    return moment_of(time, time.zone or timezone.utc).timestamp()


def _label_times(ax: Axes, bars: Sequence[_Bar]) -> None:
    """Show the time of a bar, where the axis has its number."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    daily = bars[0].time.is_date
    one_day = bars[0].time.wall.date() == bars[-1].time.wall.date()
    years = bars[0].time.wall.year != bars[-1].time.wall.year
    form = ("%b %d\n%Y" if years else "%b %d") if daily else "%H:%M" if one_day else "%H:%M\n%b %d"

    def label(place: float, _: int | None) -> str:
        number = round(place)
        if number != place or not 0 <= number < len(bars):
            return ""
        return bars[number].time.wall.strftime(form)

    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(label))
    ax.set_xlim(-0.8, len(bars) - 0.2)
    zone = bars[0].time.zone
    if one_day:
        ax.set_xlabel(f"{bars[0].time.wall:%Y-%m-%d}" + (f" ({zone})" if zone else ""))
    elif zone is not None:
        ax.set_xlabel(str(zone))

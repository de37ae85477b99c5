"""Bars as a chart, with the fills of orders in it (extra ``ibapi_port[plot]``: matplotlib)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from decimal import Decimal
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
    those sold; the larger one is the one of more shares. Nights and other breaks take no room. Fills
    outside the time of the bars are counted in the legend.

    `ax` is where the chart is drawn; without it a figure of pyplot is made. Return the axes with
    the prices; its figure can be shown or saved. Raise ImportError without matplotlib, ValueError if
    there are no bars or a time cannot be read.
    """
    _need_matplotlib()
    from mpl_toolkits.axes_grid1 import make_axes_locatable

    read = [_bar(row) for row in rows_of(bars)]
    if not read:
        raise ValueError("bars: there are none to draw")
    told = [_fill(row) for row in rows_of(fills)] if fills is not None else []
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(10, 6), layout="constrained")
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
    prices = [_number(values.get(name), name) for name in names]
    volume = values.get("volume")
    return _Bar(_time(when), *prices, max(0.0, _number(volume or 0, "volume")))


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
    placed = [(place, fill) for fill in fills if (place := _place(fill, bars)) is not None]
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


def _place(fill: _Fill, bars: Sequence[_Bar]) -> int | None:
    """Return the number of the bar that a fill belongs to; None if it is outside of all."""
    starts = _seconds([bar.time for bar in bars], fill.time)
    (when,) = _seconds([fill.time], bars[0].time)
    if bars[0].time.is_date:
        when -= when % _DAY  # a daily bar lasts as long as its day
    place = bisect_right(starts, when) - 1
    length = min((b - a for a, b in zip(starts, starts[1:], strict=False) if b > a), default=_DAY)
    inside = place >= 0 and when < starts[place] + length
    # a bar lasts until the next one, as do those of a future before the evening session
    return place if inside or 0 <= place < len(starts) - 1 else None


def _seconds(times: Iterable[Written], other: Written) -> list[float]:
    """Return times in seconds: as moments if those and the other one name their zones, as the clock
    shows them if not.
    """
    listed = list(times)
    if other.zone is None or any(one.zone is None for one in listed):
        return [one.wall.replace(tzinfo=timezone.utc).timestamp() for one in listed]
    return [moment_of(one, one.zone or timezone.utc).timestamp() for one in listed]


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

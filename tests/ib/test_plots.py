"""Charts; skipped where matplotlib is not installed."""

from __future__ import annotations

import builtins
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from ibapi_port.common import BarData, RealTimeBar
from ibapi_port.execution import Execution
from ibapi_port.ib.plots import plot

matplotlib = pytest.importorskip(
    "matplotlib", reason="matplotlib, of the extra ibapi_port[plot], is missing"
)
matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402


@dataclass(frozen=True)
class Fill:
    execution: Execution
    time: datetime


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    pyplot.close("all")


def bars(times: list[str], volume: int = 100) -> list[BarData]:
    return [
        BarData(date=time, open=10.0, high=12.0, low=9.0, close=11.0, volume=Decimal(volume))
        for time in times
    ]


INTRADAY = [
    f"202611{day} {hour}:00:00 US/Eastern" for day in (19, 20) for hour in (13, 14, 15)
]  # fmt: skip
DAILY = ["20261118", "20261119", "20261120"]


def fill(time: str, side: str = "BOT", price: float = 10.5, shares: int = 5) -> Execution:
    return Execution(time=time, side=side, price=price, shares=Decimal(shares))


def markers(ax: object) -> list[tuple[float, float]]:
    """Return where the fills are drawn."""
    return [
        (float(x), float(y))
        for drawn in ax.collections  # type: ignore[attr-defined]
        if type(drawn).__name__ == "PathCollection"
        for x, y in drawn.get_offsets()
    ]


def labels(ax: object) -> list[str]:
    legend = ax.get_legend()  # type: ignore[attr-defined]
    return [text.get_text() for text in legend.get_texts()]


def test_nights_take_no_room() -> None:
    ax = plot(bars(INTRADAY), title="AAPL")
    assert ax.get_title() == "AAPL"
    assert [round(candle.get_x() + 0.35, 6) for candle in ax.patches] == [0, 1, 2, 3, 4, 5]
    assert ax.get_xlim() == pytest.approx((-0.8, 5.8))


def test_volume_stands_below_and_shows_the_time() -> None:
    ax = plot(bars(INTRADAY))
    prices, volume = ax.figure.axes
    assert prices is ax
    assert [one.get_height() for one in volume.patches] == [100.0] * 6
    label = volume.xaxis.get_major_formatter()
    assert label(3, 0) == "13:00\nNov 20"
    assert label(9, 0) == label(-1, 0) == label(1.5, 0) == ""
    assert volume.get_xlabel() in ("US/Eastern", "America/New_York")


def test_bars_without_volume_have_no_second_axes() -> None:
    assert len(plot(bars(DAILY, volume=-1)).figure.axes) == 1


def test_many_bars_are_a_line() -> None:
    ax = plot(bars([str(1795208400 + 60 * number) for number in range(401)]))
    assert len(ax.lines) == 1
    assert not ax.patches


@pytest.mark.parametrize(
    ("time", "place"),
    [
        ("20261119 13:00:00 US/Eastern", 0),
        ("20261119-18:59:59", 0),
        ("20261119 14:30:00 US/Eastern", 1),
        ("20261119 19:00:00 US/Eastern", 2),  # in the break
        ("20261120 15:59:59 US/Eastern", 5),
        ("20261120  15:59:59", 5),  # by the clock, where it names no zone
        ("20261120 16:00:00 US/Eastern", None),
        ("20261119 12:59:59 US/Eastern", None),
    ],
)
def test_the_bar_of_a_fill(time: str, place: int | None) -> None:
    ax = plot(bars(INTRADAY), [fill(time)])
    assert markers(ax) == ([] if place is None else [(place, 10.5)])
    assert labels(ax) == (["outside the bars: 1"] if place is None else ["bought 5"])


@pytest.mark.parametrize(
    ("time", "place"),
    [
        ("20261119 15:59:00 US/Eastern", 1),
        ("20261120 23:59:59 US/Eastern", 2),
        ("20261121 00:00:00 US/Eastern", None),
    ],
)
def test_the_daily_bar_of_a_fill(time: str, place: int | None) -> None:
    ax = plot(bars(DAILY), [fill(time)])
    assert markers(ax) == ([] if place is None else [(place, 10.5)])


def test_bought_and_sold() -> None:
    at = INTRADAY[1]
    rows = [fill(at, shares=5), fill(at, "SLD", 30.0, 10), fill(at, "SLD", 11.0, 2)]
    ax = plot(bars(INTRADAY), rows)
    assert labels(ax) == ["bought 5", "sold 12"]
    sizes = [float(size) for drawn in ax.collections[1:] for size in drawn.get_sizes()]
    assert sizes == [95.0, 150.0, 62.0]
    assert ax.get_ylim()[1] > 30.0  # each of them is seen


def test_fills_with_their_contract_and_real_time_bars() -> None:
    start = 1795208400
    rows = [RealTimeBar(start + 5 * n, -1, 10.0, 12.0, 9.0, 11.0) for n in range(3)]
    when = datetime.fromtimestamp(start + 7, timezone.utc)
    assert markers(plot(rows, [Fill(fill(""), when)])) == [(1.0, 10.5)]
    assert markers(plot(rows, [Fill(fill("20261120 16:00:07 EST"), when)])) == [(1.0, 10.5)]


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_it_draws_without_a_screen(style: str) -> None:
    with pyplot.style.context(style):
        figure, axes = pyplot.subplots(1, 2)
        assert plot(bars(DAILY), [fill("20261119-12:00:00")], ax=axes[0]) is axes[0]
        plot(bars(INTRADAY[:3]), ax=axes[1])
        picture = io.BytesIO()
        figure.savefig(picture)
    assert picture.getvalue().startswith(b"\x89PNG")


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="bars: there are none"):
        plot([])
    with pytest.raises(ValueError, match="side: 'X'"):
        plot(bars(DAILY), [fill("20261119-12:00:00", "X")])
    with pytest.raises(ValueError, match="time: 'soon'"):
        plot(bars(DAILY), [fill("soon")])
    with pytest.raises(ValueError, match="shares: None"):
        plot(bars(DAILY), [Execution(time="20261119-12:00:00", side="BOT")])


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., object] = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "matplotlib":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'ibapi_port\[plot\]'"):
        plot(bars(DAILY))

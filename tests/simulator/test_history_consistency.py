"""Whatever is asked for, it is the same course: properties that hold for any time, size and seed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ibapi_port.common import BarData
from ibapi_port.contract import Contract
from ibapi_port.simulator.history.cells import GRIDS, Cell, edges, one_by_one, split
from ibapi_port.simulator.market.quotes.market import Quote
from ibapi_port.simulator.times import parse, stamp

from .helpers import NOON, Desk, FakePeer, bar_values, pair, stock

CALM = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
SIZES = {
    "5 secs": 5, "10 secs": 10, "15 secs": 15, "30 secs": 30, "1 min": 60, "2 mins": 120, "3 mins": 180, "5 mins": 300, "10 mins": 600,
    "15 mins": 900, "20 mins": 1200, "30 mins": 1800, "1 hour": 3600, "2 hours": 7200, "3 hours": 10800, "4 hours": 14400, "8 hours": 28800,
}  # fmt: skip


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    """Any cell that there can be: few trades allow few prices."""
    trades = draw(st.one_of(st.integers(1, 8), st.integers(1, 50_000)))
    opened, closed = draw(st.integers(50, 60)), draw(st.integers(50, 60))
    if trades == 1:
        closed = opened
    above = draw(st.integers(0, 30)) if trades > 2 else 0
    below = draw(st.integers(0, 30)) if trades > 3 or (trades == 3 and not above) else 0
    start = draw(st.integers(0, 10**6)) + draw(st.sampled_from([0.0, 0.25]))
    end = start + draw(st.integers(2, 90_000))
    volume = trades + draw(st.integers(0, 10**6))
    return Cell(
        start,
        end,
        opened,
        max(opened, closed) + above,
        min(opened, closed) - below,
        closed,
        trades,
        volume,
    )


def well_made(cell: Cell) -> bool:
    first_and_last = {cell.open, cell.close}
    return (
        cell.low <= min(first_and_last) <= max(first_and_last) <= cell.high
        and 1 <= cell.trades <= cell.volume
        and (cell.trades > 1 or cell.low == cell.high)
        and (cell.trades > 2 or {cell.low, cell.high} == first_and_last)
        and (cell.trades > 3 or cell.low in first_and_last or cell.high in first_and_last)
    )


@CALM
@given(cell=cells(), grid=st.sampled_from(GRIDS[1:4]), key=st.binary(max_size=8))
def test_parts_add_up_to_the_whole(cell: Cell, grid: int, key: bytes) -> None:
    parts = split(cell, edges(cell.start, cell.end, grid), key)
    assert all(well_made(part) for part in parts)
    assert all(before.end <= after.start for before, after in itertools.pairwise(parts))
    assert (parts[0].open, parts[-1].close) == (cell.open, cell.close)
    assert (max(part.high for part in parts), min(part.low for part in parts)) == (
        cell.high,
        cell.low,
    )
    assert (sum(part.trades for part in parts), sum(part.volume for part in parts)) == (
        cell.trades,
        cell.volume,
    )


@CALM
@given(cell=cells().filter(lambda cell: cell.trades < 500), key=st.binary(max_size=8))
def test_trades_make_the_cell(cell: Cell, key: bytes) -> None:
    trades = one_by_one(cell, key)
    prices = [price for price, _ in trades]
    assert (prices[0], max(prices), min(prices), prices[-1], len(prices)) == cell[2:7]
    assert sum(size for _, size in trades) == cell.volume
    assert all(size >= 1 for _, size in trades)


@pytest.fixture(scope="module")
def only_apple(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data file with one instrument, so that days of quotes pass quickly."""
    source = resources.files("ibapi_port.simulator.market").joinpath("data/instruments.json")
    data = json.loads(source.read_text(encoding="utf-8"))
    data["instruments"] = [entry for entry in data["instruments"] if entry["con_id"] == AAPL]
    data["futures"] = data["options"] = []
    path = tmp_path_factory.mktemp("history") / "apple.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def ask(peer: FakePeer, **changes: Any) -> list[BarData]:
    peer.ask("reqHistoricalData", reqId=1, **bar_values(formatDate=2, **changes))
    bars: list[BarData] = peer.last("historicalData")["bars"]
    return bars


def made_of(parts: Sequence[BarData]) -> tuple[Any, ...]:
    """The prices and sums of a bar that consists of these; as in IB's, a bar without trades only
    repeats the price before.
    """
    traded = [part for part in parts if part.barCount] or parts[-1:]
    volume, count = sum(part.volume for part in parts), sum(part.barCount for part in parts)
    return (
        traded[0].open,
        max(part.high for part in traded),
        min(part.low for part in traded),
        traded[-1].close,
        volume,
        count,
    )


def of(bar: BarData) -> tuple[Any, ...]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume, bar.barCount


def check_sizes_agree(
    peer: FakePeer, longer: str, shorter: str, end: str, contract: Contract, regular: int, what: str
) -> None:
    duration = f"{SIZES[longer] * 2} S"
    common: dict[str, Any] = {
        "durationStr": duration,
        "endDateTime": end,
        "contract": contract,
        "useRTH": regular,
        "whatToShow": what,
    }
    long_bars, short_bars = (
        ask(peer, barSizeSetting=longer, **common),
        ask(peer, barSizeSetting=shorter, **common),
    )
    starts = [int(bar.date) for bar in long_bars]
    compared = 0
    for bar, start, after in zip(long_bars, starts, [*starts[1:], 10**12], strict=True):
        parts = [part for part in short_bars if start <= int(part.date) < after]
        if (
            not parts or int(parts[0].date) != start
        ):  # the request for the shorter ones begins later
            continue
        if what == "TRADES":
            assert made_of(parts) == of(bar)
        else:
            assert (
                parts[0].open,
                max(p.high for p in parts),
                min(p.low for p in parts),
                parts[-1].close,
            ) == of(bar)[:4]
        compared += 1
    assert compared


AAPL = 265598
PEERS = {
    mode: Desk(market_hours=mode).client() for mode in ("always", "exchange")
}  # the past does not change


@CALM
@given(
    sizes=st.sampled_from(
        [
            (a, b)
            for a, b in itertools.permutations(SIZES, 2)
            if SIZES[a] % SIZES[b] == 0 and SIZES[a] <= 600 * SIZES[b]
        ]
    ),
    back=st.integers(0, 100 * 86400),
    mode=st.sampled_from(["always", "exchange"]),
    regular=st.integers(0, 1),
    what=st.sampled_from(["TRADES", "MIDPOINT", "BID", "ASK"]),
    contract=st.sampled_from([stock(), stock("TSLA"), pair()]),
)
def test_longer_bars_are_made_of_shorter_ones(
    sizes: tuple[str, str], back: int, mode: str, regular: int, what: str, contract: Contract
) -> None:
    what = what if contract.secType == "STK" else "MIDPOINT"
    check_sizes_agree(PEERS[mode], *sizes, stamp(NOON - back), contract, regular, what)


@pytest.mark.parametrize("mode", ["always", "exchange"])
@pytest.mark.parametrize("regular", [0, 1])
def test_days_are_made_of_hours_weeks_of_days_and_months_too(mode: str, regular: int) -> None:
    peer = Desk(market_hours=mode).client()
    common: dict[str, Any] = {"useRTH": regular, "endDateTime": "20260401 00:00:00 US/Eastern"}
    days = ask(
        peer, durationStr="1 M" if mode == "exchange" else "31 D", barSizeSetting="1 day", **common
    )
    month = ask(peer, durationStr="1 M", barSizeSetting="1 month", **common)[-1]
    assert month.date == "20260331"
    assert made_of([day for day in days if day.date[:6] == "202603"]) == of(month)
    week = ask(peer, durationStr="1 W", barSizeSetting="1W", **common)[-1]
    assert made_of([day for day in days if day.date >= "20260330"]) == of(week)
    hours = ask(peer, durationStr="2 D", barSizeSetting="1 hour", **common)
    last = [hour for hour in hours if stamp(int(hour.date))[:8] == "20260331"]
    assert made_of(last) == of(days[-1])


def grouped(seen: list[tuple[float, Quote]], seconds: int) -> dict[int, list[Quote]]:
    """Quotes by the number of the bar that they are in."""
    return {
        number: [quote for _, quote in group]
        for number, group in itertools.groupby(seen, lambda each: int(each[0] // seconds))
    }


@pytest.mark.parametrize("tick_interval", [0.7, 7.0])
def test_what_is_quoted_is_what_history_shows(tick_interval: float, only_apple: str) -> None:
    """From taped quotes of all ages: single ones, bars of five seconds, minutes."""
    desk = Desk(tick_interval=tick_interval, instruments=only_apple)
    peer, seen = desk.client(), []
    desk.world.market.listen(
        lambda instrument, quote: (
            seen.append((desk.clock.time, quote)) if instrument.con_id == AAPL else None
        )
    )
    desk.advance(3 * 3600)
    now = desk.clock.time
    for size in ("5 secs", "1 min", "5 mins", "30 mins", "1 hour"):
        seconds = SIZES[size]
        bars = ask(peer, barSizeSetting=size, durationStr=f"{min(10800, 600 * seconds)} S")
        within = grouped(seen, seconds)
        for bar in bars:
            quotes = within.get(int(bar.date) // seconds, [])
            if not quotes:
                assert bar.barCount == 0
                continue
            prices = [float(quote.last) for quote in quotes]
            assert (bar.open, bar.high, bar.low, bar.close) == (
                prices[0],
                max(prices),
                min(prices),
                prices[-1],
            )
            assert (bar.barCount, bar.volume) == (
                len(quotes),
                sum(quote.last_size for quote in quotes),
            )
    within = grouped(seen, 60)
    for what in ("BID", "ASK", "MIDPOINT"):
        bars = ask(peer, barSizeSetting="1 min", durationStr="3600 S", whatToShow=what)
        for bar in bars:
            quotes = within[int(bar.date) // 60]
            quotes = [
                *within.get(int(bar.date) // 60 - 1, [])[-1:],
                *quotes,
            ]  # the one that stood when the bar began
            prices = [
                float(quote.midpoint if what == "MIDPOINT" else getattr(quote, what.lower()))
                for quote in quotes
            ]
            assert (bar.open, bar.high, bar.low, bar.close) == pytest.approx(
                (prices[0], max(prices), min(prices), prices[-1]), abs=1e-9
            )
    assert bars[-1].close == float(desk.quote("AAPL").midpoint)
    assert desk.clock.time == now


def test_taped_bars_add_up_however_old_they_are(only_apple: str) -> None:
    desk = Desk(tick_interval=1.0, instruments=only_apple)
    peer = desk.client()
    desk.advance(30 * 3600)
    for longer, shorter in (
        ("1 hour", "5 mins"),
        ("30 mins", "1 min"),
        ("5 mins", "5 secs"),
        ("1 min", "5 secs"),
    ):
        for back in (0, 3600, 20 * 3600, 28 * 3600):
            check_sizes_agree(
                peer, longer, shorter, stamp(NOON + 29 * 3600 - back), stock(), 1, "TRADES"
            )
    (day,) = ask(peer, barSizeSetting="1 day", durationStr="1 D")
    hours = ask(peer, barSizeSetting="1 hour", durationStr="1 D")
    assert made_of([hour for hour in hours if stamp(int(hour.date))[:8] == "20260415"]) == of(day)
    assert day.close == float(desk.quote("AAPL").last)


def test_the_past_goes_over_into_the_quotes() -> None:
    desk = Desk()
    peer = desk.client()
    before = ask(peer, barSizeSetting="1 min", durationStr="600 S")
    assert before[-1].close == float(desk.quote("AAPL").last) == 230.0
    desk.advance(90)
    after = ask(peer, barSizeSetting="1 min", durationStr="660 S")
    assert [of(bar) for bar in after[:-2]] == [of(bar) for bar in before[-len(after) + 2 :]]


@pytest.mark.parametrize("mode", ["always", "exchange"])
def test_no_seed_no_history(mode: str) -> None:
    """The same seed, the same history; another one, another."""
    asked: dict[str, Any] = {"barSizeSetting": "15 mins", "durationStr": "3 D"}
    once, again, other = (
        ask(Desk(seed=seed, market_hours=mode).client(), **asked) for seed in (1, 1, 2)
    )
    assert [of(bar) for bar in once] == [of(bar) for bar in again] != [of(bar) for bar in other]


def test_a_bar_that_was_kept_up_to_date_is_the_one_that_is_asked_for_later() -> None:
    desk = Desk(tick_interval=0.5)
    peer, other = desk.client(1), desk.client(2)
    peer.ask(
        "reqHistoricalData",
        reqId=1,
        **bar_values(formatDate=2, keepUpToDate=True, barSizeSetting="1 min", durationStr="600 S"),
    )
    desk.advance(600.25)
    updates = {values["bar"].date: values["bar"] for values in peer.all("historicalDataUpdate")}
    bars = {bar.date: bar for bar in ask(other, barSizeSetting="1 min", durationStr="540 S")}
    assert len(bars) == 9
    assert [(of(bar), bar.wap) for bar in bars.values()] == [
        (of(updates[date]), updates[date].wap) for date in bars
    ]


@pytest.mark.parametrize("what", ["TRADES", "MIDPOINT"])
def test_real_time_bars_are_the_ones_that_are_asked_for_later(what: str) -> None:
    desk = Desk(tick_interval=0.5)
    peer = desk.client()
    peer.ask(
        "reqRealTimeBars",
        reqId=7,
        contract=stock(),
        barSize=5,
        whatToShow=what,
        useRTH=False,
        realTimeBarsOptions=[],
    )
    desk.advance(61.25)
    live = {
        bar["time"]: tuple(bar[name] for name in ("open_", "high", "low", "close", "volume", "wap"))
        for bar in peer.all("realtimeBar")
    }
    bars = ask(peer, barSizeSetting="5 secs", durationStr="55 S", whatToShow=what)
    assert len(live) == 12
    for bar in bars[:-1]:
        told = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.wap)
        assert told == live[int(bar.date)]


def ticks(peer: FakePeer, what: str = "TRADES", **changes: Any) -> list[Any]:
    values: dict[str, Any] = {
        "contract": stock(), "startDateTime": "", "endDateTime": "", "numberOfTicks": 1000, "whatToShow": what, "useRth": 1,
        "ignoreSize": False, "miscOptions": [],
    }  # fmt: skip
    (answer,) = peer.ask("reqHistoricalTicks", reqId=2, **{**values, **changes})
    assert answer[1]["done"] is True
    found: list[Any] = answer[1]["ticks"]
    return found


@settings(CALM, max_examples=8)
@given(back=st.integers(120, 100 * 86400), mode=st.sampled_from(["always", "exchange"]))
def test_ticks_make_the_bars(back: int, mode: str) -> None:
    peer = PEERS[mode]
    found = ticks(peer, endDateTime=stamp(NOON - back))
    assert len(found) >= 1000
    assert (
        len({tick.time for tick in found[: len(found) - 999]}) == 1
    )  # only the first second is told whole
    start, end = found[0].time, found[-1].time
    bars = ask(peer, barSizeSetting="1 secs", durationStr="300 S", endDateTime=stamp(end + 1))
    compared = 0
    for bar in bars:
        trades = [tick for tick in found if tick.time == int(bar.date)]
        if int(bar.date) < start or not bar.barCount:
            continue
        prices = [tick.price for tick in trades]
        assert (prices[0], max(prices), min(prices), prices[-1], len(prices)) == (
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            bar.barCount,
        )
        assert sum((tick.size for tick in trades), Decimal(0)) == bar.volume
        compared += 1
    assert compared


def test_ticks_that_were_quoted() -> None:
    desk, seen = Desk(tick_interval=1.0), []
    peer = desk.client()
    desk.world.market.listen(
        lambda instrument, quote: (
            seen.append((int(desk.clock.time), quote)) if instrument.con_id == AAPL else None
        )
    )
    desk.advance(120)
    trades = ticks(peer, startDateTime=stamp(NOON))
    assert [(tick.time, tick.price, tick.size) for tick in trades] == [
        (when, float(quote.last), quote.last_size) for when, quote in seen
    ]
    quotes = ticks(peer, "BID_ASK", startDateTime=stamp(NOON))
    told = [
        (tick.time, tick.priceBid, tick.priceAsk, tick.sizeBid, tick.sizeAsk) for tick in quotes
    ]
    assert told[0][0] < NOON  # the quote that was in force then
    assert told[1:] == [
        (when, float(quote.bid), float(quote.ask), quote.bid_size, quote.ask_size)
        for when, quote in seen
    ]
    middles = ticks(peer, "MIDPOINT", startDateTime=stamp(NOON))
    assert {tick.size for tick in middles} == {0}
    assert [tick.price for tick in middles] == pytest.approx(
        [float(quote.midpoint) for _, quote in seen], abs=1e-9
    )


def test_ticks_forward_and_backward_are_the_same() -> None:
    peer = PEERS["exchange"]
    forward = ticks(peer, startDateTime="20260410 15:50:00 US/Eastern", numberOfTicks=900)
    last = forward[-1].time
    backward = ticks(peer, endDateTime=stamp(last + 1), numberOfTicks=len(forward))
    key = [(tick.time, tick.price, tick.size) for tick in forward]
    assert [(tick.time, tick.price, tick.size) for tick in backward][-len(key) :] == key
    close = parse("20260410 16:00:00 US/Eastern")
    assert close is not None
    over = ticks(peer, startDateTime="20260410 15:59:00 US/Eastern")
    times = [tick.time for tick in over]
    assert times == sorted(times)
    assert not any(close <= time < close + 2 * 86400 for time in times)  # a weekend
    assert times[-1] > close

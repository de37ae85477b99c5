"""What a backtest on the simulated TWS costs: events a second, with clients that hear of each.

    python tests/benchmarks/own_data.py

- "year": a year of daily bars of 10 symbols, all of them watched;
- "day": a day of 1-minute bars of one symbol, watched, with real-time bars;
- "ticks": 100,000 quotes and as many trades of one symbol in a day;
each once with `advance`, and the first two as fast as possible.
"""

from __future__ import annotations

import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulator.helpers import RawClient, stock

from ibapi_port.simulator import SimulatedTws

SYMBOLS = ("AAPL", "MSFT", "IBM", "SPY", "GOOG", "TSLA", "AMZN", "NVDA", "QQQ", "INTC")
OPENING = datetime(2026, 1, 5, 9, 30)


def bar(dice: random.Random, opened: float) -> tuple[float, str]:
    """Return the close of a bar, and its columns."""
    close = round(opened * (1 + dice.gauss(0, 0.002)), 2)
    high, low = max(opened, close) + 0.05, min(opened, close) - 0.05
    return close, f"{opened:.2f},{high:.2f},{low:.2f},{close:.2f},100000"


def year(folder: Path) -> dict[str, str]:
    dice, rows, price = random.Random(1), [], dict.fromkeys(SYMBOLS, 100.0)
    day = date(2025, 1, 2)
    while day.year == 2025:
        for symbol in SYMBOLS:
            price[symbol], text = bar(dice, price[symbol])
            rows.append(f"{symbol},{day:%Y%m%d},{text}")
        day += timedelta(days=1)
    path = folder / "year.csv"
    path.write_text("symbol,date,open,high,low,close,volume\n" + "\n".join(rows), encoding="utf-8")
    return {"history": str(path)}


def minutes(folder: Path) -> dict[str, str]:
    dice, rows, price = random.Random(1), [], 100.0
    for n in range(390):
        price, text = bar(dice, price)
        rows.append(f"{OPENING + timedelta(minutes=n):%Y%m%d %H:%M:%S},{text}")
    path = folder / "AAPL.csv"
    path.write_text("date,open,high,low,close,volume\n" + "\n".join(rows), encoding="utf-8")
    return {"history": str(path)}


def ticks(folder: Path) -> dict[str, str]:
    dice, start = random.Random(1), OPENING.timestamp()
    times = sorted(start + 23_000 * dice.random() for _ in range(100_000))
    stamps = [f"{datetime.fromtimestamp(when):%Y-%m-%d %H:%M:%S.%f}" for when in times]
    quotes, trades = folder / "quotes.csv", folder / "trades.csv"
    prices = [100 + dice.gauss(0, 0.2) for _ in stamps]
    quotes.write_text(
        "time,bid,ask\n"
        + "\n".join(f"{s},{p:.2f},{p + 0.02:.2f}" for s, p in zip(stamps, prices, strict=True)),
        encoding="utf-8",
    )
    trades.write_text(
        "time,price,size\n"
        + "\n".join(f"{s},{p + 0.01:.2f},100" for s, p in zip(stamps, prices, strict=True)),
        encoding="utf-8",
    )
    return {"quotes": f"AAPL={quotes}", "trades": f"AAPL={trades}"}


@contextlib.contextmanager
def watched(symbols: tuple[str, ...], **options: Any) -> Iterator[tuple[SimulatedTws, RawClient]]:
    with SimulatedTws(out_limit=1 << 30, **options) as tws, RawClient(tws.address) as client:
        client.start()
        for number, symbol in enumerate(symbols):
            client.ask("reqMktData", number, stock(symbol), "", False, False, [])
        if len(symbols) == 1:
            client.ask("reqRealTimeBars", 99, stock(symbols[0]), 5, "TRADES", True, [])
        tws.settle()
        yield tws, client


def measure(name: str, files: dict[str, str], symbols: tuple[str, ...], seconds: float) -> None:
    with watched(symbols, virtual=True, **files) as (tws, client):
        client.sock.setblocking(False)
        began = time.perf_counter()
        end = tws.do("state")["clock"]["now"] + seconds
        while tws.do("state")["clock"]["now"] < end:
            tws.advance(seconds / 20)
            with contextlib.suppress(BlockingIOError):
                while client.sock.recv(1 << 20):
                    pass
        took = time.perf_counter() - began
        counts = tws.call(lambda world: dict(world.player.counts))
    print(
        f"{name:6} advance            {took:7.2f} s  {sum(counts.values()) / took:9,.0f} events/s"
    )


def measure_fast(name: str, files: dict[str, str], symbols: tuple[str, ...]) -> None:
    began = time.perf_counter()
    with watched(symbols, as_fast_as_possible=True, **files) as (tws, client):
        while tws.call(lambda world: world.player.next_time) is not None:
            client.sock.recv(1 << 20)
        took = time.perf_counter() - began
        counts = tws.call(lambda world: dict(world.player.counts))
    print(
        f"{name:6} as fast as possible {took:6.2f} s  {sum(counts.values()) / took:9,.0f} events/s"
    )


def main() -> None:
    for name, make, symbols, seconds in (
        ("year", year, SYMBOLS, 364 * 86400.0),
        ("day", minutes, ("AAPL",), 6.6 * 3600),
        ("ticks", ticks, ("AAPL",), 6.6 * 3600),
    ):
        with tempfile.TemporaryDirectory() as folder:
            files = make(Path(folder))
            measure(name, files, symbols, seconds)
            if name != "ticks":
                measure_fast(name, files, symbols)


if __name__ == "__main__":
    main()

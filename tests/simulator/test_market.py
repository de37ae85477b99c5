from __future__ import annotations

import itertools
import json
from decimal import Decimal
from pathlib import Path

import pytest

from ibapi_port.simulator.market import instruments
from ibapi_port.simulator.market.instruments import Instrument, Instruments
from ibapi_port.simulator.market.quotes.market import Market, Quote

from .helpers import NOON

INSTRUMENTS = Instruments(lambda: NOON)
AAPL = next(entry for entry in INSTRUMENTS.all if entry.symbol == "AAPL")
EUR = next(entry for entry in INSTRUMENTS.all if entry.symbol == "EUR")


def market(seed: int = 1) -> Market:
    return Market(INSTRUMENTS, seed, lambda: NOON)


def course(seed: int, ticks: int = 200) -> list[Quote]:
    made = market(seed)
    quotes = []
    for _ in range(ticks):
        made.tick()
        quotes.append(made.quote(AAPL))
    return quotes


def test_the_same_seed_gives_the_same_course_and_another_another() -> None:
    assert course(7) == course(7)
    assert course(7) != course(8)


def test_instruments_go_their_own_ways(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    data = json.loads(
        Path(instruments.__file__)
        .with_name("data")
        .joinpath("instruments.json")
        .read_text(encoding="utf-8")
    )
    data["instruments"] = [entry for entry in data["instruments"] if entry["con_id"] == AAPL.con_id]
    path.write_text(json.dumps({**data, "futures": [], "options": []}), encoding="utf-8")
    alone = Market(Instruments(lambda: NOON, path), 1, lambda: NOON)
    for _ in range(50):
        alone.tick()
    assert alone.quote(AAPL) == course(1, 50)[-1]


def test_quotes_hold_together() -> None:
    made = market()
    seen: dict[int, Quote] = {entry.con_id: made.quote(entry) for entry in INSTRUMENTS.all}
    for _ in range(500):
        made.tick()
        for entry in INSTRUMENTS.all:
            quote, before = made.quote(entry), seen[entry.con_id]
            assert 0 < quote.bid < quote.ask
            assert quote.bid <= quote.last <= quote.ask
            assert quote.low <= quote.last <= quote.high
            assert all(price % entry.min_tick == 0 for price in (quote.bid, quote.ask, quote.last))
            assert min(quote.bid_size, quote.ask_size, quote.last_size) >= entry.lot
            if entry.parents:
                assert quote.volume >= before.volume
            else:
                assert (quote.volume == before.volume + quote.last_size) or quote == before
            assert (quote.open, quote.close) == (before.open, before.close)
            seen[entry.con_id] = quote


def test_prices_move_but_not_wildly() -> None:
    lasts = [quote.last for quote in course(1, 2500)]
    assert len(set(lasts)) > 50
    assert all(abs(b / a - 1) < Decimal("0.005") for a, b in itertools.pairwise(lasts))
    assert abs(lasts[-1] / lasts[0] - 1) < Decimal("0.05")


def test_listeners_hear_each_change_in_the_order_of_listening() -> None:
    made = market()
    heard: list[tuple[str, int]] = []

    def listener(name: str) -> None:
        made.listen(lambda instrument, quote: heard.append((name, instrument.con_id)))

    listener("a")
    listener("b")
    before = {entry.con_id: made.quote(entry) for entry in INSTRUMENTS.all}
    made.tick()
    walking = [entry for entry in INSTRUMENTS.all if not entry.parents]
    changed = [entry.con_id for entry in walking if made.quote(entry) != before[entry.con_id]]
    assert 0 < len(changed) < len(walking)  # some rest at a tick
    assert heard == [(name, con_id) for con_id in changed for name in "ab"]


def test_move_puts_the_price_there() -> None:
    made = market()
    heard: list[tuple[Instrument, Quote]] = []
    made.listen(lambda instrument, quote: heard.append((instrument, quote)))
    made.move(AAPL, Decimal("300.00"))
    quote = made.quote(AAPL)
    assert (quote.bid, quote.last, quote.ask, quote.high) == (
        Decimal("299.99"),
        Decimal("300.00"),
        Decimal("300.01"),
        Decimal("300.00"),
    )
    assert heard == [(AAPL, quote)]


@pytest.mark.parametrize(("instrument", "marked"), [(AAPL, "last"), (EUR, "midpoint")])
def test_positions_are_valued_at_last_or_midpoint(instrument: Instrument, marked: str) -> None:
    made = market()
    made.tick()
    assert made.mark(instrument) == getattr(made.quote(instrument), marked)

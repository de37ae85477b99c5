from __future__ import annotations

import itertools
from decimal import Decimal

import pytest

from ibapi_port.simulator.market.instruments import Instrument, Instruments
from ibapi_port.simulator.market.quotes import Market, Quote

from .helpers import NOON

INSTRUMENTS = Instruments()
AAPL = next(entry for entry in INSTRUMENTS.all if entry.symbol == "AAPL")
EUR = next(entry for entry in INSTRUMENTS.all if entry.symbol == "EUR")


def market(seed: int = 1) -> Market:
    return Market(INSTRUMENTS.all, seed, lambda: NOON)


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


def test_instruments_go_their_own_ways() -> None:
    alone = Market([AAPL], 1, lambda: NOON)
    for _ in range(50):
        alone.tick()
    assert alone.quote(AAPL) == course(1, 50)[-1]


def test_quotes_hold_together() -> None:
    made = market()
    seen: dict[int, Quote] = {entry.con_id: made.quote(entry) for entry in INSTRUMENTS.all}
    for _ in range(2000):
        made.tick()
        for entry in INSTRUMENTS.all:
            quote, before = made.quote(entry), seen[entry.con_id]
            assert 0 < quote.bid < quote.ask
            assert quote.bid <= quote.last <= quote.ask
            assert quote.low <= quote.last <= quote.high
            assert all(price % entry.min_tick == 0 for price in (quote.bid, quote.ask, quote.last))
            assert min(quote.bid_size, quote.ask_size, quote.last_size) >= entry.lot
            assert (quote.volume == before.volume + quote.last_size) or quote == before
            assert (quote.open, quote.close) == (before.open, before.close)
            seen[entry.con_id] = quote


def test_prices_move_but_not_wildly() -> None:
    lasts = [quote.last for quote in course(1, 5000)]
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
    changed = [entry.con_id for entry in INSTRUMENTS.all if made.quote(entry) != before[entry.con_id]]
    assert 0 < len(changed) < len(INSTRUMENTS.all)  # some rest at a tick
    assert heard == [(name, con_id) for con_id in changed for name in "ab"]


def test_move_puts_the_price_there() -> None:
    made = market()
    heard: list[tuple[Instrument, Quote]] = []
    made.listen(lambda instrument, quote: heard.append((instrument, quote)))
    made.move(AAPL, Decimal("300.00"))
    quote = made.quote(AAPL)
    assert (quote.bid, quote.last, quote.ask, quote.high) == (Decimal("299.99"), Decimal("300.00"), Decimal("300.01"), Decimal("300.00"))
    assert heard == [(AAPL, quote)]


@pytest.mark.parametrize(("instrument", "marked"), [(AAPL, "last"), (EUR, "midpoint")])
def test_positions_are_valued_at_last_or_midpoint(instrument: Instrument, marked: str) -> None:
    made = market()
    made.tick()
    assert made.mark(instrument) == getattr(made.quote(instrument), marked)

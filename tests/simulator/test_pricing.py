"""What follows from other prices: futures, options, crosses, combinations; and who is told of it."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.simulator.market.instruments import Instrument, Instruments
from ibapi_port.simulator.market.listings import option_pricing as pricing
from ibapi_port.simulator.market.listings.hours import Phase
from ibapi_port.simulator.market.quotes.market import Market, Quote

from .helpers import NOON, Desk

INSTRUMENTS = Instruments(lambda: NOON)


def one(**attributes: Any) -> Instrument:
    made = Contract()
    for name, value in attributes.items():
        setattr(made, name, value)
    return INSTRUMENTS.one(made)


AAPL = one(symbol="AAPL", secType="STK")
CALL = one(
    symbol="AAPL", secType="OPT", lastTradeDateOrContractMonth="202606", strike=230.0, right="C"
)
PUT = one(
    symbol="AAPL", secType="OPT", lastTradeDateOrContractMonth="202606", strike=230.0, right="P"
)
ES = one(symbol="ES", secType="FUT", lastTradeDateOrContractMonth="202606")
SPX, SPY = one(symbol="SPX", secType="IND"), one(symbol="SPY", secType="STK")


@pytest.fixture
def market() -> Market:
    return Market(INSTRUMENTS, 1, lambda: NOON)


@pytest.mark.parametrize("carry", [0.0, pricing.RATE])
def test_the_price_is_the_mean_of_what_is_paid_at_the_end(carry: float) -> None:
    spot, strike, years, volatility, steps = 42.0, 40.0, 0.5, 0.2, 4000
    means = {True: 0.0, False: 0.0}
    for n in range(steps):
        z = -8 + 16 * (n + 0.5) / steps
        end = spot * math.exp(
            (carry - volatility**2 / 2) * years + volatility * math.sqrt(years) * z
        )
        weight = (
            math.exp(-z * z / 2)
            / math.sqrt(2 * math.pi)
            * 16
            / steps
            * math.exp(-pricing.RATE * years)
        )
        means[True] += weight * max(end - strike, 0)
        means[False] += weight * max(strike - end, 0)
    for is_call, mean in means.items():
        assert pricing.black_scholes(
            is_call, spot, strike, years, volatility, carry
        ).price == pytest.approx(mean, abs=1e-4)


@pytest.mark.parametrize("is_call", [True, False])
@pytest.mark.parametrize("carry", [0.0, pricing.RATE])
def test_greeks_are_the_slopes_of_the_price(is_call: bool, carry: float) -> None:
    def price(spot: float = 100.0, years: float = 0.25, volatility: float = 0.3) -> float:
        return pricing.black_scholes(is_call, spot, 105, years, volatility, carry).price

    greeks = pricing.black_scholes(is_call, 100, 105, 0.25, 0.3, carry)
    assert greeks.delta == pytest.approx((price(spot=100.01) - price(spot=99.99)) / 0.02, rel=1e-4)
    assert greeks.gamma == pytest.approx(
        (price(spot=100.1) - 2 * price() + price(spot=99.9)) / 0.01, rel=1e-3
    )
    assert greeks.vega == pytest.approx(
        (price(volatility=0.3001) - price(volatility=0.2999)) / 0.0002 / 100, rel=1e-4
    )
    day = 1e-3 / 365
    assert greeks.theta == pytest.approx(
        (price(years=0.25 - day) - price(years=0.25 + day)) / 2e-3, rel=1e-3
    )


def test_implied_volatility_is_the_way_back() -> None:
    worth = pricing.greeks(CALL, 231.0, NOON, 0.37).price
    assert pricing.implied_volatility(CALL, 231.0, worth, NOON) == pytest.approx(0.37, abs=1e-6)
    assert pricing.implied_volatility(CALL, 231.0, 500.0, NOON) is None
    assert pricing.implied_volatility(CALL, 331.0, 5.0, NOON) is None


def test_futures_and_indices_follow(market: Market) -> None:
    for spy in ("575.00", "600.00"):
        market.move(SPY, Decimal(spy))
        index = market.quote(SPX).last
        assert index == SPX.round(float(spy) * 10.03)
        carry = math.exp(pricing.RATE * pricing.years_left(ES, NOON))
        assert float(market.quote(ES).last) == pytest.approx(float(index) * carry, abs=0.25)


def test_options_follow(market: Market) -> None:
    before = market.quote(CALL), market.quote(PUT)
    market.move(AAPL, Decimal("250.00"))
    after = market.quote(CALL), market.quote(PUT)
    assert after[0].last > before[0].last + 10
    assert after[1].last < before[1].last
    for quote in (*before, *after):
        assert 0 < quote.bid < quote.ask
        assert quote.low <= quote.last <= quote.high
    parity = (
        after[0].last
        - after[1].last
        - (250 - 230 * Decimal(math.exp(-pricing.RATE * pricing.years_left(CALL, NOON))))
    )
    assert abs(parity) < Decimal("0.02")


def test_crosses_follow(market: Market) -> None:
    rate = {entry.local_symbol: market.mark(entry) for entry in INSTRUMENTS.all if entry.is_pair}
    assert float(rate["EUR.GBP"]) == pytest.approx(
        float(rate["EUR.USD"] / rate["GBP.USD"]), abs=1e-4
    )
    assert float(rate["EUR.JPY"]) == pytest.approx(
        float(rate["EUR.USD"] * rate["USD.JPY"]), abs=1e-2
    )


def spread(*legs: tuple[Instrument, int]) -> Instrument:
    made = Contract()
    made.symbol, made.secType, made.exchange, made.currency = "AAPL", "BAG", "SMART", "USD"
    for instrument, units in legs:
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = (
            instrument.con_id,
            abs(units),
            "BUY" if units > 0 else "SELL",
            "SMART",
        )
        made.comboLegs.append(leg)
    return INSTRUMENTS.one(made)


def test_combinations_are_bought_at_asks_and_sold_at_bids(market: Market) -> None:
    straddle, reversal, covered = (
        spread((CALL, 1), (PUT, 1)),
        spread((CALL, 1), (PUT, -1)),
        spread((AAPL, 100), (CALL, -1)),
    )
    call, put, stock = market.quote(CALL), market.quote(PUT), market.quote(AAPL)
    assert (market.quote(straddle).bid, market.quote(straddle).ask) == (
        call.bid + put.bid,
        call.ask + put.ask,
    )
    assert (market.quote(reversal).bid, market.quote(reversal).ask) == (
        call.bid - put.ask,
        call.ask - put.bid,
    )
    assert (market.quote(covered).bid, market.quote(covered).ask) == (
        stock.bid - call.ask,
        stock.ask - call.bid,
    )
    market.move(AAPL, Decimal("180.00"))
    assert market.quote(reversal).ask < 0  # a combination's price can be below zero


def test_looking_changes_nothing() -> None:
    """A market in which somebody has looked at everything all the time, and one in which nobody
    has.
    """
    watched, left = Market(INSTRUMENTS, 3, lambda: NOON), Market(INSTRUMENTS, 3, lambda: NOON)
    watched.watch(CALL, lambda instrument, quote: None)
    for _ in range(50):
        watched.tick()
        left.tick()
        watched.quote(ES)
        watched.quote(PUT)
    for instrument in (AAPL, CALL, PUT, ES, SPX):
        assert watched.quote(instrument) == left.quote(instrument)


def test_watchers_are_told_of_their_instrument_and_before_listeners(market: Market) -> None:
    heard: list[tuple[str, int]] = []

    def watcher(instrument: Instrument, quote: Quote) -> None:
        heard.append(("watcher", instrument.con_id))
        assert market.quote(instrument) is quote

    market.listen(lambda instrument, quote: heard.append(("listener", instrument.con_id)))
    market.watch(AAPL, watcher)
    market.watch(CALL, watcher)
    market.move(AAPL, Decimal("240.00"))
    assert heard == [
        ("watcher", AAPL.con_id),
        ("listener", AAPL.con_id),
        ("watcher", CALL.con_id),
        ("listener", CALL.con_id),
    ]
    heard.clear()
    market.unwatch(CALL, watcher)
    market.move(AAPL, Decimal("241.00"))
    market.unwatch(AAPL, watcher)
    market.move(AAPL, Decimal("242.00"))
    assert [who for who, _ in heard] == ["watcher", "listener", "listener"]


def test_a_future_two_steps_away_is_told_of(market: Market) -> None:
    heard: list[Quote] = []
    market.watch(ES, lambda instrument, quote: heard.append(quote))
    market.move(SPY, Decimal("600.00"))
    assert heard == [market.quote(ES)]


def test_set_quote(market: Market) -> None:
    last = market.quote(AAPL).last
    quote = market.set_quote(
        AAPL, bid=Decimal("231.10"), ask=Decimal("231.30"), bid_size=Decimal(300)
    )
    assert (quote.bid, quote.ask, quote.bid_size, quote.last, quote.volume) == (
        Decimal("231.10"),
        Decimal("231.30"),
        300,
        last,  # nothing was traded
        market.quote(AAPL).volume,
    )
    before = quote.volume
    quote = market.set_quote(AAPL, last=Decimal("231.20"), last_size=Decimal(500))
    assert (quote.bid, quote.last, quote.last_size, quote.volume) == (
        Decimal("231.10"),
        Decimal("231.20"),
        500,
        before + 500,
    )
    quote = market.set_quote(AAPL, bid=Decimal("240.00"))
    assert quote.bid < quote.ask
    with pytest.raises(ValueError, match="above"):
        market.set_quote(AAPL, bid=Decimal(2), ask=Decimal(1))
    for _ in range(20):
        market.tick()
    assert abs(market.quote(AAPL).last - 240) < 2  # it goes on from there


def test_a_derived_quote_that_was_set_goes_on_from_there(market: Market) -> None:
    market.set_quote(CALL, bid=Decimal("50.00"), ask=Decimal("50.20"), last=Decimal("50.10"))
    assert market.quote(CALL).bid == Decimal("50.00")
    market.move(AAPL, market.quote(AAPL).last + 1)
    assert Decimal("50.10") < market.quote(CALL).last < Decimal("51.20")


def test_halts(market: Market) -> None:
    heard: list[int] = []
    market.watch(CALL, lambda instrument, quote: heard.append(quote.halted))
    market.halt(AAPL)
    assert (market.quote(AAPL).halted, market.quote(CALL).halted, heard) == (1, 1, [1])
    stopped = market.quote(AAPL)
    for _ in range(20):
        market.tick()
    assert market.quote(AAPL) == stopped
    market.halt(AAPL, 0)
    for _ in range(20):
        market.tick()
    assert market.quote(AAPL) != stopped
    assert heard[-1] == 0


def test_a_day_ends(desk: Desk) -> None:
    desk.advance(60)
    evening = desk.quote("AAPL")
    assert evening.open == Decimal("230.00")
    desk.clock.time += 12 * 3600  # past midnight
    desk.world.market.tick()
    morning = desk.quote("AAPL")
    assert (morning.close, morning.open) == (evening.last, evening.last)
    assert morning.volume < evening.volume
    assert morning.low <= morning.last <= morning.high


def test_what_is_closed_is_seen_as_it_was_while_futures_on_it_go_on() -> None:
    desk = Desk(market_hours="exchange", tick_interval=60.0)
    desk.clock.time = (
        NOON + 8 * 3600 - 300
    )  # 19:55: SPY trades until 20:00, its options have closed, the future goes on
    market, told = desk.world.market, []
    spy, es = desk.instrument("SPY"), desk.world.instruments.by_name("ES")[0]
    option = desk.world.instruments.chains(spy)[0].members(date(2026, 4, 14))[0]
    market.watch(spy, lambda instrument, quote: told.append(quote))
    market.watch(es, lambda instrument, quote: None)
    desk.advance(10)
    kept = market.quote(option)
    desk.advance(600)
    last, future = market.quote(spy), market.quote(es)
    assert told[-1] == last
    count = len(told)
    desk.advance(4 * 3600)
    assert market.quote(spy) == last
    assert market.quote(option) == kept
    assert market.quote(es) != future
    assert len(told) == count
    opened = market.set_quote(spy, last=Decimal("600.00"))  # a script can do it at any time
    assert market.quote(spy) == opened == told[-1]
    desk.advance(6 * 3600)  # past four in the morning
    morning = market.quote(spy)
    assert morning.close == last.last
    assert abs(morning.last - 600) < 20
    assert market.phase(spy) is Phase.OUTSIDE


def test_closed_markets_stand_still() -> None:
    desk = Desk(market_hours="exchange")
    desk.clock.time = NOON + 4 * 86400  # Saturday
    before = {symbol: desk.quote(symbol) for symbol in ("AAPL", "EUR", "BTC")}
    desk.advance(30)
    assert [symbol for symbol in before if desk.quote(symbol) != before[symbol]] == ["BTC"]
    desk.clock.time = NOON + 6 * 86400 + 8 * 3600 - 600  # Monday 19:50, after hours
    desk.advance(120)
    assert desk.quote("AAPL") != before["AAPL"]

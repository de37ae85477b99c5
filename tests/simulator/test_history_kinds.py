"""What each kind of instrument has of history, and what follows from others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.common import BarData
from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.simulator.errors import Refusal
from ibapi_port.simulator.history.past import MAX_FOLLOWED
from ibapi_port.simulator.market.instruments import Instrument

from .helpers import NOON, Desk, FakePeer, bar_values, pair, stock

TODAY = date(2026, 4, 14)
QUOTES = {"MIDPOINT", "BID", "ASK", "BID_ASK"}
KINDS = {
    "AAPL STK": QUOTES
    | {
        "TRADES",
        "ADJUSTED_LAST",
        "HISTORICAL_VOLATILITY",
        "OPTION_IMPLIED_VOLATILITY",
        "FEE_RATE",
        "REBATE_RATE",
    },
    "EUR CASH": QUOTES,
    "SPX IND": {"TRADES", "HISTORICAL_VOLATILITY", "OPTION_IMPLIED_VOLATILITY"},
    "BTC CRYPTO": QUOTES | {"AGGTRADES"},
    "US-T BOND": QUOTES | {"TRADES", "YIELD_BID", "YIELD_ASK", "YIELD_BID_ASK", "YIELD_LAST"},
    "XAUUSD CMDTY": QUOTES,
    "IBUS500 CFD": QUOTES,
    "ES FUT": QUOTES | {"TRADES"},
    "AAPL OPT": QUOTES | {"TRADES"},
    "ES FOP": QUOTES | {"TRADES"},
}
SERIES = sorted(set().union(*KINDS.values()))


def find(desk: Desk, name: str) -> Instrument:
    symbol, kind = name.split()
    for each in desk.world.instruments.all:
        if (each.symbol, each.sec_type) == (symbol, kind):
            return each
    family = next(
        each
        for each in desk.world.instruments.families
        if (each.template.symbol, each.template.sec_type) == (symbol, kind)
    )
    members = family.members(TODAY)
    return members[len(members) // 2]


def ask(peer: FakePeer, contract: Contract, **changes: Any) -> list[BarData]:
    peer.ask("reqHistoricalData", reqId=1, **bar_values(contract=contract, **changes))
    bars: list[BarData] = peer.last("historicalData")["bars"]
    return bars


@pytest.mark.parametrize("mode", ["always", "exchange"])
@pytest.mark.parametrize("name", KINDS)
def test_each_kind_has_its_series(name: str, mode: str) -> None:
    desk = Desk(market_hours=mode)
    peer, instrument = desk.client(), find(desk, name)
    for series in SERIES:
        if series not in KINDS[name]:
            with pytest.raises(Refusal) as refused:
                ask(peer, instrument.contract(), whatToShow=series)
            assert refused.value.code in (162, 10299)
            continue
        bars = ask(
            peer, instrument.contract(), whatToShow=series, barSizeSetting="30 mins", useRTH=0
        )
        assert bars
        assert all(
            bar.low <= min(bar.open, bar.close) and bar.high >= max(bar.open, bar.close)
            for bar in bars
        )
        if series in ("TRADES", "AGGTRADES") and instrument.sec_type != "IND":
            assert sum(bar.volume for bar in bars) > 0
    peer.ask(
        "reqHeadTimeStamp",
        reqId=2,
        contract=instrument.contract(),
        whatToShow=sorted(KINDS[name])[0],
        useRTH=1,
        formatDate=2,
    )
    assert int(peer.last("headTimestamp")["headTimestamp"]) < NOON


def test_a_crypto_s_trades_are_aggregated() -> None:
    desk = Desk()
    with pytest.raises(
        Refusal, match="Expected what to show is AGGTRADES, please use that instead of TRADES"
    ) as refused:
        ask(desk.client(), find(desk, "BTC CRYPTO").contract())
    assert refused.value.code == 10299


@pytest.mark.parametrize("name", ["SPX IND", "IBUS500 CFD", "ES FUT", "AAPL OPT", "ES FOP"])
def test_what_follows_from_others_ends_at_its_quote(name: str) -> None:
    desk = Desk(market_hours="exchange")
    peer, instrument = desk.client(), find(desk, name)
    what = "TRADES" if instrument.has_trades else "MIDPOINT"
    contract = instrument.contract()
    assert ask(peer, contract, whatToShow=what, useRTH=0)[-1].close == pytest.approx(
        float(desk.quote_of(instrument).last), abs=1e-9
    )
    desk.advance(5)
    field = "last" if instrument.has_trades else "midpoint"
    assert ask(peer, contract, whatToShow=what, useRTH=0)[-1].close == pytest.approx(
        float(getattr(desk.quote_of(instrument), field))
    )


def test_a_put_falls_when_its_stock_rises() -> None:
    desk = Desk()
    peer = desk.client()
    chain = next(
        each for each in desk.world.instruments.families if each.template.symbol == "AAPL"
    ).members(TODAY)
    options = {
        right: next(each for each in chain if each.right == right and each.strike == 230)
        for right in "CP"
    }
    asked: dict[str, Any] = {
        "endDateTime": "20260409 16:00:00 US/Eastern",
        "barSizeSetting": "5 mins",
        "durationStr": "3600 S",
    }
    stocks = ask(peer, stock(), **asked)
    calls, puts = (ask(peer, options[right].contract(), **asked) for right in "CP")
    for bar, call, put in zip(stocks, calls, puts, strict=True):
        rises = bar.close - bar.open
        assert (call.close - call.open) * rises >= 0
        assert (put.close - put.open) * rises <= 0


def test_history_begins_with_the_listing_and_ends_with_the_expiry() -> None:
    desk = Desk(market_hours="exchange")
    peer = desk.client()
    family = next(each for each in desk.world.instruments.families if each.template.symbol == "ES")
    expired = family.expired(TODAY)[-1]
    contract = expired.contract()
    contract.includeExpired = True
    bars = ask(peer, contract, durationStr="1 Y", barSizeSetting="1 day")
    assert bars[-1].date == expired.expiry
    listed = ask(peer, contract, durationStr="3 Y", barSizeSetting="1 day")
    assert listed[0].date >= expired.listed
    with pytest.raises(Refusal, match="HMDS query returned no data"):
        ask(
            peer,
            contract,
            durationStr="1 D",
            barSizeSetting="1 hour",
            endDateTime=f"{expired.listed[:4]}0101 00:00:00",
        )


def test_a_combination_is_worth_its_legs() -> None:
    desk = Desk()
    peer, contract = desk.client(), Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = (
        "AAPL",
        "BAG",
        "SMART",
        "USD",
    )
    for con_id, action in ((265598, "BUY"), (272093, "SELL")):
        leg = ComboLeg()
        leg.conId, leg.action, leg.ratio, leg.exchange = con_id, action, 1, "SMART"
        contract.comboLegs.append(leg)
    days = ask(
        peer,
        contract,
        whatToShow="MIDPOINT",
        barSizeSetting="1 day",
        durationStr="5 D",
        endDateTime="20260410 00:00:00",
    )
    legs = [
        ask(
            peer,
            stock(symbol),
            barSizeSetting="1 day",
            durationStr="5 D",
            endDateTime="20260410 00:00:00",
        )
        for symbol in ("AAPL", "MSFT")
    ]
    assert [bar.close for bar in days] == pytest.approx(
        [apple.close - microsoft.close for apple, microsoft in zip(*legs, strict=True)]
    )


def test_a_cross_is_worth_its_parents() -> None:
    desk = Desk()
    peer = desk.client()
    asked: dict[str, Any] = {
        "whatToShow": "MIDPOINT",
        "barSizeSetting": "1 day",
        "durationStr": "5 D",
        "endDateTime": "20260410 00:00:00",
    }
    cross, euro, pound = (
        ask(peer, each, **asked) for each in (pair("EUR", "GBP"), pair("EUR"), pair("GBP"))
    )
    for bar, above, below in zip(cross, euro, pound, strict=True):
        assert bar.close == pytest.approx(above.close / below.close, abs=1e-4)


def test_only_so_many_that_follow_from_others_are_taped() -> None:
    desk = Desk()
    past = desk.world.history.past
    chain = next(
        each for each in desk.world.instruments.families if each.template.symbol == "AAPL"
    ).members(TODAY)
    for option in chain[: MAX_FOLLOWED + 5]:
        past.cells(option, 0, NOON - 60, NOON, 60)
    assert past.tape(chain[MAX_FOLLOWED - 1]) is not None
    assert past.tape(chain[MAX_FOLLOWED]) is None
    desk.advance(120)
    bars = ask(
        desk.client(), chain[MAX_FOLLOWED].contract(), barSizeSetting="1 min", durationStr="120 S"
    )
    assert all(bar.volume > 0 for bar in bars)
    assert bars[-1].close == pytest.approx(float(desk.quote_of(chain[MAX_FOLLOWED]).last), abs=0.05)


def test_volumes_are_whole_lots_and_prices_on_the_tick() -> None:
    desk = Desk()
    for bar in ask(
        desk.client(),
        find(desk, "BTC CRYPTO").contract(),
        whatToShow="AGGTRADES",
        barSizeSetting="1 min",
        durationStr="3600 S",
    ):
        assert bar.volume % Decimal("0.01") == 0
    for bar in ask(
        desk.client(2),
        find(desk, "ES FUT").contract(),
        barSizeSetting="1 min",
        durationStr="3600 S",
    ):
        assert bar.close % 0.25 == 0

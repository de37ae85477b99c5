from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.market.instruments import Instruments

from .helpers import NOON, pair, stock


@pytest.fixture(scope="module")
def instruments() -> Instruments:
    return Instruments(lambda: NOON)


def contract(**attributes: Any) -> Contract:
    made = Contract()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("con_id", "symbol"),
    [
        (265598, "AAPL"),
        (272093, "MSFT"),
        (8314, "IBM"),
        (756733, "SPY"),
        (208813720, "GOOG"),
        (76792991, "TSLA"),
        (3691937, "AMZN"),
    ],
)
def test_stocks_have_their_real_contract_ids(
    instruments: Instruments, con_id: int, symbol: str
) -> None:
    assert instruments.one(contract(conId=con_id)).symbol == symbol
    assert instruments.one(stock(symbol)).con_id == con_id


@pytest.mark.parametrize(
    ("symbol", "currency", "con_id", "tick"),
    [
        ("EUR", "USD", 12087792, "0.00005"),
        ("GBP", "USD", 12087797, "0.00005"),
        ("USD", "JPY", 15016059, "0.005"),
    ],
)
def test_currency_pairs(
    instruments: Instruments, symbol: str, currency: str, con_id: int, tick: str
) -> None:
    found = instruments.one(pair(symbol, currency))
    assert (found.con_id, found.local_symbol, found.min_tick) == (
        con_id,
        f"{symbol}.{currency}",
        Decimal(tick),
    )
    assert found.is_pair


@pytest.mark.parametrize("exchange", ["SMART", "NASDAQ", "ARCA", ""])
def test_a_stock_is_found_at_its_exchanges(instruments: Instruments, exchange: str) -> None:
    assert instruments.one(stock(exchange=exchange)).con_id == 265598


@pytest.mark.parametrize(
    "wanted",
    [
        contract(conId=1),
        contract(conId=265598, symbol="MSFT"),
        contract(conId=265598, exchange="IDEALPRO"),
        contract(symbol="NOSUCH", secType="STK", exchange="SMART"),
        contract(symbol="AAPL", secType="STK", currency="EUR"),
        contract(symbol="AAPL", secType="STK", exchange="LSE"),
        contract(symbol="AAPL", secType="STK", primaryExchange="NYSE"),
        contract(symbol="KO", secType="OPT", exchange="SMART"),
        contract(symbol="AAPL", secType="OPT", exchange="SMART", strike=231.5),
        contract(symbol="EUR", secType="CASH", exchange="SMART"),
        contract(symbol="AAPL", secType="STK", tradingClass="X"),
        contract(secIdType="ISIN", secId="US0000000000", secType="STK"),
        contract(secIdType="CUSIP", secId="US0378331005", secType="STK"),
    ],
)
def test_what_does_not_exist_is_error_200(instruments: Instruments, wanted: Contract) -> None:
    assert instruments.find(wanted) == []
    with pytest.raises(
        Refusal, match="No security definition has been found for the request"
    ) as refused:
        instruments.one(wanted)
    assert refused.value.code == 200


def test_what_says_too_little_is_invalid(instruments: Instruments) -> None:
    with pytest.raises(Invalid, match="security type"):
        instruments.find(contract(symbol="AAPL"))
    with pytest.raises(Invalid, match="symbol"):
        instruments.find(contract(secType="STK"))
    with pytest.raises(Invalid, match="Please enter exchange"):
        instruments.tradable(stock(exchange=""))


def test_what_fits_several_is_ambiguous(instruments: Instruments) -> None:
    wanted = contract(tradingClass="NMS", secType="STK", symbol="AAPL")
    assert len(instruments.find(wanted)) == 1
    listings = [
        (entry.currency, entry.primary_exchange)
        for entry in instruments.find(contract(symbol="SAP", secType="STK"))
    ]
    assert listings == [("EUR", "IBIS"), ("USD", "NYSE")]
    with pytest.raises(
        Refusal, match="The contract description specified for SAP is ambiguous"
    ) as refused:
        instruments.one(contract(symbol="SAP", secType="STK", exchange="SMART"))
    assert refused.value.code == 200


def test_details_say_everything(instruments: Instruments) -> None:
    details = instruments.details(instruments.one(stock()), "SMART", NOON)
    assert details.contract.conId == 265598
    assert (
        details.contract.exchange,
        details.contract.primaryExchange,
        details.contract.localSymbol,
    ) == ("SMART", "NASDAQ", "AAPL")
    assert (details.marketName, details.minTick, details.priceMagnifier, details.stockType) == (
        "NMS",
        0.01,
        1,
        "COMMON",
    )
    assert (details.longName, details.industry) == ("APPLE INC", "Technology")
    assert details.timeZoneId == "US/Eastern"
    assert details.tradingHours.startswith("20260414:0000-20260414:2359;20260415:0000")
    assert len(details.marketRuleIds.split(",")) == len(details.validExchanges.split(","))
    assert {int(rule) for rule in details.marketRuleIds.split(",")} <= set(instruments.market_rules)
    assert details.minSize == Decimal("0.0001")
    assert "SMART" in details.validExchanges
    assert "LMT" in details.orderTypes


def test_every_instrument_is_whole(instruments: Instruments) -> None:
    assert len({entry.con_id for entry in instruments.all}) == len(instruments.all)
    for entry in instruments.all:
        assert entry.price % entry.min_tick == 0
        assert entry.market_rule in instruments.market_rules
        assert instruments.one(entry.contract()) is entry
        assert len(entry.rules) == len(entry.exchanges)
        assert instruments.by_con_id(entry.con_id) is entry
        assert 0 < entry.head_time() < NOON


def test_matching_is_by_beginning_of_symbol_or_part_of_name(instruments: Instruments) -> None:
    assert [entry.symbol for entry in instruments.matching("goog")] == ["GOOG", "GOOGL"]
    assert "AAPL" in [entry.symbol for entry in instruments.matching("Apple")]
    assert instruments.matching("  ") == []


@pytest.mark.parametrize(
    ("price", "rounded"), [(230.004, "230.00"), (230.006, "230.01"), (0.0001, "0.01"), (-5, "0.01")]
)
def test_prices_are_rounded_to_ticks_above_zero(
    instruments: Instruments, price: float, rounded: str
) -> None:
    assert instruments.one(stock()).round(price) == Decimal(rounded)

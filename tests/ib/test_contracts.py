"""Contracts of each kind, by the helpers."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import pickle
import re
from collections.abc import Callable
from decimal import Decimal
from typing import get_type_hints

import pytest

from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.ib import contracts
from ibapi_port.ib.contracts import (
    CFD,
    Bond,
    Combo,
    Commodity,
    ContFuture,
    Crypto,
    Forex,
    Future,
    FuturesOption,
    Index,
    MutualFund,
    Option,
    Stock,
    Warrant,
    leg,
)

EACH = [
    (Stock("AAPL"), {"symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD"}),
    (
        Option("SPY", "20261218", 600, "C", multiplier=100),
        {
            "symbol": "SPY",
            "secType": "OPT",
            "lastTradeDateOrContractMonth": "20261218",
            "strike": 600.0,
            "right": "C",
            "exchange": "SMART",
            "multiplier": "100",
            "currency": "USD",
        },
    ),
    (
        Future("ES", "202612", "CME", "ESZ6", "50", "USD"),
        {
            "symbol": "ES",
            "secType": "FUT",
            "lastTradeDateOrContractMonth": "202612",
            "exchange": "CME",
            "localSymbol": "ESZ6",
            "multiplier": "50",
            "currency": "USD",
        },
    ),
    (
        FuturesOption("ES", "202612", 6000, "put", "CME", "50", "USD", tradingClass="EW"),
        {
            "symbol": "ES",
            "secType": "FOP",
            "lastTradeDateOrContractMonth": "202612",
            "strike": 6000.0,
            "right": "P",
            "exchange": "CME",
            "multiplier": "50",
            "currency": "USD",
            "tradingClass": "EW",
        },
    ),
    (ContFuture("ES", "CME"), {"symbol": "ES", "secType": "CONTFUT", "exchange": "CME"}),
    (
        Forex("EURUSD"),
        {"symbol": "EUR", "secType": "CASH", "exchange": "IDEALPRO", "currency": "USD"},
    ),
    (Index("SPX", "CBOE"), {"symbol": "SPX", "secType": "IND", "exchange": "CBOE"}),
    (
        Crypto("BTC"),
        {"symbol": "BTC", "secType": "CRYPTO", "exchange": "PAXOS", "currency": "USD"},
    ),
    (
        Bond(secIdType="ISIN", secId="US912810TL26"),
        {
            "secType": "BOND",
            "exchange": "SMART",
            "currency": "USD",
            "secIdType": "ISIN",
            "secId": "US912810TL26",
        },
    ),
    (CFD("SAP", currency="EUR"), {"symbol": "SAP", "secType": "CFD", "exchange": "SMART", "currency": "EUR"}),
    (Commodity("XAUUSD"), {"symbol": "XAUUSD", "secType": "CMDTY", "exchange": "SMART", "currency": "USD"}),
    (
        MutualFund("VFIAX"),
        {"symbol": "VFIAX", "secType": "FUND", "exchange": "FUNDSERV", "currency": "USD"},
    ),
    (
        Warrant("GOOG", dt.date(2026, 12, 16), Decimal("180.5"), "C", "FWB", "0.1", "EUR"),
        {
            "symbol": "GOOG",
            "secType": "WAR",
            "lastTradeDateOrContractMonth": "20261216",
            "strike": 180.5,
            "right": "C",
            "exchange": "FWB",
            "multiplier": "0.1",
            "currency": "EUR",
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("made", "values"), EACH, ids=[made.secType for made, _ in EACH])
def test_each_kind(made: Contract, values: dict[str, object]) -> None:
    assert made == Contract(**values)  # type: ignore[arg-type]
    assert type(made) is Contract
    assert pickle.loads(pickle.dumps(made)) == made == copy.deepcopy(made)
    assert dataclasses.replace(made, exchange="X").secType == made.secType
    assert all(type(getattr(made, name)) is type(value) for name, value in values.items())


@pytest.mark.parametrize(
    "pair",
    [
        Forex("EUR.USD"),
        Forex("eur/usd"),
        Forex("EUR", "USD"),
        Forex(symbol="EUR", currency="USD"),
        Forex("EURUSD", symbol="EUR"),
    ],
)
def test_forms_of_a_pair(pair: Contract) -> None:
    assert pair == Forex("EURUSD", "IDEALPRO")


def test_what_is_not_given_stays_unset() -> None:
    assert Option("SPY").strike == Contract().strike
    assert Option("SPY", strike=0).strike == 0.0


def test_a_combination() -> None:
    near = Option("SPY", "20261218", 600, "C", conId=7)
    combo = Combo("SPY", leg(near, "buy", 2), leg(9, "SELL", exchange="CBOE"))
    assert combo == Contract(
        secType="BAG",
        symbol="SPY",
        exchange="SMART",
        currency="USD",
        comboLegs=[
            ComboLeg(conId=7, ratio=2, action="BUY", exchange="SMART"),
            ComboLeg(conId=9, ratio=1, action="SELL", exchange="CBOE"),
        ],
    )


BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: Option("SPY", "20261218", 600, "X"), "right: 'X'"),
    (lambda: Option("SPY", "20261218", -1, "C"), "strike: -1 is negative"),
    (lambda: Option("SPY", "20261218", float("nan"), "C"), "strike: nan is not a number"),
    (lambda: Option("SPY", "20261218", True, "C"), "strike: True is not a number"),
    (lambda: Option("SPY", "20261318", 600, "C"), "lastTradeDateOrContractMonth: '20261318'"),
    (lambda: Option("SPY", 20261218, 600, "C"), "lastTradeDateOrContractMonth: 20261218"),  # type: ignore[arg-type]
    (lambda: Option("SPY", "²0261218", 600, "C"), "lastTradeDateOrContractMonth"),
    (lambda: Option("SPY", multiplier="x"), "multiplier: 'x'"),
    (lambda: Option("SPY", multiplier=0), "multiplier: 0"),
    (lambda: Option("SPY", multiplier="inf"), "multiplier: 'inf'"),
    (lambda: Forex("EURUS"), "pair: 'EURUS'"),
    (lambda: Forex("EUR123"), "pair: 'EUR123'"),
    (lambda: Forex(), "symbol: ''"),
    (lambda: Forex(symbol="EUR"), "currency: ''"),
    (lambda: Forex("EURUSD", currency="JPY"), "contradicts"),
    (lambda: Stock(""), "symbol: Stock"),
    (lambda: Stock(265598), "symbol: 265598 is not a text"),  # type: ignore[arg-type]
    (lambda: Stock("AAPL", conId=-1), "conId: -1"),
    (lambda: leg(Stock("AAPL"), "BUY"), "qualify"),
    (lambda: leg(1, "HOLD"), "action: 'HOLD'"),
    (lambda: leg(1, "BUY", 0), "ratio: 0"),
    (lambda: Combo("SPY", leg(1, "BUY")), "legs"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text"), BAD, ids=[text for _, text in BAD])
def test_bad_values_name_their_field(make: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        make()


def test_unknown_names_suggest_the_near_one() -> None:
    with pytest.raises(TypeError, match="did you mean 'primaryExchange'"):
        Stock("AAPL", primaryExchang="NASDAQ")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="did you mean 'primaryExchange'"):
        Stock("AAPL", primary_exchange="NASDAQ")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"no attribute of Contract$"):
        Stock("AAPL", zzz=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="secType"):
        Stock("AAPL", secType="CFD")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="strike"):
        Stock("AAPL", strike=3)  # type: ignore[call-arg]


def test_names_that_type_checkers_know_are_those_of_contract() -> None:
    known = get_type_hints(contracts._Plain)
    fields = set(Contract.__dataclass_fields__)
    by_position = {
        "symbol",
        "exchange",
        "currency",
        "strike",
        "right",
        "lastTradeDateOrContractMonth",
    }
    assert set(known) == fields - by_position - {"secType", "comboLegs"}

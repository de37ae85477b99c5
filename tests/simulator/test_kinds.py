"""Futures, options, combinations, bonds and the like: what there is, and how it is found."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.market.instruments import Instrument, Instruments

from .helpers import NOON, Desk, FakePeer

INSTRUMENTS = Instruments(lambda: NOON)
DATA = Path(__file__).parents[2] / "ibapi_port/simulator/market/data/instruments.json"


def contract(**attributes: Any) -> Contract:
    made = Contract()
    for name, value in attributes.items():
        assert hasattr(made, name)
        setattr(made, name, value)
    return made


def find(**attributes: Any) -> list[Instrument]:
    return INSTRUMENTS.find(contract(**attributes))


def one(**attributes: Any) -> Instrument:
    return INSTRUMENTS.one(contract(**attributes))


def on(day: date) -> Instruments:
    moment = datetime(day.year, day.month, day.day, 16, tzinfo=timezone.utc).timestamp()
    return Instruments(lambda: moment)


@pytest.mark.parametrize(
    ("trading_class", "front", "expiry", "month"),
    [
        ("ES", "ESM6", "20260619", "202606"),
        ("CL", "CLK6", "20260421", "202605"),  # before the month it is named after
        ("NG", "NGK6", "20260428", "202605"),
        ("GC", "GCJ6", "20260428", "202604"),
        ("ZN", "ZNM6", "20260619", "202606"),
        ("6E", "6EM6", "20260615", "202606"),
        ("VX", "VXJ6", "20260415", "202604"),
        ("FDAX", "FDAX JUN 26", "20260619", "202606"),
    ],
)
def test_front_months(trading_class: str, front: str, expiry: str, month: str) -> None:
    found = find(localSymbol=front, secType="FUT")
    assert [(entry.trading_class, entry.expiry, entry.contract_month) for entry in found] == [
        (trading_class, expiry, month)
    ]
    family = next(
        each for each in INSTRUMENTS.families if each.template.trading_class == trading_class
    )
    assert family.members(date(2026, 4, 14))[0] is found[0]


@pytest.mark.parametrize(
    "day",
    [
        date(2024, 2, 29),
        date(2025, 12, 31),
        date(2026, 6, 19),
        date(2026, 12, 18),
        date(2031, 1, 1),
    ],
)
def test_on_any_day_there_is_a_front_month_and_a_chain(day: date) -> None:
    instruments = on(day)
    text = f"{day:%Y%m%d}"
    for family in instruments.families:
        members = family.members(day)
        assert members, family.template.trading_class
        assert all(entry.expiry >= text for entry in members)
        assert [entry.expiry for entry in members] == sorted(entry.expiry for entry in members)
        assert len({entry.con_id for entry in members}) == len(members)
        assert len({entry.local_symbol for entry in members}) == len(members)
        assert all(entry.price > 0 and entry.price % entry.min_tick == 0 for entry in members)


def test_the_front_month_trades_on_its_last_day_and_then_is_found_only_as_expired() -> None:
    es = {"symbol": "ES", "secType": "FUT", "exchange": "CME"}
    last, after = on(date(2026, 6, 19)), on(date(2026, 6, 20))
    assert last.find(contract(**es))[0].local_symbol == "ESM6"
    assert after.find(contract(**es))[0].local_symbol == "ESU6"
    gone = after.find(contract(**es, includeExpired=True, lastTradeDateOrContractMonth="202606"))
    assert [entry.local_symbol for entry in gone] == ["ESM6"]
    assert after.find(contract(conId=gone[0].con_id)) == []
    assert after.by_con_id(gone[0].con_id) is gone[0]  # positions in it are known still
    assert gone[0].con_id == last.find(contract(**es))[0].con_id


def test_continuous_futures_have_the_front_months_id() -> None:
    continuous = one(symbol="NQ", secType="CONTFUT", exchange="CME")
    front = find(symbol="NQ", secType="FUT")[0]
    assert (continuous.sec_type, continuous.con_id, continuous.local_symbol) == (
        "CONTFUT",
        front.con_id,
        front.local_symbol,
    )
    assert not continuous.takes_orders
    assert [entry.sec_type for entry in find(symbol="NQ", secType="FUT+CONTFUT")] == ["FUT"] * 5


def test_futures_tell_their_terms() -> None:
    es = one(
        symbol="ES",
        secType="FUT",
        lastTradeDateOrContractMonth="20260918",
        exchange="CME",
        currency="USD",
        multiplier="50",
    )
    assert one(symbol="ES", secType="FUT", lastTradeDateOrContractMonth="202609") is es
    assert es.contract().multiplier == "50"
    details = INSTRUMENTS.details(es, "CME", NOON)
    assert (details.contractMonth, details.realExpirationDate, details.lastTradeTime) == (
        "202609",
        "20260918",
        "08:30:00",
    )
    assert (details.underConId, details.underSymbol, details.underSecType) == (
        11004968,
        "ES",
        "IND",
    )
    assert (
        details.contract.lastTradeDateOrContractMonth,
        details.contract.strike,
        details.contract.right,
    ) == ("20260918", 0.0, "")
    assert find(symbol="ES", secType="FUT", multiplier="5") == []
    assert find(symbol="ES", secType="FUT", multiplier="fifty") == []


def test_one_option() -> None:
    call = one(
        symbol="AAPL",
        secType="OPT",
        exchange="SMART",
        lastTradeDateOrContractMonth="20260618",
        strike=230.0,
        right="CALL",
    )
    assert one(localSymbol="AAPL  260618C00230000", secType="OPT") is call
    assert one(conId=call.con_id, exchange="CBOE") is call
    assert (call.multiplier, call.right, call.underlying, call.expiry) == (
        100,
        "C",
        265598,
        "20260618",
    )  # the 19th is a holiday
    details = INSTRUMENTS.details(call, "SMART", NOON)
    assert (
        details.underConId,
        details.underSymbol,
        details.underSecType,
        details.contractMonth,
    ) == (265598, "AAPL", "STK", "202606")
    assert details.contract.multiplier == "100"
    assert details.marketRuleIds.split(",")[:2] == ["32", "109"]
    with pytest.raises(Invalid, match="right"):
        find(symbol="AAPL", secType="OPT", right="X")


def test_a_part_of_a_description_finds_many() -> None:
    month = find(symbol="AAPL", secType="OPT", lastTradeDateOrContractMonth="202606")
    assert {entry.expiry for entry in month} == {"20260618"}
    assert {entry.right for entry in month} == {"C", "P"}
    strikes = {entry.strike for entry in month}
    assert len(month) == 2 * len(strikes)
    assert min(strikes) < 230 < max(strikes)
    assert len(find(symbol="AAPL", secType="OPT", strike=230.0, right="P")) == len(
        {e.expiry for e in find(symbol="AAPL", secType="OPT")}
    )
    assert len(find(symbol="SPX", secType="OPT", tradingClass="SPXW")) < len(
        find(symbol="SPX", secType="OPT")
    )
    with pytest.raises(Refusal, match="ambiguous"):
        one(symbol="AAPL", secType="OPT", exchange="SMART")


def test_options_on_futures_have_the_future_of_their_month_below_them() -> None:
    option = find(symbol="ES", secType="FOP", lastTradeDateOrContractMonth="202609")[0]
    under = INSTRUMENTS.by_con_id(option.underlying)
    assert under is not None
    assert (under.local_symbol, option.multiplier, option.local_symbol[:5]) == ("ESU6", 50, "ESU6 ")
    oil = find(symbol="CL", secType="FOP")[0]
    under = INSTRUMENTS.by_con_id(oil.underlying)
    assert under is not None
    assert oil.expiry < under.expiry


def test_chains_of_an_instrument() -> None:
    spx = one(symbol="SPX", secType="IND")
    assert [chain.template.trading_class for chain in INSTRUMENTS.chains(spx)] == ["SPX", "SPXW"]
    es = find(symbol="ES", secType="FUT")[1]
    assert [chain.template.sec_type for chain in INSTRUMENTS.chains(es)] == ["FOP"]
    assert INSTRUMENTS.derivatives(one(symbol="AAPL", secType="STK")) == ["CFD", "OPT", "BAG"]


@pytest.mark.parametrize(
    ("attributes", "con_id"),
    [
        ({"secIdType": "ISIN", "secId": "US0378331005", "exchange": "SMART"}, 265598),
        ({"secIdType": "CUSIP", "secId": "037833100", "secType": "STK"}, 265598),
        ({"symbol": "037833ET3", "secType": "BOND"}, 631250011),
        ({"symbol": "US912810TL26", "secType": "BOND", "exchange": "SMART"}, 594912341),
        ({"symbol": "BTC", "secType": "CRYPTO", "exchange": "PAXOS", "currency": "USD"}, 479624278),
        ({"symbol": "XAUUSD", "secType": "CMDTY", "exchange": "SMART"}, 69067924),
        ({"symbol": "IBUS500", "secType": "CFD", "exchange": "SMART"}, 111987422),
        ({"symbol": "VTSAX", "secType": "FUND", "exchange": "FUNDSERV"}, 48013650),
        ({"symbol": "VIX", "secType": "IND", "exchange": "CBOE"}, 13455763),
        ({"symbol": "SAP", "secType": "STK", "exchange": "SMART", "currency": "EUR"}, 14204),
        ({"symbol": "VOD", "secType": "STK", "exchange": "LSE", "currency": "GBP"}, 183218461),
        ({"symbol": "EUR", "secType": "CASH", "exchange": "IDEALPRO", "currency": "GBP"}, 12087807),
    ],
)
def test_each_kind_is_found(attributes: dict[str, str], con_id: int) -> None:
    assert one(**attributes).con_id == con_id


@pytest.mark.parametrize(
    ("name", "local_symbols"),
    [
        ("AAPL", ["AAPL"]),
        (265598, ["AAPL"]),
        ("EUR.USD", ["EUR.USD"]),
        ("ES", ["ESM6"]),
        ("ESU6", ["ESU6"]),
        ("AAPL  260618C00230000", ["AAPL  260618C00230000"]),
        ("SAP", ["SAP", "SAP"]),
        ("NOSUCH", []),
        (1, []),
    ],
)
def test_what_a_script_means(name: str | int, local_symbols: list[str]) -> None:
    assert [entry.local_symbol for entry in INSTRUMENTS.by_name(name)] == local_symbols


def test_exchanges_by_the_names_that_they_had() -> None:
    assert (
        one(symbol="AAPL", secType="STK", exchange="ISLAND", primaryExchange="ISLAND").con_id
        == 265598
    )
    assert find(symbol="ES", secType="FUT", exchange="GLOBEX") == find(
        symbol="ES", secType="FUT", exchange="CME"
    )
    assert find(symbol="IBM", secType="STK", exchange="SMART", primaryExchange="ISLAND") == []


def test_bonds_have_details_of_their_own(desk: Desk, peer: FakePeer) -> None:
    peer.ask(
        "reqContractDetails",
        reqId=1,
        contract=contract(symbol="AAPL", secType="BOND", exchange="SMART"),
    )
    details = peer.last("bondContractDetails")["contractDetails"]
    assert (details.coupon, details.maturity, details.couponType, details.cusip) == (
        4,
        "20280510",
        "FIXED",
        "037833ET3",
    )
    assert peer.names() == ["bondContractDetails", "contractDetailsEnd"]


def leg(con_id: int, ratio: int, action: str) -> ComboLeg:
    made = ComboLeg()
    made.conId, made.ratio, made.action, made.exchange = con_id, ratio, action, "SMART"
    return made


def test_combinations() -> None:
    calls = find(symbol="AAPL", secType="OPT", lastTradeDateOrContractMonth="202606", right="C")
    bag = {"symbol": "AAPL", "secType": "BAG", "exchange": "SMART", "currency": "USD"}
    legs = [leg(calls[10].con_id, 1, "BUY"), leg(calls[12].con_id, 2, "SELL")]
    spread = one(**bag, comboLegs=legs)
    assert one(**bag, comboLegs=legs) is spread
    assert INSTRUMENTS.by_con_id(spread.con_id) is spread
    assert [(each.instrument, each.units) for each in spread.legs] == [
        (calls[10], 1),
        (calls[12], -2),
    ]
    assert spread.multiplier == 100
    told = spread.contract("SMART")
    assert (told.secType, [(each.conId, each.ratio, each.action) for each in told.comboLegs]) == (
        "BAG",
        [(calls[10].con_id, 1, "BUY"), (calls[12].con_id, 2, "SELL")],
    )
    for wrong, code in (
        ([leg(1, 1, "BUY"), legs[1]], 313),
        (legs[:1], 336),
        ([legs[0], leg(14204, 1, "BUY")], 10000),
    ):
        with pytest.raises(Refusal) as refused:
            one(**bag, comboLegs=wrong)
        assert refused.value.code == code


def changed(tmp_path: Path, change: Any) -> Path:
    data = json.loads(DATA.read_text(encoding="utf-8"))
    change(data)
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_file_of_the_users(tmp_path: Path) -> None:
    mine = {
        "symbol": "MINE",
        "con_id": 7,
        "sec_type": "STK",
        "primary_exchange": "NYSE",
        "long_name": "MY OWN CO",
        "price": "12.50",
    }

    def change(data: dict[str, Any]) -> None:
        data["instruments"] = [mine]
        data["futures"] = []
        data["options"] = [
            {
                "sec_type": "OPT",
                "underlying": "MINE",
                "trading_class": "MINE",
                "step": "0.5",
                "strikes": 2,
                "weekly": 1,
            }
        ]

    desk = Desk(instruments=str(changed(tmp_path, change)))
    assert [entry.symbol for entry in desk.world.instruments.all] == ["MINE"]
    strikes = [
        entry.strike
        for entry in desk.world.instruments.find(contract(symbol="MINE", secType="OPT", right="C"))
    ]
    assert strikes == [Decimal(text) for text in ("11.5", "12.0", "12.5", "13.0", "13.5")]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda data: data["instruments"].append(data["instruments"][0]), "con_id 265598"),
        (lambda data: data["instruments"][0].update(currency="XXX"), "no pair with USD for XXX"),
        (lambda data: data["instruments"][0].update(market_rule=1), "no market rule 1"),
        (lambda data: data["instruments"][0].update(price="cheap"), "InvalidOperation"),
        (lambda data: data["instruments"][0].update(colour="red"), "colour"),
        (lambda data: data["instruments"][0].pop("symbol"), "symbol"),
        (lambda data: data["futures"][0].update(expiry="some day"), "some day"),
        (
            lambda data: data["schedules"]["forex"].update(regular="9-17"),
            "not a time of the day: '9'",
        ),
        (lambda data: data.pop("calendars"), "calendars"),
    ],
)
def test_a_file_that_does_not_hold_together_says_why(
    tmp_path: Path, change: Any, text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        Instruments(lambda: NOON, changed(tmp_path, change))


def test_every_currency_can_be_valued_in_dollars(desk: Desk) -> None:
    for entry in (
        *desk.world.instruments.all,
        *(family.template for family in desk.world.instruments.families),
    ):
        assert desk.world.account.rate(entry.currency) > 0

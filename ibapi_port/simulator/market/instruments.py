"""What can be traded: the instruments of data/instruments.json, and how TWS finds one from what a client says of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib import resources
from typing import Any

from ...common import PriceIncrement
from ...contract import Contract, ContractDetails
from ..peer import Invalid, Refusal
from ..times import ZONE, ZONE_NAME, day

NOT_FOUND = "No security definition has been found for the request"
ORDER_TYPES = "DAY,FOK,GTC,IOC,LMT,MKT,OCA,STP,STPLMT,WHATIF"  # what the simulated exchange takes
SECONDS_PER_DAY = 86400
_DECIMALS = ("min_tick", "min_size", "size_increment", "suggested_size_increment", "price")


@dataclass(frozen=True)
class Instrument:
    """One listing. Names follow IB's in snake case; prices are in `currency`."""

    con_id: int
    symbol: str
    sec_type: str  # STK, CASH
    currency: str
    primary_exchange: str
    exchanges: tuple[str, ...]  # where orders can be sent
    local_symbol: str
    trading_class: str
    long_name: str
    industry: str
    category: str
    subcategory: str
    stock_type: str
    listed: str  # first day with data, YYYYMMDD
    min_tick: Decimal
    market_rule: int
    min_size: Decimal
    size_increment: Decimal
    suggested_size_increment: Decimal
    lot: int  # quoted sizes are multiples of it
    volatility: float  # of a year, 0.25 = 25%
    price: Decimal  # where the simulated market starts

    @property
    def is_pair(self) -> bool:
        """A currency pair: `symbol` is bought and sold for `currency`. Quoted, but no trades are reported."""
        return self.sec_type == "CASH"

    @property
    def venue(self) -> str:
        """Where an order sent to SMART is filled."""
        return self.primary_exchange or self.exchanges[0]

    def round(self, price: float) -> Decimal:
        """The nearest price that the instrument can have."""
        return max(1, round(price / float(self.min_tick))) * self.min_tick

    def head_time(self) -> float:
        """The oldest data that there is: the opening of the first day, in seconds since 1970."""
        return datetime.strptime(self.listed, "%Y%m%d").replace(hour=9, minute=30, tzinfo=ZONE).timestamp()

    def contract(self, exchange: str = "") -> Contract:
        """The whole contract as TWS reports it; `exchange` as the client asked."""
        contract = Contract()
        contract.conId, contract.symbol, contract.secType = self.con_id, self.symbol, self.sec_type
        contract.currency, contract.exchange = self.currency, exchange or self.exchanges[0]
        contract.primaryExchange = self.primary_exchange
        contract.localSymbol, contract.tradingClass = self.local_symbol, self.trading_class
        contract.strike = 0.0
        return contract


class Instruments:
    """All instruments, and the search among them."""

    def __init__(self) -> None:
        data = json.loads(resources.files(__package__).joinpath("data/instruments.json").read_text(encoding="utf-8"))
        self.all = [_instrument({**data["defaults"][entry["sec_type"]], **entry}) for entry in data["instruments"]]
        self.market_rules = {int(rule): [_increment(*row) for row in rows] for rule, rows in data["market_rules"].items()}
        self._by_con_id = {instrument.con_id: instrument for instrument in self.all}

    def by_con_id(self, con_id: int) -> Instrument | None:
        return self._by_con_id.get(con_id)

    def find(self, wanted: Contract) -> list[Instrument]:
        """All instruments that fit what the contract says; what it leaves empty fits anything. Invalid: it says too little."""
        if wanted.conId:
            instrument = self._by_con_id.get(wanted.conId)
            candidates = [instrument] if instrument else []
        else:
            if not (wanted.symbol or wanted.localSymbol or wanted.secId):
                raise Invalid("Please enter symbol or local symbol or security ID")
            if not wanted.secType:
                raise Invalid("Please enter a valid security type")
            candidates = self.all
        return [instrument for instrument in candidates if _fits(instrument, wanted)]

    def one(self, wanted: Contract) -> Instrument:
        """The instrument that is meant. Refusal 200: none is, or more than one."""
        found = self.find(wanted)
        if not found:
            raise Refusal(200, NOT_FOUND)
        if len(found) > 1:
            raise Refusal(200, f"The contract description specified for {wanted.symbol or wanted.localSymbol} is ambiguous.")
        return found[0]

    def tradable(self, wanted: Contract) -> Instrument:
        """As `one`, for market data and orders, which need an exchange."""
        if not wanted.exchange:
            raise Invalid("Please enter exchange")
        return self.one(wanted)

    def matching(self, pattern: str) -> list[Instrument]:
        """Those whose symbol begins with the pattern or whose name holds it, as the search box of TWS finds them."""
        text = pattern.strip().upper()
        return [entry for entry in self.all if text and (entry.symbol.startswith(text) or text in entry.long_name.upper())]

    def details(self, instrument: Instrument, exchange: str, now: float) -> ContractDetails:
        """Everything that TWS tells of an instrument."""
        details = ContractDetails()
        details.contract = instrument.contract(exchange)
        details.marketName = instrument.trading_class
        details.minTick, details.priceMagnifier = float(instrument.min_tick), 1
        details.orderTypes, details.validExchanges = ORDER_TYPES, ",".join(instrument.exchanges)
        details.marketRuleIds = ",".join([str(instrument.market_rule)] * len(instrument.exchanges))
        details.longName, details.stockType = instrument.long_name, instrument.stock_type
        details.industry, details.category, details.subcategory = instrument.industry, instrument.category, instrument.subcategory
        details.timeZoneId = ZONE_NAME
        details.tradingHours = details.liquidHours = _always_open(now)
        details.aggGroup = 4 if instrument.is_pair else 1
        details.minSize, details.sizeIncrement = instrument.min_size, instrument.size_increment
        details.suggestedSizeIncrement = instrument.suggested_size_increment
        return details


def _fits(instrument: Instrument, wanted: Contract) -> bool:
    said = (
        (wanted.symbol, instrument.symbol),
        (wanted.secType, instrument.sec_type),
        (wanted.currency, instrument.currency),
        (wanted.localSymbol, instrument.local_symbol),
        (wanted.tradingClass, instrument.trading_class),
        (wanted.primaryExchange, instrument.primary_exchange),
    )
    if any(text and text != own for text, own in said) or wanted.secId:
        return False
    return not wanted.exchange or wanted.exchange in instrument.exchanges or wanted.exchange == instrument.primary_exchange


def _instrument(entry: dict[str, Any]) -> Instrument:
    local_symbol = entry.get("local_symbol", entry["symbol"])
    exact = {name: Decimal(entry[name]) for name in _DECIMALS}
    return Instrument(**{**entry, **exact, "local_symbol": local_symbol, "exchanges": tuple(entry["exchanges"])})


def _increment(low_edge: str, increment: str) -> PriceIncrement:
    row = PriceIncrement()
    row.lowEdge, row.increment = float(low_edge), float(increment)
    return row


def _always_open(now: float) -> str:
    """Trading hours of six days in TWS's form; the simulated market does not close."""
    dates = [day(now + n * SECONDS_PER_DAY) for n in range(6)]
    return ";".join(f"{date}:0000-{date}:2359" for date in dates)

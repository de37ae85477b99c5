"""One thing that can be traded, or at least be looked at."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from ....contract import ComboLeg, Contract
from ...times import ZONE

SECONDS_PER_DAY = 86400
YEAR = 365 * SECONDS_PER_DAY
# whose contract doesn't say it
_PLAIN_MULTIPLIER = ("STK", "CASH", "BOND", "IND", "FUND", "CRYPTO", "CMDTY", "CFD", "NEWS", "BAG")
_NO_TRADES = ("CASH", "CMDTY", "CFD", "NEWS", "BAG")
_NO_ORDERS = ("IND", "NEWS", "CONTFUT")
_BAG_ID = 28812380  # TWS's contract id of every combination
_ONE_SHARE = Decimal(1)


@dataclass(frozen=True)
class Leg:
    """A part of a combination. `units`: what one unit of the combination holds of it; below zero:
    sold.
    """

    instrument: Instrument
    units: int
    exchange: str


@dataclass(frozen=True, eq=False)
class Instrument:
    """One listing. Names follow IB's in snake case; prices are in `currency`."""

    con_id: int
    symbol: str
    # IB's: STK, CASH, FUT, CONTFUT, OPT, FOP, IND, BOND, CRYPTO, CMDTY, CFD, FUND, WAR, NEWS, BAG
    sec_type: str
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
    lot: Decimal  # quoted sizes are multiples of it
    volatility: float  # of a year, 0.25 = 25%; of an option, its underlying's
    price: Decimal  # where the simulated market starts
    hours: str  # name of a schedule
    multiplier: Decimal = Decimal(1)  # units of money for one unit of price, per contract
    expiry: str = ""  # last day of trading, YYYYMMDD
    expiry_time: str = ""  # hh:mm:ss in the zone of its hours
    contract_month: str = ""  # YYYYMM
    strike: Decimal = Decimal(0)
    right: str = ""  # C or P
    underlying: int = 0  # contract id
    parents: tuple[
        int, ...
    ] = ()  # contract ids of what its price follows from; none: it goes its own way
    powers: tuple[int, ...] = ()  # for each parent: 1, or -1 to divide by its price
    factor: float = 1.0  # price in units of what follows from the parents
    # lowest price and tick of each part of a market rule that has several, in order
    bands: tuple[tuple[Decimal, Decimal], ...] = ()
    smart_rule: int = 0  # market rule at SMART, where it is another one
    aggregate: int = 1  # IB's aggGroup
    sec_ids: tuple[tuple[str, str], ...] = ()  # ("ISIN", "US0378331005")
    legs: tuple[Leg, ...] = ()  # of a combination
    # further attributes of ContractDetails, of bonds and funds
    details: Mapping[str, Any] = field(default_factory=dict)

    def varied(self, **changes: Any) -> Instrument:
        """Return a copy with other values. Like dataclasses.replace, but chains have tens of
        thousands of these.
        """
        made = object.__new__(Instrument)
        made.__dict__.update(self.__dict__, **changes)
        return made

    @property
    def is_pair(self) -> bool:
        """Return whether it is a currency pair: `symbol` is bought and sold for `currency`. It is
        quoted, but no trades are reported.
        """
        return self.sec_type == "CASH"

    @property
    def is_option(self) -> bool:
        """Return whether it is an option, on a future too."""
        return self.right != ""

    @property
    def issuer_id(self) -> str:
        """Return IB's id of who owes a bond."""
        return (
            f"e{zlib.crc32(self.symbol.encode()) % 10_000_000:07d}"
            if self.sec_type == "BOND"
            else ""
        )

    @property
    def has_trades(self) -> bool:
        """Return whether last prices and volumes are reported (of an index: its values, without
        volume).
        """
        return self.sec_type not in _NO_TRADES

    @property
    def has_quotes(self) -> bool:
        """Return whether there is a bid and an ask."""
        return self.sec_type not in ("IND", "NEWS")

    @property
    def takes_orders(self) -> bool:
        """Return whether orders can be placed."""
        return self.sec_type not in _NO_ORDERS

    @property
    def venue(self) -> str:
        """Return where an order sent to SMART is filled."""
        return self.primary_exchange or next(
            (name for name in self.exchanges if name != "SMART"), self.exchanges[0]
        )

    @property
    def rules(self) -> tuple[int, ...]:
        """Return the market rule at each of `exchanges`."""
        return tuple(
            self.smart_rule if name == "SMART" and self.smart_rule else self.market_rule
            for name in self.exchanges
        )

    def round(self, price: float) -> Decimal:
        """Return the nearest price that the instrument can have; only a combination's may be zero
        or less.
        """
        tick = self.tick_at(Decimal(repr(price))) if self.bands else self.min_tick
        ticks = round(price / float(tick))
        return (ticks if self.legs else max(1, ticks)) * tick

    def size_step(self, quantity: Decimal) -> Decimal:
        """Return the step in which parts of a quantity are traded: of whole shares none is
        broken.
        """
        if self.sec_type == "STK" and quantity == quantity.to_integral_value():
            return max(self.size_increment, _ONE_SHARE)
        return self.size_increment

    def tick_at(self, price: Decimal) -> Decimal:
        """Return the smallest step of a price there: a market rule may ask for wider ones from some
        price on.
        """
        tick = self.min_tick
        for low, increment in self.bands:
            if abs(price) >= low:
                tick = increment
        return tick

    def head_time(self) -> float:
        """Return the oldest data that there is: the opening of the first day, in seconds since
        1970.
        """
        return (
            datetime.strptime(self.listed, "%Y%m%d")
            .replace(hour=9, minute=30, tzinfo=ZONE)
            .timestamp()
        )

    def contract(self, exchange: str = "") -> Contract:
        """Return the whole contract as TWS reports it; `exchange` as the client asked."""
        contract = Contract()
        contract.conId = self.con_id
        contract.symbol = self.symbol
        contract.secType = self.sec_type
        contract.currency = self.currency
        contract.exchange = exchange or self.exchanges[0]
        contract.primaryExchange = self.primary_exchange
        contract.localSymbol = self.local_symbol
        contract.tradingClass = self.trading_class
        contract.lastTradeDateOrContractMonth = contract.lastTradeDate = self.expiry
        contract.strike = float(self.strike)
        contract.right = self.right
        contract.multiplier = "" if self.sec_type in _PLAIN_MULTIPLIER else str(self.multiplier)
        if self.legs:
            contract.conId = _BAG_ID
            contract.comboLegs = [_combo_leg(leg) for leg in self.legs]
            contract.comboLegsDescrip = ",".join(
                f"{leg.instrument.con_id}|{leg.units}" for leg in self.legs
            )
        return contract


def _combo_leg(leg: Leg) -> ComboLeg:
    made = ComboLeg()
    made.conId = leg.instrument.con_id
    made.ratio = abs(leg.units)
    made.action = "BUY" if leg.units > 0 else "SELL"
    made.exchange = leg.exchange
    return made

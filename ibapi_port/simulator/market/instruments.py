"""All instruments, and how TWS finds one from what a client says of it."""

from __future__ import annotations

import difflib
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ...const import UNSET_DOUBLE
from ...contract import Contract, ContractDetails
from ..errors import BadValue, Invalid, Refusal
from ..times import local
from .listings.abroad import listings_abroad
from .listings.catalogue import load
from .listings.combos import FIRST_ID as FIRST_COMBO
from .listings.combos import Combos
from .listings.details import details_of
from .listings.families import Family, Futures, Options, family_of
from .listings.further import further_stocks
from .listings.hours import ALWAYS, Hours
from .listings.instrument import SECONDS_PER_DAY, Instrument
from .listings.issuers import bonds_of

__all__ = ["NOT_FOUND", "SECONDS_PER_DAY", "Instrument", "Instruments"]

NOT_FOUND = "No security definition has been found for the request"
_RIGHTS = {"": "", "?": "", "0": "", "C": "C", "CALL": "C", "P": "P", "PUT": "P"}
_KINDS = {"FUT+CONTFUT": "FUT"}
# of exchanges, in programs written before they were renamed
_OLD_NAMES = {"ISLAND": "NASDAQ", "GLOBEX": "CME", "ECBOT": "CBOT"}
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .\-]{0,29}")
_USUAL_PRICE = Decimal(100)  # of a stock that is listed without one
_GIVEN = ("symbol", "price")
_OWN_IDS = 10_000_000  # contract ids of such stocks begin here
_DESTINATIONS = ("IBKRATS", "JEFFALGO", "CSFBALGO")  # for orders of US instruments
_DERIVATIVES = ("CFD", "OPT", "IOPT", "WAR", "BAG")  # of a stock that has any
_MONTH, _DAY = 6, 8  # how many digits of a date


class Instruments:
    """The instruments that exist at the clock's date. `path`: a data file of the user's;
    `market_hours`: "always" (open) or "exchange".

    `all` has those that exist on any date. Futures and options come and go, and are in `families`.
    """

    def __init__(
        self,
        now: Callable[[], float],
        path: str | Path | None = None,
        market_hours: str = ALWAYS,
        all_listings: bool = False,
    ) -> None:
        catalogue = load(path)
        self._now = now
        self.all = catalogue.instruments
        self.families = catalogue.families
        self.market_rules = catalogue.market_rules
        self.hours = Hours(catalogue.schedules, market_hours)
        self._by_con_id = {instrument.con_id: instrument for instrument in self.all}
        self._make = catalogue.make
        # listed when somebody asks for them: all that are there cost time at each tick
        self._further = dict(further_stocks()) if path is None else {}
        self.has_further = path is None
        self._stocks_listed = 0  # of these, by `list_stocks`
        self._further_ids = {_own_id(symbol): symbol for symbol in self._further}
        self.on_new: list[Callable[[Instrument], None]] = []  # called with what is listed later
        self.all_listings = all_listings
        self._abroad: list[Instrument] = []
        self._schedules = catalogue.schedules
        # by symbol, and bonds by their numbers: those of `all`, and those abroad
        self._called: dict[str, list[Instrument]] = {}
        self._called_abroad: dict[str, list[Instrument]] = {}
        _note_names(self._called, self.all)
        self._list_abroad(self.all)
        self._combos = Combos(self.by_con_id)

    def add_stock(self, symbol: str, price: Decimal | None = None, **fields: Any) -> Instrument:
        """List a further stock of the United States; `fields` as in the file of instruments.
        BadValue: the symbol is listed already, or a field is wrong.
        """
        if not _SYMBOL.fullmatch(symbol):
            raise BadValue("symbol", f"must be 1 to 30 letters, digits, dots, spaces: {symbol!r}")
        if any(entry.local_symbol == symbol for entry in self.all):
            raise BadValue("symbol", f"{symbol!r} is listed already: quote sets its price")
        return self._enlist(symbol, price, fields) or self._add(symbol, price, fields)

    def _list_abroad(self, stocks: Sequence[Instrument]) -> None:
        """List what these stocks are in other countries."""
        if self.all_listings:
            made = listings_abroad(stocks, self.all, self._schedules)
            self._abroad += made
            _note_names(self._called_abroad, made)
            self._by_con_id |= {instrument.con_id: instrument for instrument in made}

    def _enlist(
        self,
        symbol: str,
        price: Decimal | None = None,
        changes: Mapping[str, Any] = MappingProxyType({}),
    ) -> Instrument | None:
        """List one of the further stocks, if it is one: at a price of its own, with other fields
        where they are given. Return None if it is none.
        """
        entry = self._further.pop(symbol, None)
        if entry is None:
            return None
        fields = {name: text for name, text in entry.items() if name not in _GIVEN}
        usual = Decimal(entry["price"])
        return self._add(symbol, usual if price is None else price, {**fields, **changes})

    def list_stocks(self, count: int) -> None:
        """List so many of the further stocks, if there are that many; nothing if it was done."""
        for symbol in list(self._further)[: max(0, count - self._stocks_listed)]:
            self._enlist(symbol)
            self._stocks_listed += 1

    def _list_bonds(self, symbol: str) -> None:
        """List the bonds of an issuer of which there are none yet."""
        if any(entry.symbol == symbol and entry.sec_type == "BOND" for entry in self.all):
            return
        stock = next((e for e in self.all if e.symbol == symbol and e.sec_type == "STK"), None)
        for entry in bonds_of(stock) if stock is not None else ():
            self._admit(self._make(entry))

    def _admit(self, made: Instrument) -> None:
        """Take in what is listed while TWS runs."""
        self.all.append(made)
        _note_names(self._called, [made])
        self._by_con_id[made.con_id] = made
        for on_new in self.on_new:
            on_new(made)

    def _add(self, symbol: str, price: Decimal | None, fields: Mapping[str, Any]) -> Instrument:
        entry = {
            "symbol": symbol,
            "con_id": self._free_con_id(symbol),
            "sec_type": "STK",
            "primary_exchange": "NYSE",
            "long_name": symbol,
            "price": str(_USUAL_PRICE if price is None else price),
            **fields,
        }
        try:
            made = self._make(entry)
        except (KeyError, TypeError, ArithmeticError, ValueError) as e:
            raise BadValue("instrument", f"{symbol}: {e}") from None
        self._admit(made)
        self._list_abroad([made])
        return made

    def suggestions(self, name: str) -> list[str]:
        """Return symbols that look like this one."""
        known = {entry.symbol: None for entry in self.all}
        known |= {entry.local_symbol: None for entry in self.all} | dict.fromkeys(self._further)
        wanted = name.upper()
        alike = difflib.get_close_matches(wanted, known, n=5, cutoff=0.6)
        # letters in another order are the most usual mistake, a wrong first letter is a rare one
        alike.sort(key=lambda each: (sorted(each) != sorted(wanted), each[:1] != wanted[:1]))
        return alike[:3]

    def _free_con_id(self, symbol: str) -> int:
        con_id = _own_id(symbol)
        while con_id in self._by_con_id or self._further_ids.get(con_id, symbol) != symbol:
            con_id += 1
        return con_id

    def by_con_id(self, con_id: int) -> Instrument | None:
        """Return the instrument, even one that has expired; None if there is none."""
        number = family_of(con_id)
        if number < 0:
            if con_id in self._further_ids:
                self._enlist(self._further_ids[con_id])
            return self._by_con_id.get(con_id)
        if con_id >= FIRST_COMBO:
            return self._combos.by_con_id(con_id)
        return (
            self.families[number].by_con_id(con_id, self._today())
            if number < len(self.families)
            else None
        )

    def by_name(self, name: str | int) -> list[Instrument]:
        """Return those that a script means: by contract id, local symbol, or symbol; the symbol of
        a future alone means its front month.
        """
        if isinstance(name, int):
            found = self.by_con_id(name)
            return [found] if found is not None else []
        self._enlist(name)
        today = self._today()
        listed = [
            family for family in self.families if name.startswith(family.template.trading_class)
        ]
        derived = (
            entry
            for family in listed
            for entry in family.members(today)
            if entry.local_symbol == name
        )
        futures = {
            family.template.symbol for family in self.families if isinstance(family, Futures)
        }
        # the index that a future is named after is not meant where the future can be
        named = [
            entry
            for entry in self.all
            if not (entry.sec_type == "IND" and entry.parents and entry.symbol in futures)
        ]
        fronts = (
            family.members(today)[0]
            for family in self.families
            if isinstance(family, Futures) and family.template.symbol == name
        )
        return (
            [entry for entry in named if entry.local_symbol == name]
            or [entry for entry in named if entry.symbol == name]
            or [*derived]
            or [*fronts]
        )

    def find(self, wanted: Contract) -> list[Instrument]:
        """Return all instruments that fit what the contract says; what it leaves empty fits
        anything. Invalid: it says too little.
        """
        if wanted.secType == "BAG":
            return [self._combos.combine(wanted)]
        if wanted.conId:
            instrument = self.by_con_id(wanted.conId)
            candidates: Iterable[Instrument] = [instrument] if instrument else []
        else:
            if not (wanted.symbol or wanted.localSymbol or wanted.secId or wanted.issuerId):
                raise Invalid("Please enter symbol or local symbol or security ID")
            if not (wanted.secType or wanted.secId or wanted.issuerId):
                raise Invalid("Please enter a valid security type")
            candidates = self._candidates(wanted)
        if _RIGHTS.get(wanted.right.upper()) is None:
            raise Invalid("Please enter a valid right: C or P")
        if wanted.secType == "CONTFUT":
            return self._continuous(wanted, candidates)
        today = f"{self._today():%Y%m%d}"
        alive = (
            each
            for each in candidates
            if wanted.includeExpired or not each.expiry or each.expiry >= today
        )
        return [instrument for instrument in alive if _matches(instrument, wanted)]

    def combos(self) -> list[Instrument]:
        """Return the combinations that clients have asked for."""
        return self._combos.all()

    def one(self, wanted: Contract) -> Instrument:
        """Return the instrument that is meant. Refusal 200: none is, or more than one."""
        found = self.find(wanted)
        if not found:
            raise Refusal(200, NOT_FOUND)
        if len(found) > 1:
            raise Refusal(
                200,
                f"The contract description specified for {wanted.symbol or wanted.localSymbol} is "
                "ambiguous.",
            )
        return found[0]

    def tradable(self, wanted: Contract) -> Instrument:
        """Return the same as `one`, for market data and orders, which need an exchange."""
        if not wanted.exchange:
            raise Invalid("Please enter exchange")
        return self.one(wanted)

    def matching(self, pattern: str) -> list[Instrument]:
        """Return those whose symbol begins with the pattern or whose name holds it, as the search
        box of TWS finds them.
        """
        text = pattern.strip().upper()
        for symbol, entry in list(self._further.items()) if text else ():
            if symbol.startswith(text) or text in entry["long_name"].upper():
                self._enlist(symbol)
        return [
            entry
            for entry in (*self.all, *self._abroad)
            if text and (entry.symbol.startswith(text) or text in entry.long_name.upper())
        ]

    def chains(self, instrument: Instrument) -> list[Options]:
        """Return the options on an instrument; on a future those of its family."""
        chains = [family for family in self.families if isinstance(family, Options)]
        number = family_of(instrument.con_id)
        return [
            chain
            for chain in chains
            if instrument.con_id in chain.template.parents
            or (chain.future is not None and chain.future.number == number)
        ]

    def derivatives(self, instrument: Instrument) -> list[str]:
        """Return IB's derivativeSecTypes: what kinds there are on it."""
        families = [
            family.template
            for family in self.families
            if instrument.con_id in (*family.template.parents, family.template.underlying)
        ]
        others = [entry for entry in self.all if entry.underlying == instrument.con_id]
        found = {entry.sec_type: None for entry in (*others, *families)}
        if self.all_listings and "OPT" in found and instrument.sec_type == "STK":
            return list(_DERIVATIVES)
        return [*found, *(["BAG"] if found.keys() & {"OPT", "FUT"} else [])]

    def details(self, instrument: Instrument, exchange: str, now: float) -> ContractDetails:
        """Return everything that TWS says of an instrument."""
        under = self.by_con_id(instrument.underlying) if instrument.underlying else None
        return details_of(instrument, under, exchange, self.hours, now)

    def _today(self) -> date:
        return local(self._now()).date()

    def _candidates(self, wanted: Contract) -> Iterable[Instrument]:
        """Return at least those that could fit; cheap where a chain need not be made."""
        for said in (wanted.symbol, wanted.localSymbol):
            self._enlist(said)
        if wanted.secType == "BOND" and wanted.symbol and self.has_further:
            self._list_bonds(wanted.symbol)
        kind = "FUT" if wanted.secType == "CONTFUT" else _KINDS.get(wanted.secType, wanted.secType)
        if wanted.symbol:
            yield from self._called.get(wanted.symbol, ())
            yield from self._called_abroad.get(wanted.symbol, ())
        else:
            yield from self.all
            yield from self._abroad
        for family in self.families:
            if family.template.sec_type == kind and _concerns(family, wanted):
                if isinstance(family, Options):
                    strike = 0.0 if wanted.strike == UNSET_DOUBLE else wanted.strike
                    date_said = wanted.lastTradeDateOrContractMonth[:_DAY].strip()
                    yield from family.like(self._today(), date_said, strike)
                else:
                    yield from family.members(self._today())
                if wanted.includeExpired:
                    yield from family.expired(self._today())

    def _continuous(self, wanted: Contract, candidates: Iterable[Instrument]) -> list[Instrument]:
        """Return the CONTFUT: the front month, which keeps its contract id."""
        fronts: dict[str, Instrument] = {}
        for future in candidates:
            if future.sec_type != "FUT":  # such as the index that is named like it
                continue
            front = fronts.setdefault(future.trading_class, future)
            if future.expiry < front.expiry:
                fronts[future.trading_class] = future
        made = [replace(front, sec_type="CONTFUT") for front in fronts.values()]
        return [front for front in made if _matches(front, wanted)]


def _own_id(symbol: str) -> int:
    return _OWN_IDS + zlib.crc32(symbol.encode()) % _OWN_IDS


def _note_names(called: dict[str, list[Instrument]], listed: Iterable[Instrument]) -> None:
    """Note instruments by what may stand in a contract's symbol."""
    for instrument in listed:
        for name in {instrument.symbol, *_numbers(instrument)}:
            called.setdefault(name, []).append(instrument)


def _concerns(family: Family, wanted: Contract) -> bool:
    own = family.template
    if wanted.localSymbol:
        return wanted.localSymbol.startswith(own.trading_class)
    return wanted.symbol in ("", own.symbol) and wanted.tradingClass in ("", own.trading_class)


def _matches(instrument: Instrument, wanted: Contract) -> bool:
    # first what most of them do not match
    if wanted.symbol and wanted.symbol not in (instrument.symbol, *_numbers(instrument)):
        return False
    said = (
        (_KINDS.get(wanted.secType, wanted.secType), instrument.sec_type),
        (wanted.currency, instrument.currency),
        (wanted.localSymbol, instrument.local_symbol),
        (wanted.tradingClass, instrument.trading_class),
        (
            _exchange(wanted.primaryExchange),
            instrument.primary_exchange or _exchange(wanted.primaryExchange),
        ),
        (_RIGHTS.get(wanted.right.upper(), ""), instrument.right),
        (wanted.issuerId, instrument.issuer_id),
    )
    if any(text and text != own for text, own in said):
        return False
    if wanted.exchange and _exchange(wanted.exchange) not in (
        *instrument.exchanges,
        instrument.primary_exchange,
        *(
            _DESTINATIONS
            if instrument.currency == "USD" and "SMART" in instrument.exchanges
            else ()
        ),
    ):
        return False
    return _matches_security_id(instrument, wanted) and _matches_terms(instrument, wanted)


def _exchange(name: str) -> str:
    return _OLD_NAMES.get(name, name)


def _matches_security_id(instrument: Instrument, wanted: Contract) -> bool:
    return (
        not wanted.secId or (wanted.secIdType.upper(), wanted.secId.upper()) in instrument.sec_ids
    )


def _numbers(instrument: Instrument) -> list[str]:
    """Return the CUSIP and ISIN by which a bond is asked for in place of a symbol."""
    return [number for _, number in instrument.sec_ids] if instrument.sec_type == "BOND" else []


def _matches_terms(instrument: Instrument, wanted: Contract) -> bool:
    """Return whether date, strike and multiplier match, which futures and options have."""
    if wanted.strike not in (0, UNSET_DOUBLE) and wanted.strike != float(instrument.strike):
        return False
    date_said = wanted.lastTradeDateOrContractMonth
    if date_said:
        own = instrument.contract_month if len(date_said) == _MONTH else instrument.expiry
        if date_said[:_DAY] != own:
            return False
    if not wanted.multiplier:
        return True
    try:
        return Decimal(wanted.multiplier) == instrument.multiplier
    except InvalidOperation:
        return False

"""The exchanges behind a SMART quote, and the letters by which ticks name them."""

from __future__ import annotations

from collections.abc import Iterable

from ..listings.instrument import Instrument
from .quote import Quote
from .random_walk import hash_noise

# IB's handles of the exchanges behind SMART: of US stocks by their listing, else by kind and
# currency
_NASDAQ, _OTHERS = ("9c0001", "a60001")
_HANDLES = {("OPT", "USD"): "9c0004"}
_ABROAD = "b20001"
_LETTERS = {
    "AMEX": "A",
    "NYSE": "N",
    "CBOE": "W",
    "PHLX": "X",
    "ISE": "Y",
    "CHX": "M",
    "ARCA": "P",
    "NASDAQ": "T",
    "DRCTEDGE": "K",
    "BEX": "B",
    "BATS": "Z",
    "EDGEA": "J",
    "BYX": "U",
    "IEX": "V",
    "EDGX": "E",
    "PEARL": "H",
    "MEMX": "L",
    "PSE": "P",
    "BOX": "B",
    "NASDAQOM": "Q",
    "MIAX": "D",
    "MERCURY": "I",
    "LSE": "l",
    "IBIS": "i",
    "AEB": "a",
    "EBS": "e",
    "TSEJ": "t",
    "SEHK": "h",
    "ASX": "s",
    "TSE": "r",
}
_BID, _ASK, _LAST = 111, 112, 113  # lines of `hash_noise`
STAY = 20  # seconds for which the same exchange is best


def bbo_exchange(instrument: Instrument) -> str:
    """Return what tickReqParams has: a handle for reqSmartComponents, or nothing."""
    if "SMART" not in instrument.exchanges:
        return ""
    if instrument.sec_type == "STK" and instrument.currency == "USD":
        return _NASDAQ if instrument.primary_exchange == "NASDAQ" else _OTHERS
    return _HANDLES.get((instrument.sec_type, instrument.currency), _ABROAD)


def smart_components(instruments: Iterable[Instrument]) -> dict[str, list[tuple[int, str, str]]]:
    """Return the exchanges behind SMART by handle: bit number, name, letter."""
    names: dict[str, dict[str, None]] = {}
    for instrument in instruments:
        if handle := bbo_exchange(instrument):
            names.setdefault(handle, {}).update(
                dict.fromkeys(name for name in instrument.exchanges if name != "SMART")
            )
    return {
        handle: [(bit, name, letter_of(name)) for bit, name in enumerate(found)]
        for handle, found in names.items()
    }


def letter_of(exchange: str) -> str:
    """Return the letter by which tickString names an exchange."""
    return _LETTERS.get(exchange, exchange[:1])


def best_exchanges(instrument: Instrument, quote: Quote) -> tuple[str, str, str]:
    """Return where the bid, the ask and the last trade are."""
    names = [name for name in instrument.exchanges if name != "SMART"] or list(instrument.exchanges)
    cell = quote.last_time // STAY
    chosen = [
        names[int(abs(hash_noise(instrument.con_id, line, cell)) * len(names)) % len(names)]
        for line in (_BID, _ASK, _LAST)
    ]
    return chosen[0], chosen[1], chosen[2]

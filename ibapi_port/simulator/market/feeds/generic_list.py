"""Which generic ticks reqMktData can be asked for, and for what."""

from __future__ import annotations

from typing import NamedTuple

from ...errors import Invalid
from ..listings.instrument import Instrument

NEWS = 292
_DATA_OFF = "mdoff"
_NAMES = {
    100: "Option Volume",
    101: "Option Open Interest",
    104: "Historical Volatility",
    105: "Average Opt Volume",
    106: "impvolat",
    162: "Index Future Premium",
    165: "Misc. Stats",
    221: "Creditman Mark Price",
    225: "Auction",
    232: "Pl Price",
    233: "RTVolume",
    236: "inventory",
    258: "Fundamentals",
    292: "Wide_news",
    293: "TradeCount",
    294: "TradeRate",
    295: "VolumeRate",
    318: "LastRTHTrade",
    375: "RTTrdVolume",
    411: "rthistvol",
    456: "IBDividends",
    460: "Bond Factor Multiplier",
    576: "EtfNavBidAsk(navbidask)",
    577: "EtfNavLast(navlast)",
    578: "EtfNavClose(navclose)",
    586: "IPOHLMPRC",
    587: "Pl Price Delayed",
    588: "Futures Open Interest",
    595: "Short-Term Volume X Mins",
    614: "EtfNavMisc(high/low)",
    619: "Creditman Slow Mark Price",
    623: "EtfFrozenNavLast(fznavlast)",
}
_COMMON = {165, 221, 225, 232, 233, 292, 293, 294, 295, 318, 375, 411, 460, 587, 588, 595, 619}
_OF_UNDERLYINGS = {100, 101, 104, 105, 106}
_LEGAL = {
    "STK": _COMMON | _OF_UNDERLYINGS | {236, 258, 456, 576, 577, 578, 586, 614, 623},
    "IND": _COMMON | _OF_UNDERLYINGS | {162},
    "FUT": _COMMON | _OF_UNDERLYINGS,
    "OPT": _COMMON | {101, 104, 106},
    "NEWS": {NEWS},
}


class GenericList(NamedTuple):
    """What a genericTickList asks for."""

    ids: tuple[int, ...]
    providers: tuple[str, ...]  # of news; none: all
    data: bool  # whether prices are wanted too


def read_list(text: str, instrument: Instrument) -> GenericList:
    """Read a list such as "100,233" or "mdoff,292:BRFG+DJNL". Invalid: the instrument does not have
    one of them.
    """
    ids: dict[int, None] = {}
    providers: list[str] = []
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    legal = _LEGAL.get(instrument.sec_type, _COMMON)
    for part in wanted:
        number, _, names = part.partition(":")
        if part == _DATA_OFF:
            continue
        if not (number.isascii() and number.isdigit() and int(number) in legal):
            listed = ",".join(f"{tick}({_NAMES[tick]})" for tick in sorted(legal))
            raise Invalid(
                f"Incorrect generic tick list of {text}.  Legal ones for ({instrument.sec_type}) "
                f"are: {listed}"
            )
        ids[int(number)] = None
        providers += [name for name in names.split("+") if name]
    return GenericList(tuple(ids), tuple(providers), _DATA_OFF not in wanted)

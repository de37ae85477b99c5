"""What can be scanned for, and what restricts a scan: scan codes, filters by tag, and filters by
attribute of the subscription.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ...const import UNSET_DOUBLE, UNSET_INTEGER
from ...scanner import ScannerSubscription
from .figures import Figures

Number = Callable[[Figures], float]
Test = Callable[[Figures], bool]
COMBOS = ("NATCOMB",)
STOCKS = ("STK", "ETF.EQ.US", "STOCK.EU", "STOCK.HK", "STOCK.NA")
FUTURES, INDICES, BONDS = ("FUT.US", "FUT.EU"), ("IND.US", "IND.EU"), ("BOND", "BOND.GOVT")


class Scan(NamedTuple):
    """A kind of scan. It sorts by `number`, the highest first, or the lowest if `ascending`."""

    name: str
    instruments: tuple[str, ...]
    number: Number
    ascending: bool = False


class Filter(NamedTuple):
    """A filter by tag: `number` has to be at least (`above`) or at most the value given."""

    name: str
    group: str
    number: Number
    above: bool


_PRICED, _TRADED = (*STOCKS, *FUTURES, *INDICES), (*STOCKS, *FUTURES)

SCANS = {
    "TOP_PERC_GAIN": Scan("Top % Gainers", _PRICED, lambda each: each.change),
    "TOP_PERC_LOSE": Scan("Top % Losers", _PRICED, lambda each: each.change, ascending=True),
    "MOST_ACTIVE": Scan("Most Active", _TRADED, lambda each: each.volume),
    "MOST_ACTIVE_USD": Scan("Most Active ($)", _TRADED, lambda each: each.turnover),
    "MOST_ACTIVE_AVG_USD": Scan(
        "Most Active ($ average)", _TRADED, lambda each: each.average_volume * each.price
    ),
    "HOT_BY_VOLUME": Scan("Hot Contracts by Volume", _TRADED, lambda each: each.relative_volume),
    "HOT_BY_PRICE": Scan(
        "Hot Contracts by Price",
        _PRICED,
        lambda each: abs(each.change) / each.instrument.volatility,
    ),
    "HOT_BY_PRICE_RANGE": Scan(
        "Hot by Price Range", _PRICED, lambda each: each.price_range / each.instrument.volatility
    ),
    "TOP_PRICE_RANGE": Scan("Top Price Range", _PRICED, lambda each: each.price_range),
    "TOP_VOLUME_RATE": Scan("Top Volume Rate", _TRADED, lambda each: each.volume),
    "TOP_TRADE_COUNT": Scan("Top Trade Count", _TRADED, lambda each: each.trades),
    "TOP_TRADE_RATE": Scan("Top Trade Rate", _TRADED, lambda each: each.trades),
    "TOP_OPEN_PERC_GAIN": Scan(
        "Top % Gainers Since Open", _PRICED, lambda each: each.change_since_open
    ),
    "TOP_OPEN_PERC_LOSE": Scan(
        "Top % Losers Since Open", _PRICED, lambda each: each.change_since_open, ascending=True
    ),
    "HIGH_OPEN_GAP": Scan("Top Close-to-Open % Gainers", _PRICED, lambda each: each.gap),
    "LOW_OPEN_GAP": Scan(
        "Top Close-to-Open % Losers", _PRICED, lambda each: each.gap, ascending=True
    ),
    "HALTED": Scan("Halted", _TRADED, lambda each: each.quote.halted or math.nan),
    "HIGH_OPT_IMP_VOLAT": Scan(
        "Highest Option Imp Vol", STOCKS, lambda each: each.implied_volatility
    ),
    "LOW_OPT_IMP_VOLAT": Scan(
        "Lowest Option Imp Vol", STOCKS, lambda each: each.implied_volatility, ascending=True
    ),
    "OPT_VOLUME_MOST_ACTIVE": Scan(
        "Most Active by Opt Volume", STOCKS, lambda each: each.option_volume or math.nan
    ),
    "HIGH_DIVIDEND_YIELD_IB": Scan("High Dividend Yield", STOCKS, lambda each: each.dividend_yield),
    "HIGH_PE_RATIO": Scan("High P/E Ratio", STOCKS, lambda each: each.price_earnings),
    "LOW_PE_RATIO": Scan("Low P/E Ratio", STOCKS, lambda each: each.price_earnings, ascending=True),
    "HIGH_GROWTH_RATE": Scan("High Growth Rate", STOCKS, lambda each: each.growth),
    "LOW_GROWTH_RATE": Scan("Low Growth Rate", STOCKS, lambda each: each.growth, ascending=True),
    "SCAN_marketCap1e6_DESC": Scan("Market Cap", STOCKS, lambda each: each.market_cap),
    "COMBO_LATEST_TRADE": Scan("Latest Trade", COMBOS, lambda each: each.quote.last_time),
    "COMBO_MOST_ACTIVE": Scan("Most Active", COMBOS, lambda each: float(each.quote.volume)),
    "HIGH_COUPON_RATE": Scan("High Coupon Rate", BONDS, lambda each: each.coupon),
    "LOW_COUPON_RATE": Scan("Low Coupon Rate", BONDS, lambda each: each.coupon, ascending=True),
    "FAR_MATURITY_DATE": Scan("Far Maturity Date", BONDS, lambda each: each.maturity_number),
    "NEAR_MATURITY_DATE": Scan(
        "Near Maturity Date", BONDS, lambda each: each.maturity_number, ascending=True
    ),
}

FILTERS = {
    "priceAbove": Filter("Price Above", "PRICE", lambda each: each.price, above=True),
    "priceBelow": Filter("Price Below", "PRICE", lambda each: each.price, above=False),
    "volumeAbove": Filter("Volume Above", "VOLUME", lambda each: each.volume, above=True),
    "avgVolumeAbove": Filter(
        "Avg Volume Above", "AVGVOLUME", lambda each: each.average_volume, above=True
    ),
    "avgVolumeBelow": Filter(
        "Avg Volume Below", "AVGVOLUME", lambda each: each.average_volume, above=False
    ),
    "tradeCountAbove": Filter("Trades Above", "TRADECOUNT", lambda each: each.trades, above=True),
    "changePercAbove": Filter("Change % Above", "CHANGEPERC", lambda each: each.change, above=True),
    "changePercBelow": Filter(
        "Change % Below", "CHANGEPERC", lambda each: each.change, above=False
    ),
    "changeOpenPercAbove": Filter(
        "Change since Open % Above",
        "CHANGEOPENPERC",
        lambda each: each.change_since_open,
        above=True,
    ),
    "changeOpenPercBelow": Filter(
        "Change since Open % Below",
        "CHANGEOPENPERC",
        lambda each: each.change_since_open,
        above=False,
    ),
    "openGapPercAbove": Filter(
        "Open Gap % Above", "OPENGAPPERC", lambda each: each.gap, above=True
    ),
    "openGapPercBelow": Filter(
        "Open Gap % Below", "OPENGAPPERC", lambda each: each.gap, above=False
    ),
    "priceRangeAbove": Filter(
        "Price Range Above",
        "PRICERANGE",
        lambda each: float(each.quote.high - each.quote.low),
        above=True,
    ),
    "marketCapAbove1e6": Filter(
        "Market Cap (M) Above", "MKTCAP", lambda each: each.market_cap, above=True
    ),
    "marketCapBelow1e6": Filter(
        "Market Cap (M) Below", "MKTCAP", lambda each: each.market_cap, above=False
    ),
    "usdMarketCapAbove": Filter(
        "Market Cap (USD, M) Above", "USDMKTCAP", lambda each: each.market_cap, above=True
    ),
    "usdMarketCapBelow": Filter(
        "Market Cap (USD, M) Below", "USDMKTCAP", lambda each: each.market_cap, above=False
    ),
    "minPeRatio": Filter("P/E Above", "PE", lambda each: each.price_earnings, above=True),
    "maxPeRatio": Filter("P/E Below", "PE", lambda each: each.price_earnings, above=False),
    "dividendYieldFracAbove": Filter(
        "Dividend Yield Above", "DIVYIELD", lambda each: each.dividend_yield, above=True
    ),
    "dividendYieldFracBelow": Filter(
        "Dividend Yield Below", "DIVYIELD", lambda each: each.dividend_yield, above=False
    ),
    "minGrowthRate": Filter(
        "Growth Rate Above", "GROWTHRATE", lambda each: each.growth, above=True
    ),
    "maxGrowthRate": Filter(
        "Growth Rate Below", "GROWTHRATE", lambda each: each.growth, above=False
    ),
    "impVolatAbove": Filter(
        "Imp Vol Above", "IMPVOLAT", lambda each: each.implied_volatility, above=True
    ),
    "impVolatBelow": Filter(
        "Imp Vol Below", "IMPVOLAT", lambda each: each.implied_volatility, above=False
    ),
    "avgOptVolumeAbove": Filter(
        "Avg Option Volume Above",
        "AVGOPTVOLUME",
        lambda each: each.average_option_volume,
        above=True,
    ),
    "avgOptVolumeBelow": Filter(
        "Avg Option Volume Below",
        "AVGOPTVOLUME",
        lambda each: each.average_option_volume,
        above=False,
    ),
    "optVolumeAbove": Filter(
        "Option Volume Above", "OPTVOLUME", lambda each: each.option_volume, above=True
    ),
    "optVolumeBelow": Filter(
        "Option Volume Below", "OPTVOLUME", lambda each: each.option_volume, above=False
    ),
    "usdVolumeAbove": Filter(
        "Volume (USD) Above", "USDVOLUME", lambda each: each.turnover, above=True
    ),
    "usdVolumeBelow": Filter(
        "Volume (USD) Below", "USDVOLUME", lambda each: each.turnover, above=False
    ),
    "avgUsdVolumeAbove": Filter(
        "Avg Volume (USD) Above",
        "AVGUSDVOLUME",
        lambda each: each.average_volume * each.price,
        above=True,
    ),
    "avgUsdVolumeBelow": Filter(
        "Avg Volume (USD) Below",
        "AVGUSDVOLUME",
        lambda each: each.average_volume * each.price,
        above=False,
    ),
    "couponRateAbove": Filter("Coupon Rate Above", "CPNRATE", lambda each: each.coupon, above=True),
    "couponRateBelow": Filter(
        "Coupon Rate Below", "CPNRATE", lambda each: each.coupon, above=False
    ),
    "maturityDateAbove": Filter(
        "Maturity Date Above", "MATDATE", lambda each: each.maturity_number, above=True
    ),
    "maturityDateBelow": Filter(
        "Maturity Date Below", "MATDATE", lambda each: each.maturity_number, above=False
    ),
}

# The attributes of a subscription and the filters by tag that they are.
_ATTRIBUTES = {
    "abovePrice": "priceAbove",
    "belowPrice": "priceBelow",
    "aboveVolume": "volumeAbove",
    "marketCapAbove": "marketCapAbove1e6",
    "marketCapBelow": "marketCapBelow1e6",
    "couponRateAbove": "couponRateAbove",
    "couponRateBelow": "couponRateBelow",
    "averageOptionVolumeAbove": "avgOptVolumeAbove",
    "maturityDateAbove": "maturityDateAbove",
    "maturityDateBelow": "maturityDateBelow",
}
STOCK_TYPES = {
    "ALL": (),
    "STOCK": ("COMMON", "ADR", "REIT", "PREFERRED"),
    "CORP": ("COMMON",),
    "ADR": ("ADR",),
    "ETF": ("ETF",),
    "REIT": ("REIT",),
    "CEF": ("CLOSED-END FUND",),
}
_MOODY = [
    *("AAA", "AA1", "AA2", "AA3", "A1", "A2", "A3", "BAA1"),
    *("BAA2", "BAA3", "BA1", "BA2", "BA3", "B1", "B2", "B3"),
    *("CAA1", "CAA2", "CAA3", "CA", "C"),
]
_STANDARD = [
    *("AAA", "AA+", "AA", "AA-", "A+", "A", "A-", "BBB+"),
    *("BBB", "BBB-", "BB+", "BB", "BB-", "B+", "B", "B-"),
    *("CCC+", "CCC", "CCC-", "CC", "C", "D"),
]


def select(scan: Scan, candidates: Iterable[Figures], tests: Sequence[Test]) -> list[Figures]:
    """Return those that pass, in the scan's order; equals in the order of their contract ids."""
    found = [
        each
        for each in candidates
        if all(test(each) for test in tests) and not math.isnan(scan.number(each))
    ]
    sign = 1 if scan.ascending else -1
    return sorted(found, key=lambda each: (sign * scan.number(each), each.instrument.con_id))


def attribute_tests(subscription: ScannerSubscription) -> list[Test]:
    """Return what the attributes ask for. ValueError: one cannot be understood."""
    tests = []
    for attribute, code in _ATTRIBUTES.items():
        value = getattr(subscription, attribute)
        if value not in ("", UNSET_DOUBLE, UNSET_INTEGER):
            tests.append(filter_test(code, str(value)))
    if subscription.stockTypeFilter:
        tests.append(_stock_types(subscription.stockTypeFilter))
    if subscription.excludeConvertible:
        tests.append(lambda each: not each.instrument.details.get("convertible", False))
    for scale, which, above, below in (
        (_MOODY, 0, subscription.moodyRatingAbove, subscription.moodyRatingBelow),
        (_STANDARD, 1, subscription.spRatingAbove, subscription.spRatingBelow),
    ):
        if above:
            tests.append(_rated(scale, which, above, better=True))
        if below:
            tests.append(_rated(scale, which, below, better=False))
    return tests


def filter_test(code: str, value: str) -> Test:
    """Return what a filter by tag asks for. ValueError: there is none of that name, or the value is
    none.
    """
    if code == "stkTypes":
        return _stock_types(value)
    if code == "hasOptionsIs":
        wanted = value.lower() in ("true", "1")
        return lambda each: each.options is wanted
    known = FILTERS.get(code)
    if known is None:
        raise ValueError(f"Unknown filter option: {code}")
    try:
        limit = float(value)
    except ValueError:
        raise ValueError(f"Invalid value of filter option {code}: {value}") from None
    if known.above:
        return lambda each: known.number(each) >= limit
    return lambda each: known.number(each) <= limit


def _stock_types(text: str) -> Test:
    """Return the test for "ETF", or a list like "inc:ETF,CORP" or "exc:ETF"."""
    head, colon, rest = text.partition(":")
    names = (rest if colon else head).upper().split(",")
    if any(name not in STOCK_TYPES for name in names) or (colon and head not in ("inc", "exc")):
        raise ValueError(f"Invalid stock type filter: {text}")
    if "ALL" in names:
        return lambda each: True
    kinds = [kind for name in names for kind in STOCK_TYPES[name]]
    return lambda each: (each.instrument.stock_type.upper() in kinds) is (head != "exc")


def _rated(scale: Sequence[str], which: int, limit: str, better: bool) -> Test:
    if limit.upper() not in scale:
        raise ValueError(f"Invalid rating: {limit}")
    place = scale.index(limit.upper())

    def passes(each: Figures) -> bool:
        rating = each.ratings[which].upper()
        return rating in scale and (
            scale.index(rating) <= place if better else scale.index(rating) >= place
        )

    return passes

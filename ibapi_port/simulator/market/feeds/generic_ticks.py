"""What generic ticks send. Figures that the simulated market has no source for are made up once for
each instrument, and stay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal

from ...times import local
from ..listings.instrument import Instrument
from ..quotes.quote import Quote, reference_price
from ..quotes.random_walk import hash_noise
from .ticks import OTHER, Tick

_SEEDED = 120  # first line of `hash_noise` of these figures
_WEEKS = ((13, 15, 16), (26, 17, 18), (52, 19, 20))  # tick types of low and high
_SHORTABLE, _SHORTABLE_SHARES = 3.0, 5_000_000  # 3: at least 1000 shares can be borrowed


def first_ticks(tick: int, instrument: Instrument, quote: Quote) -> Iterable[Tick]:
    """Return what comes when it is asked for."""
    make = _STANDING.get(tick)
    return (
        make(instrument, quote)
        if make is not None
        else changed_ticks(tick, instrument, None, quote)
    )


def changed_ticks(
    tick: int, instrument: Instrument, known: Quote | None, quote: Quote
) -> Iterable[Tick]:
    """Return what comes when the quote has changed."""
    make = _MOVING.get(tick)
    return make(instrument, known, quote) if make is not None else ()


def _figure(instrument: Instrument, line: int, low: float, high: float) -> float:
    return low + (high - low) * abs(hash_noise(instrument.con_id, _SEEDED + line, 0))


def _size(tick_type: int, size: float) -> Tick:
    return "tickSize", {"tickType": tick_type, "size": Decimal(max(0, round(size)))}


def _price(tick_type: int, price: float) -> Tick:
    return "tickPrice", {"tickType": tick_type, "price": price, "size": Decimal(0), "attrib": OTHER}


def _generic(tick_type: int, value: float) -> Tick:
    return "tickGeneric", {"tickType": tick_type, "value": value}


def _string(tick_type: int, value: str) -> Tick:
    return "tickString", {"tickType": tick_type, "value": value}


# --- figures that stand ---


def _option_volume(instrument: Instrument, quote: Quote) -> Iterable[Tick]:
    volume = float(quote.volume) * 0.01
    return [
        _size(29, volume * _figure(instrument, 0, 0.4, 1)),
        _size(30, volume * _figure(instrument, 1, 0.3, 0.8)),
    ]


def _open_interest(instrument: Instrument, quote: Quote) -> Iterable[Tick]:
    calls = _size(27, _figure(instrument, 2, 1e3, 2e5))
    puts = _size(28, _figure(instrument, 3, 1e3, 2e5))
    return [calls if right == "C" else puts for right in instrument.right or "CP"]


def _history(instrument: Instrument, quote: Quote) -> Iterable[Tick]:
    """Return lows and highs of 13, 26 and 52 weeks, and the average volume."""
    price = float(reference_price(instrument, quote))
    for weeks, low_type, high_type in _WEEKS:
        reach = instrument.volatility * math.sqrt(weeks / 52)
        low = price * math.exp(-reach * _figure(instrument, 4, 0.5, 1.0))
        high = price * math.exp(reach * _figure(instrument, 5, 0.2, 0.8))
        yield _price(low_type, float(min(instrument.round(low), quote.low)))
        yield _price(high_type, float(max(instrument.round(high), quote.high)))
    yield _size(21, float(instrument.lot) * _figure(instrument, 6, 1e4, 1e6))


def _auction(instrument: Instrument, quote: Quote) -> Iterable[Tick]:
    size = float(quote.bid_size + quote.ask_size)
    return [
        _size(34, size * 5),
        _price(35, float(quote.last)),
        _size(36, size * _figure(instrument, 7, 0, 2)),
        _size(61, 0),
    ]


def _fundamentals(instrument: Instrument, quote: Quote) -> Iterable[Tick]:
    price = float(quote.last)
    earnings = price / _figure(instrument, 8, 12, 40)
    figures = {
        "TTMNPMGN": _figure(instrument, 9, 3, 30),
        "NLOW": price * 0.75,
        "NHIG": price * 1.2,
        "TTMEPSXCLX": earnings,
        "PEEXCLXOR": price / earnings,
        "BETA": _figure(instrument, 10, 0.5, 1.8),
        "MKTCAP": price * _figure(instrument, 11, 1e3, 1e4),
        "YIELD": _dividend(instrument) / price * 100,
    }
    return [_string(47, ";".join(f"{name}={value:.5f}" for name, value in figures.items()) + ";")]


def _dividend(instrument: Instrument) -> float:
    """Return the dividend of a year, per share."""
    return round(float(instrument.price) * _figure(instrument, 12, 0, 0.03) / 4, 2) * 4


def _dividends(instrument: Instrument, quote: Quote) -> Iterable[Tick]:
    """Return the dividends of the past and the next twelve months, and the next one's date and
    amount.
    """
    year = _dividend(instrument)
    if instrument.sec_type != "STK" or not year:
        return [_string(59, ",,,")]
    next_one = local(quote.last_time) + timedelta(days=round(_figure(instrument, 13, 5, 85)))
    return [_string(59, f"{year:.2f},{year:.2f},{next_one:%Y%m%d},{year / 4:.2f}")]


def _of_etf(*tick_types: int) -> Callable[[Instrument, Quote], Iterable[Tick]]:
    """Return a function for an exchange traded fund, which is worth what it trades at, less a
    touch.
    """
    worth = {
        92: "close",
        93: "close",
        94: "bid",
        95: "ask",
        96: "last",
        97: "last",
        98: "high",
        99: "low",
    }
    return lambda instrument, quote: (
        [_price(tick_type, float(getattr(quote, worth[tick_type]))) for tick_type in tick_types]
        if instrument.stock_type == "ETF"
        else []
    )


def _shortable(instrument: Instrument, quote: Quote) -> Iterable[Tick]:
    return [
        _generic(46, _SHORTABLE),
        _size(89, _figure(instrument, 14, 0.1, 1) * _SHORTABLE_SHARES),
    ]


def _short_term_volume(instrument: Instrument, quote: Quote) -> Iterable[Tick]:
    size = float(quote.last_size)
    return [_size(63, size * 20), _size(64, size * 33), _size(65, size * 66)]


_STANDING: dict[int, Callable[[Instrument, Quote], Iterable[Tick]]] = {
    100: _option_volume,
    101: _open_interest,
    104: lambda instrument, quote: [
        _generic(23, instrument.volatility * _figure(instrument, 15, 0.8, 1.2))
    ],
    105: lambda instrument, quote: [_size(87, _figure(instrument, 16, 1e4, 1e6))],
    106: lambda instrument, quote: [_generic(24, instrument.volatility)],
    162: lambda instrument, quote: [_generic(31, float(quote.last) * 0.01)],
    165: _history,
    225: _auction,
    236: _shortable,
    258: _fundamentals,
    411: lambda instrument, quote: [
        _generic(58, instrument.volatility * _figure(instrument, 17, 0.7, 1.3))
    ],
    456: _dividends,
    460: lambda instrument, quote: [_generic(60, 1.0)] if instrument.sec_type == "BOND" else [],
    576: _of_etf(94, 95),
    577: _of_etf(96),
    578: _of_etf(92, 93),
    588: lambda instrument, quote: (
        [_size(86, _figure(instrument, 18, 1e4, 2e6))] if instrument.sec_type == "FUT" else []
    ),
    595: _short_term_volume,
    614: _of_etf(98, 99),
    623: _of_etf(97),
}


# --- figures that move with the quote ---


def _mark(*tick_types: int) -> Callable[[Instrument, Quote | None, Quote], Iterable[Tick]]:
    def make(instrument: Instrument, known: Quote | None, quote: Quote) -> Iterable[Tick]:
        price = reference_price(instrument, quote)
        if known is None or reference_price(instrument, known) != price:
            yield from (_price(tick_type, float(price)) for tick_type in tick_types)

    return make


def _traded(known: Quote | None, quote: Quote) -> bool:
    return known is None or known.volume != quote.volume


def _volume_string(tick_type: int) -> Callable[[Instrument, Quote | None, Quote], Iterable[Tick]]:
    """Return a function that writes price, size, time in milliseconds, volume of the day, average
    price of the day, and whether a single market maker filled it.
    """

    def make(instrument: Instrument, known: Quote | None, quote: Quote) -> Iterable[Tick]:
        if instrument.has_trades and _traded(known, quote):
            average = (quote.high + quote.low + quote.last) / 3
            said = (
                quote.last,
                quote.last_size,
                quote.last_time * 1000,
                quote.volume,
                f"{average:.8f}",
                "true",
            )
            yield _string(tick_type, ";".join(map(str, said)))

    return make


def _rates(instrument: Instrument, quote: Quote) -> tuple[float, float]:
    """Return trades, and volume, a minute."""
    trades = _figure(instrument, 19, 5, 500)
    return trades, trades * float(quote.last_size)


def _trade_count(instrument: Instrument, known: Quote | None, quote: Quote) -> Iterable[Tick]:
    if _traded(known, quote):
        yield _generic(54, float(int(quote.volume / instrument.lot)))


def _trade_rate(instrument: Instrument, known: Quote | None, quote: Quote) -> Iterable[Tick]:
    if known is None:
        yield _generic(55, round(_rates(instrument, quote)[0]))


def _volume_rate(instrument: Instrument, known: Quote | None, quote: Quote) -> Iterable[Tick]:
    if _traded(known, quote):
        yield _generic(56, round(_rates(instrument, quote)[1]))


def _last_regular(instrument: Instrument, known: Quote | None, quote: Quote) -> Iterable[Tick]:
    if known is None or known.last != quote.last:
        yield _price(57, float(quote.last))


_MOVING: dict[int, Callable[[Instrument, Quote | None, Quote], Iterable[Tick]]] = {
    221: _mark(37, 78),
    232: _mark(37),
    233: _volume_string(48),
    293: _trade_count,
    294: _trade_rate,
    295: _volume_rate,
    318: _last_regular,
    375: _volume_string(77),
    619: _mark(79),
}

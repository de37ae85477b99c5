"""What the control page shows beside the state: candles, an order book, the latest events."""

from __future__ import annotations

import math
from typing import Any

from . import state
from .errors import BadValue, Invalid, Refusal
from .history.requests import read_request
from .market.feeds.depth_book import ASK, BID, book_side
from .market.instruments import Instrument
from .net.clock import VirtualClock
from .network import Network
from .world import World

MOST_CANDLES = 500
_LENGTHS = {  # how long a time so many candles can have, by their size
    "1 min": "2 D",
    "5 mins": "1 W",
    "15 mins": "2 W",
    "1 hour": "2 M",
    "1 day": "2 Y",
}
_MOST_ORDERS = 200


def candles(world: World, instrument: Instrument, size: str, count: int) -> list[dict[str, Any]]:
    """Return the latest bars, oldest first. BadValue: there is no such size."""
    if size not in _LENGTHS:
        raise BadValue("size", f"must be one of {', '.join(_LENGTHS)}, not {size!r}")
    if not 1 <= count <= MOST_CANDLES:
        raise BadValue("count", f"must be 1 to {MOST_CANDLES}, not {count}")
    series = "TRADES" if instrument.has_trades else "MIDPOINT"
    values = {
        "contract": instrument.contract(),
        "endDateTime": "",
        "durationStr": _LENGTHS[size],
        "barSizeSetting": size,
        "whatToShow": "AGGTRADES" if instrument.sec_type == "CRYPTO" else series,
        "useRTH": 0,
        "formatDate": 1,
        "keepUpToDate": False,
    }
    maker = world.history.bars
    try:
        request = read_request(values, world.clock.now())
        places = maker.places(instrument, request)[-count:]
        sums = maker.sums(instrument, request, request.series, places)
    except (Refusal, Invalid):
        return []
    bar_of = maker.bar_maker(instrument, request)
    bars = [bar_of(place, each) for place, each in zip(places, sums, strict=False)]
    return [
        {
            "date": bar.date,
            "open": bar.open,
            "high": bar.high,
            "low": bar.low,
            "close": bar.close,
            "volume": str(bar.volume),
        }
        for bar in bars
    ]


def depth(world: World, instrument: Instrument, rows: int) -> dict[str, Any]:
    """Return the order book, the best prices first."""
    if not 1 <= rows <= 20:
        raise BadValue("rows", f"must be 1 to 20, not {rows}")
    quote = world.market.quote(instrument)
    sides = {
        name: [
            {"price": str(row.price), "size": str(row.size)}
            for row in book_side(instrument, quote, side, rows, ())
        ]
        for name, side in (("bids", BID), ("asks", ASK))
    }
    return {"symbol": instrument.local_symbol, "quote": state.quote(quote), **sides}


def overview(world: World, network: Network, since: int) -> dict[str, Any]:
    """Return the state, how time passes, and what has happened after event number `since`."""
    now = state.state(world, network)
    now["orders"] = now["orders"][-_MOST_ORDERS:]
    now["clock"]["speed"] = speed(world)
    now["executions"] = [
        {
            "time": fill.execution.time,
            "symbol": fill.instrument.local_symbol,
            "side": fill.execution.side,
            "shares": str(fill.execution.shares),
            "price": fill.execution.price,
            "order_id": fill.execution.orderId,
            "client_id": fill.execution.clientId,
        }
        for fill in list(world.executions.current())[-_MOST_ORDERS:]
    ]
    now["log"] = [
        {"number": event.number, "kind": event.kind, "line": event.line}
        for event in world.log.since(since)[-_MOST_ORDERS:]
    ]
    return now


def speed(world: World) -> str:
    """Return how time passes, in words."""
    clock = world.clock
    if not isinstance(clock, VirtualClock):
        return "real time"
    if clock.speed == math.inf:
        return "as fast as possible"
    return "stands still" if not clock.speed else f"{clock.speed:g} times real time"

"""Market data: quotes, depth, ticks, bars of five seconds, computations for options.

This file is made from _async/quotes.py by .ci/async_to_sync.py: change that one, then run it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from ...common import DepthMktDataDescription, SmartComponent
from ...contract import Contract
from .. import converters as made
from ..depth import Book
from ..engine import Rows
from ..exceptions import RequestTimeout
from ..rows import BidAskTick, Greeks, LastTick, MidPointTick, RealTimeBar, Tick
from ..streams import LIMIT, Mode, Subscription, as_it_is
from ..sync_base import SyncBase
from ..ticker import Ticker, has_quote, ticks_of

LINES = 50  # market data lines that reqTickers takes at a time; a login has 100 or more


class Quotes(SyncBase):
    """Market data: quotes, depth, ticks, bars of five seconds, computations for options."""

    def reqMktData(
        self,
        contract: Contract,
        genericTickList: str = "",
        *,
        mode: Mode = "latest",
    ) -> Subscription[Ticker]:
        """Begin quotes: each row is the Ticker as it then is.

        mode "latest" gives the newest state to a program that is slower than the ticks; "all" gives
        one state for each tick. See also `reqTicks`.
        """
        ticker = Ticker(contract)
        rows = (ticker,)

        def receive(name: str, arguments: tuple[object, ...]) -> tuple[Ticker, ...]:
            ticker.take(name, arguments)
            return rows if mode == "latest" else (ticker.copy(),)

        freeze = Ticker.copy if mode == "latest" else as_it_is
        stream = Subscription(self._engine, receive, mode, LIMIT, freeze)
        stream.start("reqMktData", contract, genericTickList, False, False, [])
        return stream

    def reqTickers(
        self,
        *contracts: Contract,
        genericTickList: str = "",
        condition: Callable[[Ticker], bool] = has_quote,
        wait: float = 5.0,
    ) -> list[Ticker]:
        """Return the quotes of several contracts, each as soon as the condition holds for it.

        condition: without it, bid, ask and last are there. After `wait` seconds a Ticker has what
        came until then. At most 50 contracts are asked for at a time. RequestFailed: TWS refuses
        one of them.
        """
        tickers: list[Ticker] = []
        for first in range(0, len(contracts), LINES):
            part = contracts[first : first + LINES]
            streams: list[Subscription[Ticker]] = []
            end = time.monotonic() + wait
            try:
                for each in part:  # one by one: what was begun is ended if one of them fails
                    streams.append(self.reqMktData(each, genericTickList))
                for stream in streams:
                    with contextlib.suppress(RequestTimeout):
                        stream.wait(condition, max(end - time.monotonic(), 0.0))
            finally:
                for stream in streams:
                    stream.cancel()
            for contract, stream in zip(part, streams, strict=True):
                latest = stream.latest
                tickers.append(Ticker(contract) if latest is None else latest)
        return tickers

    def reqTicks(
        self, contract: Contract, genericTickList: str = "", *, limit: int = LIMIT
    ) -> Subscription[Tick]:
        """Begin quotes: each row is one tick. `limit` is how many are kept for a slow program."""
        stream = Subscription(self._engine, ticks_of, "all", limit)
        stream.start("reqMktData", contract, genericTickList, False, False, [])
        return stream

    def reqMktDataSnapshot(
        self,
        contract: Contract,
        *,
        regulatorySnapshot: bool = False,
        timeout: float | None = None,
    ) -> Ticker:
        """Return the quotes that TWS has within some 11 seconds.

        regulatorySnapshot: a quote that is charged for.
        """
        return self._request(
            "reqMktData",
            contract,
            "",
            not regulatorySnapshot,
            regulatorySnapshot,
            [],
            convert=made.snapshot(contract),
            timeout=timeout,
        )

    def reqMarketDataType(self, marketDataType: int) -> None:
        """Choose what the next requests bring: 1 live, 2 frozen, 3 delayed, 4 delayed frozen."""
        self._engine.client_call("reqMarketDataType", marketDataType)

    def reqSmartComponents(
        self, bboExchange: str, *, timeout: float | None = None
    ) -> Rows[SmartComponent]:
        """Return the exchanges behind the letters of a Ticker's bboExchange."""
        return self._request(
            "reqSmartComponents", bboExchange, convert=made.listed(SmartComponent), timeout=timeout
        )

    def reqMktDepth(
        self,
        contract: Contract,
        numRows: int = 10,
        isSmartDepth: bool = False,
        *,
        mode: Mode = "latest",
    ) -> Subscription[Book]:
        """Begin market depth: each row is the Book as it then is.

        isSmartDepth: of all exchanges.
        """
        book = Book(contract)

        def receive(name: str, arguments: tuple[object, ...]) -> tuple[Book, ...]:
            changed = book.apply(name, arguments)
            return changed if mode == "latest" else tuple(each.copy() for each in changed)

        stream = Subscription(self._engine, receive, mode, LIMIT, Book.copy, book.warned)
        stream.start("reqMktDepth", contract, numRows, isSmartDepth, [])
        return stream

    def reqMktDepthExchanges(
        self, *, timeout: float | None = None
    ) -> Rows[DepthMktDataDescription]:
        """Return the exchanges that have market depth."""
        return self._request(
            "reqMktDepthExchanges", convert=made.listed(DepthMktDataDescription), timeout=timeout
        )

    def reqTickByTickLast(
        self, contract: Contract, *, allLast: bool = False, limit: int = LIMIT
    ) -> Subscription[LastTick]:
        """Begin trades, one row each; allLast: also those that do not set the last price."""
        stream = Subscription(self._engine, made.last_tick, "all", limit)
        kind = "AllLast" if allLast else "Last"
        stream.start("reqTickByTickData", contract, kind, 0, False)
        return stream

    def reqTickByTickBidAsk(
        self, contract: Contract, *, ignoreSize: bool = False, limit: int = LIMIT
    ) -> Subscription[BidAskTick]:
        """Begin quotes, one row each; ignoreSize: only those in which a price changes."""
        stream = Subscription(self._engine, made.bid_ask_tick, "all", limit)
        stream.start("reqTickByTickData", contract, "BidAsk", 0, ignoreSize)
        return stream

    def reqTickByTickMidPoint(
        self, contract: Contract, *, limit: int = LIMIT
    ) -> Subscription[MidPointTick]:
        """Begin midpoints, one row each."""
        stream = Subscription(self._engine, made.mid_point_tick, "all", limit)
        stream.start("reqTickByTickData", contract, "MidPoint", 0, False)
        return stream

    def reqRealTimeBars(
        self,
        contract: Contract,
        whatToShow: str = "TRADES",
        useRTH: bool = False,
        *,
        limit: int = LIMIT,
    ) -> Subscription[RealTimeBar]:
        """Begin bars of five seconds. whatToShow: TRADES, MIDPOINT, BID or ASK."""
        stream = Subscription(self._engine, made.bar, "all", limit)
        stream.start("reqRealTimeBars", contract, 5, whatToShow, useRTH, [])
        return stream

    def calculateImpliedVolatility(
        self,
        contract: Contract,
        optionPrice: float,
        underPrice: float,
        *,
        timeout: float | None = None,
    ) -> Greeks:
        """Return the volatility and greeks of an option at this price."""
        return self._request(
            "calculateImpliedVolatility",
            contract,
            optionPrice,
            underPrice,
            [],
            convert=made.greeks,
            timeout=timeout,
        )

    def calculateOptionPrice(
        self,
        contract: Contract,
        volatility: float,
        underPrice: float,
        *,
        timeout: float | None = None,
    ) -> Greeks:
        """Return the price and greeks of an option at this volatility."""
        return self._request(
            "calculateOptionPrice",
            contract,
            volatility,
            underPrice,
            [],
            convert=made.greeks,
            timeout=timeout,
        )


__all__ = ["Quotes"]

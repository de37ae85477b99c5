"""Faces that return answers: IB (blocking) and AsyncIB (asyncio).

from ibapi_port.ib import IB

with IB.connect("127.0.0.1", 7497, clientId=1) as ib:
    bars = ib.reqHistoricalData(contract, durationStr="1 Y", barSizeSetting="1 day")
"""

from .async_ib import AsyncIB
from .contracts import (
    CFD,
    Bond,
    Combo,
    Commodity,
    ContFuture,
    Crypto,
    Forex,
    Future,
    FuturesOption,
    Index,
    MutualFund,
    Option,
    Stock,
    Warrant,
    leg,
)
from .depth import Book, DepthLevel
from .engine import Notice, Rows
from .exceptions import (
    AmbiguousContract,
    IBError,
    NotConnected,
    RequestFailed,
    RequestTimeout,
    WouldBlock,
)
from .frames import frame, html_table, pivot, plain, table
from .orders import (
    Bracket,
    LimitOrder,
    MarketOrder,
    StopLimitOrder,
    StopOrder,
    TrailingOrder,
    bracket,
    oneCancelsAll,
)
from .plots import plot
from .rows import OptionQuote
from .streams import AsyncSubscription, Subscription
from .sync_ib import IB
from .ticker import Ticker
from .times import read_session_times, read_time
from .trades import AsyncTrade, SyncTrade, Trade

__all__ = [
    "CFD",
    "IB",
    "AmbiguousContract",
    "AsyncIB",
    "AsyncSubscription",
    "AsyncTrade",
    "Bond",
    "Book",
    "Bracket",
    "Combo",
    "Commodity",
    "ContFuture",
    "Crypto",
    "DepthLevel",
    "Forex",
    "Future",
    "FuturesOption",
    "IBError",
    "Index",
    "LimitOrder",
    "MarketOrder",
    "MutualFund",
    "NotConnected",
    "Notice",
    "Option",
    "OptionQuote",
    "RequestFailed",
    "RequestTimeout",
    "Rows",
    "Stock",
    "StopLimitOrder",
    "StopOrder",
    "Subscription",
    "SyncTrade",
    "Ticker",
    "Trade",
    "TrailingOrder",
    "Warrant",
    "WouldBlock",
    "bracket",
    "frame",
    "html_table",
    "leg",
    "oneCancelsAll",
    "pivot",
    "plain",
    "plot",
    "read_session_times",
    "read_time",
    "table",
]

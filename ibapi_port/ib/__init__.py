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
from .engine import Notice, Rows
from .exceptions import IBError, NotConnected, RequestFailed, RequestTimeout, WouldBlock
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
from .streams import AsyncSubscription, Subscription
from .sync_ib import IB
from .ticker import Ticker
from .trades import AsyncTrade, SyncTrade, Trade

__all__ = [
    "CFD",
    "IB",
    "AsyncIB",
    "AsyncSubscription",
    "AsyncTrade",
    "Bond",
    "Bracket",
    "Combo",
    "Commodity",
    "ContFuture",
    "Crypto",
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
    "leg",
    "oneCancelsAll",
]

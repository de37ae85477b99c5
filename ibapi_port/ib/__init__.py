"""Faces that return answers: IB (blocking) and AsyncIB (asyncio).

from ibapi_port.ib import IB

with IB.connect("127.0.0.1", 7497, clientId=1) as ib:
    bars = ib.reqHistoricalData(contract, durationStr="1 Y", barSizeSetting="1 day")
"""

from .async_ib import AsyncIB
from .engine import Notice, Rows
from .exceptions import IBError, NotConnected, RequestFailed, RequestTimeout, WouldBlock
from .streams import AsyncSubscription, Subscription
from .sync_ib import IB
from .ticker import Ticker
from .trades import AsyncTrade, SyncTrade, Trade

__all__ = [
    "IB",
    "AsyncIB",
    "AsyncSubscription",
    "AsyncTrade",
    "IBError",
    "NotConnected",
    "Notice",
    "RequestFailed",
    "RequestTimeout",
    "Rows",
    "Subscription",
    "SyncTrade",
    "Ticker",
    "Trade",
    "WouldBlock",
]

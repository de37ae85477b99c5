"""Faces that return answers: IB (blocking) and AsyncIB (asyncio).

from ibapi_port.ib import IB

with IB.connect("127.0.0.1", 7497, clientId=1) as ib:
    bars = ib.reqHistoricalData(contract, durationStr="1 Y", barSizeSetting="1 day")
"""

from ..common import BarData
from ..contract import Contract, ContractDetails
from ..execution import Execution
from ..order import Order
from ..order_state import OrderState
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
from .merge import AsyncMerged, Merged, merge
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
from .rows import (
    AccountValue,
    BidAskTick,
    Fill,
    Greeks,
    Headline,
    HistoricalSchedule,
    LastTick,
    MidPointTick,
    NewsArticle,
    NewsBulletin,
    OpenOrder,
    OptionParameters,
    OptionQuote,
    OrderStatus,
    PnL,
    PnLSingle,
    PortfolioItem,
    Position,
    RealTimeBar,
    ScanRow,
    Tick,
)
from .streams import AsyncSubscription, Subscription
from .sync_ib import IB
from .ticker import Ticker
from .times import read_session_times, read_time
from .trades import AsyncTrade, SyncTrade, Trade

__all__ = [
    "CFD",
    "IB",
    "AccountValue",
    "AmbiguousContract",
    "AsyncIB",
    "AsyncMerged",
    "AsyncSubscription",
    "AsyncTrade",
    "BarData",
    "BidAskTick",
    "Bond",
    "Book",
    "Bracket",
    "Combo",
    "Commodity",
    "ContFuture",
    "Contract",
    "ContractDetails",
    "Crypto",
    "DepthLevel",
    "Execution",
    "Fill",
    "Forex",
    "Future",
    "FuturesOption",
    "Greeks",
    "Headline",
    "HistoricalSchedule",
    "IBError",
    "Index",
    "LastTick",
    "LimitOrder",
    "MarketOrder",
    "Merged",
    "MidPointTick",
    "MutualFund",
    "NewsArticle",
    "NewsBulletin",
    "NotConnected",
    "Notice",
    "OpenOrder",
    "Option",
    "OptionParameters",
    "OptionQuote",
    "Order",
    "OrderState",
    "OrderStatus",
    "PnL",
    "PnLSingle",
    "PortfolioItem",
    "Position",
    "RealTimeBar",
    "RequestFailed",
    "RequestTimeout",
    "Rows",
    "ScanRow",
    "Stock",
    "StopLimitOrder",
    "StopOrder",
    "Subscription",
    "SyncTrade",
    "Tick",
    "Ticker",
    "Trade",
    "TrailingOrder",
    "Warrant",
    "WouldBlock",
    "bracket",
    "frame",
    "html_table",
    "leg",
    "merge",
    "oneCancelsAll",
    "pivot",
    "plain",
    "plot",
    "read_session_times",
    "read_time",
    "table",
]

"""Rows of answers for which IB's interface has no class: its callbacks bring single values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ..commission_and_fees_report import CommissionAndFeesReport
from ..common import HistoricalSession, TickAttribBidAsk, TickAttribLast
from ..contract import Contract, ContractDetails
from ..execution import Execution
from ..order import Order
from ..order_state import OrderState
from .tables import Shown


@dataclass(frozen=True)
class Position(Shown):
    """What an account holds of a contract; `avgCost` is per share or contract."""

    account: str
    contract: Contract
    position: Decimal
    avgCost: float
    modelCode: str = ""


@dataclass(frozen=True)
class PortfolioItem(Shown):
    """What an account holds of a contract, with its value."""

    contract: Contract
    position: Decimal
    marketPrice: float
    marketValue: float
    averageCost: float
    unrealizedPNL: float
    realizedPNL: float
    account: str


@dataclass(frozen=True)
class AccountValue(Shown):
    """One value of an account, such as NetLiquidation, as TWS's text."""

    account: str
    tag: str
    value: str
    currency: str
    modelCode: str = ""


@dataclass(frozen=True)
class Fill(Shown):
    """An execution of an order. `commission` is None until TWS has reported it."""

    contract: Contract
    execution: Execution
    commission: CommissionAndFeesReport | None = None


@dataclass(frozen=True)
class OpenOrder(Shown):
    """An open or completed order as TWS tells it."""

    contract: Contract
    order: Order
    orderState: OrderState


@dataclass(frozen=True)
class PnL(Shown):
    """Profit and loss of an account; None: TWS has no value yet."""

    dailyPnL: float | None
    unrealizedPnL: float | None
    realizedPnL: float | None
    account: str = ""
    modelCode: str = ""


@dataclass(frozen=True)
class PnLSingle(Shown):
    """Profit and loss of one position; None: TWS has no value yet."""

    position: Decimal
    dailyPnL: float | None
    unrealizedPnL: float | None
    realizedPnL: float | None
    value: float | None


@dataclass(frozen=True)
class OptionParameters(Shown):
    """Expirations and strikes of an underlying's options on one exchange, both sorted."""

    exchange: str
    underlyingConId: int
    tradingClass: str
    multiplier: str
    expirations: list[str]
    strikes: list[float]


@dataclass(frozen=True)
class OptionQuote(Shown):
    """An option of a chain, its quotes and TWS's model for it; None: there is no value."""

    expiration: str
    strike: float
    right: str
    bid: float | None
    ask: float | None
    last: float | None
    volume: Decimal | None
    impliedVol: float | None
    delta: float | None
    gamma: float | None
    vega: float | None
    theta: float | None
    optPrice: float | None
    undPrice: float | None
    contract: Contract


@dataclass(frozen=True)
class NewsBulletin(Shown):
    """A bulletin of IB's; `msgType` 1 is a regular one, 2 and 3: an exchange stops, or goes on."""

    msgId: int
    msgType: int
    newsMessage: str
    originExch: str


@dataclass(frozen=True)
class HistoricalSchedule(Shown):
    """Trading sessions between two times."""

    startDateTime: str
    endDateTime: str
    timeZone: str
    sessions: list[HistoricalSession]


@dataclass(frozen=True)
class NewsArticle(Shown):
    """A news article; `articleType` 0 is text or HTML, 1 a PDF in base64."""

    articleType: int
    articleText: str


@dataclass(frozen=True)
class Headline(Shown):
    """A headline of reqHistoricalNews."""

    time: str
    providerCode: str
    articleId: str
    headline: str


@dataclass(frozen=True)
class RealTimeBar(Shown):
    """A bar of five seconds; `time` is its start."""

    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: Decimal
    wap: Decimal
    count: int


@dataclass(frozen=True)
class ScanRow(Shown):
    """One rank of a scan."""

    rank: int
    contractDetails: ContractDetails
    distance: str
    benchmark: str
    projection: str
    legsStr: str


@dataclass(frozen=True)
class LastTick(Shown):
    """A trade of reqTickByTickData("Last" or "AllLast")."""

    time: datetime
    price: float
    size: Decimal
    attrib: TickAttribLast
    exchange: str
    specialConditions: str


@dataclass(frozen=True)
class BidAskTick(Shown):
    """A quote of reqTickByTickData("BidAsk")."""

    time: datetime
    bidPrice: float
    askPrice: float
    bidSize: Decimal
    askSize: Decimal
    attrib: TickAttribBidAsk


@dataclass(frozen=True)
class MidPointTick(Shown):
    """A midpoint of reqTickByTickData("MidPoint")."""

    time: datetime
    midPoint: float


@dataclass(frozen=True)
class Tick(Shown):
    """One tick of reqMktData, by TWS's number of its type (see TickTypeEnum)."""

    tickType: int
    value: float | Decimal | str | Greeks | None


@dataclass(frozen=True)
class Greeks(Shown):
    """A computation for an option; None: TWS has no value."""

    impliedVol: float | None
    delta: float | None
    optPrice: float | None
    pvDividend: float | None
    gamma: float | None
    vega: float | None
    theta: float | None
    undPrice: float | None


@dataclass(frozen=True)
class OrderStatus(Shown):
    """A status of an order, by the names of orderStatus' arguments."""

    status: str = ""
    filled: Decimal = field(default_factory=Decimal)
    remaining: Decimal = field(default_factory=Decimal)
    avgFillPrice: float = 0.0
    permId: int = 0
    parentId: int = 0
    lastFillPrice: float = 0.0
    clientId: int = 0
    whyHeld: str = ""
    mktCapPrice: float = 0.0


__all__ = [
    "AccountValue",
    "BidAskTick",
    "Fill",
    "Greeks",
    "Headline",
    "HistoricalSchedule",
    "LastTick",
    "MidPointTick",
    "NewsArticle",
    "NewsBulletin",
    "OpenOrder",
    "OptionParameters",
    "OptionQuote",
    "OrderStatus",
    "PnL",
    "PnLSingle",
    "PortfolioItem",
    "Position",
    "RealTimeBar",
    "ScanRow",
    "Tick",
]

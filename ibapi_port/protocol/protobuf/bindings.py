"""Which declared message is which Protocol Buffers message, and since which server version.

A binding names a declared message, its Protocol Buffers message, and where the values of its
callback come from: "reqId=-1" is the field reqId, or -1 where it is not set; "wap<WAP" is the field
WAP; objects and rows name their field and class. What the callbacks are is not said again: that is
in the declaration.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...common import (
    BarData,
    DepthMktDataDescription,
    FamilyCode,
    HistogramData,
    HistoricalSession,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    NewsProvider,
    PriceIncrement,
)
from ...contract import Contract, ContractDescription, ContractDetails
from ...execution import Execution
from ...order import Order
from ...order_state import OrderState
from ...softdollartier import SoftDollarTier
from ..schema.shared_fields import v


@dataclass
class Scalars:
    """Arguments that are single values: "name=default" or "name<field=default"; the default's type
    decides what is read.
    """

    text: str


@dataclass
class SubMessage:
    """An argument that is an object made of a sub-message; without one (and `needed`) the message
    makes no callback.
    """

    argument: str
    field: str
    cls: type
    needed: bool = True


@dataclass
class Rows:
    """An argument that is a list of objects (cls) or of bare values."""

    argument: str
    field: str
    cls: type | None
    container: type = list


@dataclass
class Expression:
    """An argument as a Python expression over the message `m`."""

    argument: str
    expression: str


@dataclass
class Binding:
    """`empty`: an expression over `m` that holds for a message that makes no callback.

    `after`: statements once all is read.
    """

    name: str
    message: str
    callback: str
    since: int
    parts: tuple[Scalars | SubMessage | Rows | Expression, ...]
    empty: str = ""
    after: tuple[str, ...] = ()


REQ = "reqId=-1"


def bind(
    name: str,
    message: str,
    since: int,
    *parts: str | SubMessage | Rows | Expression,
    callback: str = "",
    empty: str = "",
    after: tuple[str, ...] = (),
) -> Binding:
    return Binding(
        name,
        message,
        callback or f"{message[0].lower()}{message[1:]}ProtoBuf",
        since,
        tuple(Scalars(part) if isinstance(part, str) else part for part in parts),
        empty,
        after,
    )


CONTRACT = SubMessage("contract", "contract", Contract)
TICK = f"{REQ} tickType=UNSET_INTEGER"
FLAGS = "attrib"
LEG_PRICES = "order.orderComboLegs = leg_prices(m.contract) or order.orderComboLegs"
ORDER_PARTS = (
    CONTRACT,
    SubMessage("order", "order", Order),
    SubMessage("orderState", "orderState", OrderState),
)
ORDER_AFTER = (
    LEG_PRICES,
    "order.algoParams = (order.algoParams or []) if m.order.HasField('algoStrategy') else None",
    "order.hedgeParam = order.hedgeParam if order.hedgeType else ''",
    "order.hedgeMaxSize = order.hedgeMaxSize if m.order.HasField('hedgeType') else UNSET_INTEGER",
)
DETAILS_AFTER = ("contractDetails.contract = contract",)
DEPTH = (
    "position<marketDepthData.position={} {}operation<marketDepthData.operation=UNSET_INTEGER "
    "side<marketDepthData.side=UNSET_INTEGER price<marketDepthData.price=UNSET_DOUBLE "
    "size<marketDepthData.size=UNSET_DECIMAL"
)

BINDINGS: tuple[Binding, ...] = (
    # session
    bind(
        "error", "ErrorMessage", v.PROTOBUF_PLACE_ORDER,
        "reqId<id=0 errorTime=0 errorCode=0 errorString<errorMsg='' advancedOrderRejectJson=''",
        callback="errorProtoBuf"
    ),
    bind("nextValidId", "NextValidId", v.PROTOBUF_REST_MESSAGES_3, "orderId=0"),
    bind("currentTime", "CurrentTime", v.PROTOBUF_REST_MESSAGES_3, "time<currentTime=0"),
    bind(
        "currentTimeInMillis", "CurrentTimeInMillis", v.PROTOBUF_REST_MESSAGES_3,
        "timeInMillis<currentTimeInMillis=0"
    ),
    bind("verifyMessageAPI", "VerifyMessageApi", v.PROTOBUF_REST_MESSAGES_3, "apiData=''"),
    bind(
        "verifyCompleted", "VerifyCompleted", v.PROTOBUF_REST_MESSAGES_3,
        "isSuccessful=False errorText=''"
    ),
    bind("displayGroupList", "DisplayGroupList", v.PROTOBUF_REST_MESSAGES_3, f"{REQ} groups=''"),
    bind(
        "displayGroupUpdated", "DisplayGroupUpdated", v.PROTOBUF_REST_MESSAGES_3,
        f"{REQ} contractInfo=''"
    ),
    # market data
    bind(
        "tickPrice", "TickPrice", v.PROTOBUF_MARKET_DATA,
        f"{TICK} price=UNSET_DOUBLE size=UNSET_DECIMAL mask<attrMask=UNSET_INTEGER",
        Expression("attrib", "TickAttrib(mask & 1 != 0, mask & 2 != 0, mask & 4 != 0)")
    ),
    bind("tickSize", "TickSize", v.PROTOBUF_MARKET_DATA, f"{TICK} size=UNSET_DECIMAL"),
    bind("tickGeneric", "TickGeneric", v.PROTOBUF_MARKET_DATA, f"{TICK} value=UNSET_DOUBLE"),
    bind("tickString", "TickString", v.PROTOBUF_MARKET_DATA, f"{TICK} value=''"),
    bind(
        "tickOptionComputation", "TickOptionComputation", v.PROTOBUF_MARKET_DATA,
        f"{TICK} tickAttrib=UNSET_INTEGER",
        *(Expression(name, f"computed(m, {name!r}, {mark})") for name, mark in (
            ("impliedVol", None), ("delta", -2), ("optPrice", -1), ("pvDividend", -1),
            ("gamma", -2), ("vega", -2), ("theta", -2), ("undPrice", -1),
        )),
    ),
    bind("tickSnapshotEnd", "TickSnapshotEnd", v.PROTOBUF_MARKET_DATA, REQ),
    bind(
        "marketDataType", "MarketDataType", v.PROTOBUF_MARKET_DATA,
        f"{REQ} marketDataType=UNSET_INTEGER", callback="updateMarketDataTypeProtoBuf"
    ),
    bind(
        "tickReqParams", "TickReqParams", v.PROTOBUF_MARKET_DATA, "tickerId<reqId=-1",
        Expression("minTick", "float(m.minTick) if m.HasField('minTick') else UNSET_DOUBLE"),
        "bboExchange='' snapshotPermissions=UNSET_INTEGER"
    ),
    bind(
        "updateMktDepth", "MarketDepth", v.PROTOBUF_MARKET_DATA, REQ,
        DEPTH.format("UNSET_INTEGER", ""), callback="updateMarketDepthProtoBuf",
        empty="not m.HasField('marketDepthData')"
    ),
    bind(
        "updateMktDepthL2", "MarketDepthL2", v.PROTOBUF_MARKET_DATA, REQ,
        DEPTH.format("0", "marketMaker<marketDepthData.marketMaker='' "),
        "isSmartDepth<marketDepthData.isSmartDepth=False", callback="updateMarketDepthL2ProtoBuf",
        empty="not m.HasField('marketDepthData')",
    ),
    bind("tickByTick", "TickByTickData", v.PROTOBUF_HISTORICAL_DATA, f"{REQ} tickType=0",
         SubMessage("last", "historicalTickLast", HistoricalTickLast, False),
         SubMessage("quote", "historicalTickBidAsk", HistoricalTickBidAsk, False),
         SubMessage("middle", "historicalTickMidPoint", HistoricalTick, False),
         empty=(
            "not m.HasField({1: 'historicalTickLast', 2: 'historicalTickLast', "
            "3: 'historicalTickBidAsk', 4: 'historicalTickMidPoint'}.get(m.tickType, 'tickType')) "
            "or not 1 <= m.tickType <= 4"
        ),
         after=(
             "time = (last or quote or middle).time",
             "price, size, tickAttribLast, exchange, specialConditions = (last.price, last.size, "
             "last.tickAttribLast, last.exchange, last.specialConditions) if last else (None,) * 5",
             "bidPrice, askPrice, bidSize, askSize, tickAttribBidAsk = (quote.priceBid, "
             "quote.priceAsk, quote.sizeBid, quote.sizeAsk, quote.tickAttribBidAsk) if quote else "
             "(None,) * 5",
             "midPoint = middle.price if middle else None",
         )),
    bind(
        "mktDepthExchanges", "MarketDepthExchanges", v.PROTOBUF_REST_MESSAGES_3,
        Rows("depthMktDataDescriptions", "depthMarketDataDescriptions", DepthMktDataDescription)
    ),
    bind(
        "smartComponents", "SmartComponents", v.PROTOBUF_REST_MESSAGES_2, REQ,
        Expression(
            "smartComponentMap",
            "{c.bitNumber: (c.exchange, c.exchangeLetter if c.HasField('exchangeLetter') else ' ')"
            " for c in m.smartComponents}",
        ),
    ),
    bind(
        "rerouteMktDataReq", "RerouteMarketDataRequest", v.PROTOBUF_REST_MESSAGES_1,
        f"{REQ} conId=0 exchange=''"
    ),
    bind(
        "rerouteMktDepthReq", "RerouteMarketDepthRequest", v.PROTOBUF_REST_MESSAGES_1,
        f"{REQ} conId=0 exchange=''"
    ),
    # orders
    bind(
        "orderStatus", "OrderStatus", v.PROTOBUF_PLACE_ORDER,
        "orderId=UNSET_INTEGER status='' filled=UNSET_DECIMAL remaining=UNSET_DECIMAL "
        "avgFillPrice=UNSET_DOUBLE permId=UNSET_LONG parentId=UNSET_INTEGER "
        "lastFillPrice=UNSET_DOUBLE clientId=UNSET_INTEGER whyHeld='' mktCapPrice=UNSET_DOUBLE"
    ),
    bind(
        "openOrder", "OpenOrder", v.PROTOBUF_PLACE_ORDER, "orderId=0", *ORDER_PARTS,
        after=(
            *ORDER_AFTER,
            "order.orderId = m.order.orderId if m.order.HasField('orderId') else orderId"
        )
    ),
    bind("openOrderEnd", "OpenOrdersEnd", v.PROTOBUF_PLACE_ORDER),
    bind(
        "completedOrder", "CompletedOrder", v.PROTOBUF_COMPLETED_ORDER, *ORDER_PARTS,
        after=ORDER_AFTER
    ),
    bind("completedOrdersEnd", "CompletedOrdersEnd", v.PROTOBUF_COMPLETED_ORDER),
    bind(
        "orderBound", "OrderBound", v.PROTOBUF_COMPLETED_ORDER,
        "permId=UNSET_LONG clientId=UNSET_INTEGER orderId=UNSET_INTEGER"
    ),
    bind(
        "execDetails", "ExecutionDetails", v.PROTOBUF, REQ, CONTRACT,
        SubMessage("execution", "execution", Execution)
    ),
    bind("execDetailsEnd", "ExecutionDetailsEnd", v.PROTOBUF, REQ),
    bind(
        "commissionAndFeesReport", "CommissionAndFeesReport", v.PROTOBUF_REST_MESSAGES_1,
        Expression("commissionAndFeesReport", "read_CommissionAndFeesReport(m)")
    ),
    # contracts
    bind(
        "contractDetails", "ContractData", v.PROTOBUF_CONTRACT_DATA, REQ, CONTRACT,
        SubMessage("contractDetails", "contractDetails", ContractDetails),
        after=(*DETAILS_AFTER, "set_last_trade_date(contractDetails, False)")
    ),
    bind(
        "bondContractDetails", "ContractData", v.PROTOBUF_CONTRACT_DATA, REQ, CONTRACT,
        SubMessage("contractDetails", "contractDetails", ContractDetails),
        callback="bondContractDataProtoBuf",
        after=(*DETAILS_AFTER, "set_last_trade_date(contractDetails, True)")
    ),
    bind("contractDetailsEnd", "ContractDataEnd", v.PROTOBUF_CONTRACT_DATA, REQ),
    bind(
        "symbolSamples", "SymbolSamples", v.PROTOBUF_REST_MESSAGES_2, REQ,
        Rows("contractDescriptions", "contractDescriptions", ContractDescription)
    ),
    bind(
        "securityDefinitionOptionParameter", "SecDefOptParameter", v.PROTOBUF_REST_MESSAGES_2,
        f"{REQ} exchange='' underlyingConId=0 tradingClass='' multiplier=''",
        Rows("expirations", "expirations", None, set), Rows("strikes", "strikes", None, set)
    ),
    bind(
        "securityDefinitionOptionParameterEnd", "SecDefOptParameterEnd", v.PROTOBUF_REST_MESSAGES_2,
        REQ
    ),
    bind(
        "marketRule", "MarketRule", v.PROTOBUF_REST_MESSAGES_2, "marketRuleId=0",
        Rows("priceIncrements", "priceIncrements", PriceIncrement)
    ),
    # accounts
    bind("managedAccounts", "ManagedAccounts", v.PROTOBUF_ACCOUNTS_POSITIONS, "accountsList=''"),
    bind(
        "updateAccountValue", "AccountValue", v.PROTOBUF_ACCOUNTS_POSITIONS,
        "key='' val<value='' currency='' accountName=''", callback="updateAccountValueProtoBuf"
    ),
    bind(
        "updatePortfolio", "PortfolioValue", v.PROTOBUF_ACCOUNTS_POSITIONS, CONTRACT,
        "position=UNSET_DECIMAL marketPrice=0 marketValue=0 averageCost=0 unrealizedPNL=0 "
        "realizedPNL=0 accountName=''",
        callback="updatePortfolioProtoBuf"
    ),
    bind(
        "updateAccountTime", "AccountUpdateTime", v.PROTOBUF_ACCOUNTS_POSITIONS, "timeStamp=''",
        callback="updateAccountTimeProtoBuf"
    ),
    bind("accountDownloadEnd", "AccountDataEnd", v.PROTOBUF_ACCOUNTS_POSITIONS, "accountName=''"),
    bind(
        "position", "Position", v.PROTOBUF_ACCOUNTS_POSITIONS, "account=''", CONTRACT,
        "position=UNSET_DECIMAL avgCost=0"
    ),
    bind("positionEnd", "PositionEnd", v.PROTOBUF_ACCOUNTS_POSITIONS),
    bind(
        "positionMulti", "PositionMulti", v.PROTOBUF_ACCOUNTS_POSITIONS,
        f"{REQ} account='' modelCode=''", CONTRACT, "pos<position=UNSET_DECIMAL avgCost=0"
    ),
    bind("positionMultiEnd", "PositionMultiEnd", v.PROTOBUF_ACCOUNTS_POSITIONS, REQ),
    bind(
        "accountSummary", "AccountSummary", v.PROTOBUF_ACCOUNTS_POSITIONS,
        f"{REQ} account='' tag='' value='' currency=''"
    ),
    bind("accountSummaryEnd", "AccountSummaryEnd", v.PROTOBUF_ACCOUNTS_POSITIONS, REQ),
    bind(
        "accountUpdateMulti", "AccountUpdateMulti", v.PROTOBUF_ACCOUNTS_POSITIONS,
        f"{REQ} account='' modelCode='' key='' value='' currency=''"
    ),
    bind("accountUpdateMultiEnd", "AccountUpdateMultiEnd", v.PROTOBUF_ACCOUNTS_POSITIONS, REQ),
    bind(
        "pnl", "PnL", v.PROTOBUF_SCAN_DATA,
        f"{REQ} dailyPnL=UNSET_DOUBLE unrealizedPnL=UNSET_DOUBLE realizedPnL=UNSET_DOUBLE",
        callback="pnlProtoBuf"
    ),
    bind(
        "pnlSingle", "PnLSingle", v.PROTOBUF_SCAN_DATA,
        f"{REQ} pos<position=UNSET_DECIMAL dailyPnL=UNSET_DOUBLE unrealizedPnL=UNSET_DOUBLE "
        f"realizedPnL=UNSET_DOUBLE value=UNSET_DOUBLE",
        callback="pnlSingleProtoBuf"
    ),
    bind("receiveFA", "ReceiveFA", v.PROTOBUF_REST_MESSAGES_1, "faData<faDataType=0 cxml<xml=''"),
    bind("replaceFAEnd", "ReplaceFAEnd", v.PROTOBUF_REST_MESSAGES_1, f"{REQ} text=''"),
    bind(
        "familyCodes", "FamilyCodes", v.PROTOBUF_REST_MESSAGES_2,
        Rows("familyCodes", "familyCodes", FamilyCode)
    ),
    bind(
        "softDollarTiers", "SoftDollarTiers", v.PROTOBUF_REST_MESSAGES_2, REQ,
        Rows("tiers", "softDollarTiers", SoftDollarTier)
    ),
    bind("userInfo", "UserInfo", v.PROTOBUF_REST_MESSAGES_2, f"{REQ} whiteBrandingId=''"),
    # history
    bind(
        "historicalData", "HistoricalData", v.PROTOBUF_HISTORICAL_DATA, REQ,
        Rows("bars", "historicalDataBars", BarData)
    ),
    bind(
        "historicalDataUpdate", "HistoricalDataUpdate", v.PROTOBUF_HISTORICAL_DATA, REQ,
        SubMessage("bar", "historicalDataBar", BarData)
    ),
    bind(
        "historicalDataEnd", "HistoricalDataEnd", v.PROTOBUF_HISTORICAL_DATA,
        f"{REQ} startDateStr='' endDateStr=''"
    ),
    bind(
        "realtimeBar", "RealTimeBarTick", v.PROTOBUF_HISTORICAL_DATA,
        f"{REQ} time=0 open_<open=0.0 high=0.0 low=0.0 close=0.0 volume=UNSET_DECIMAL "
        f"wap<WAP=UNSET_DECIMAL count=0"
    ),
    bind("headTimestamp", "HeadTimestamp", v.PROTOBUF_HISTORICAL_DATA, f"{REQ} headTimestamp=''"),
    bind(
        "histogramData", "HistogramData", v.PROTOBUF_HISTORICAL_DATA, REQ,
        Rows("items", "histogramDataEntries", HistogramData)
    ),
    bind(
        "historicalTicks", "HistoricalTicks", v.PROTOBUF_HISTORICAL_DATA, REQ,
        Rows("ticks", "historicalTicks", HistoricalTick), "done<isDone=False"
    ),
    bind(
        "historicalTicksBidAsk", "HistoricalTicksBidAsk", v.PROTOBUF_HISTORICAL_DATA, REQ,
        Rows("ticks", "historicalTicksBidAsk", HistoricalTickBidAsk), "done<isDone=False"
    ),
    bind(
        "historicalTicksLast", "HistoricalTicksLast", v.PROTOBUF_HISTORICAL_DATA, REQ,
        Rows("ticks", "historicalTicksLast", HistoricalTickLast), "done<isDone=False"
    ),
    bind(
        "historicalSchedule", "HistoricalSchedule", v.PROTOBUF_REST_MESSAGES_1,
        f"{REQ} startDateTime='' endDateTime='' timeZone=''",
        Rows("sessions", "historicalSessions", HistoricalSession)
    ),
    # news, scanners, reports
    bind(
        "updateNewsBulletin", "NewsBulletin", v.PROTOBUF_NEWS_DATA,
        "msgId<newsMsgId=0 msgType<newsMsgType=0 newsMessage='' originExch<originatingExch=''",
        callback="updateNewsBulletinProtoBuf"
    ),
    bind(
        "newsProviders", "NewsProviders", v.PROTOBUF_NEWS_DATA,
        Rows("newsProviders", "newsProviders", NewsProvider)
    ),
    bind(
        "newsArticle", "NewsArticle", v.PROTOBUF_NEWS_DATA,
        "requestId<reqId=-1 articleType=0 articleText=''"
    ),
    bind(
        "historicalNews", "HistoricalNews", v.PROTOBUF_NEWS_DATA,
        "requestId<reqId=-1 time='' providerCode='' articleId='' headline=''"
    ),
    bind(
        "historicalNewsEnd", "HistoricalNewsEnd", v.PROTOBUF_NEWS_DATA,
        "requestId<reqId=-1 hasMore=False"
    ),
    bind(
        "tickNews", "TickNews", v.PROTOBUF_NEWS_DATA,
        "tickerId<reqId=-1 timeStamp<timestamp=0 providerCode='' articleId='' headline='' "
        "extraData=''"
    ),
    bind("wshMetaData", "WshMetaData", v.PROTOBUF_NEWS_DATA, f"{REQ} dataJson=''"),
    bind("wshEventData", "WshEventData", v.PROTOBUF_NEWS_DATA, f"{REQ} dataJson=''"),
    bind("fundamentalData", "FundamentalsData", v.PROTOBUF_SCAN_DATA, f"{REQ} data=''"),
    bind("scannerParameters", "ScannerParameters", v.PROTOBUF_SCAN_DATA, "xml=''"),
    bind(
        "scannerData", "ScannerData", v.PROTOBUF_SCAN_DATA, REQ,
        Expression("rows", "[scanned(row) for row in m.scannerDataElement]")
    ),
)  # fmt: skip
BY_NAME = {binding.name: binding for binding in BINDINGS}

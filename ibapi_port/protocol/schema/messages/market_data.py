"""Quotes: ticks, option computations, depth, tick-by-tick, and what asks for them."""

from __future__ import annotations

from ....common import (
    DepthMktDataDescription,
    SmartComponent,
    TickAttrib,
    TickAttribBidAsk,
    TickAttribLast,
)
from ....contract import DeltaNeutralContract
from ....message import IN, OUT
from ....ticktype import TickTypeEnum
from ..field_types import not_computed
from ..nodes import (
    Call,
    Fixed,
    Flags,
    Incoming,
    MessageVersion,
    Repeated,
    Request,
    Row,
    When,
    incoming,
    maker,
    many,
    request,
    since_message_version,
)
from ..shared_fields import (
    BOOL,
    CLASSES,
    CONTRACT,
    CONTRACT_AFTER_EXCHANGE,
    CONTRACT_BEFORE_EXCHANGE,
    DECIMAL,
    DELTA_NEUTRAL,
    FLOAT,
    INT,
    LONG,
    OPTIONS,
    QUOTED_LEGS,
    STR,
    escaped,
    v,
)

# The size that a price tick brings along comes as a tickSize of its own.
SIZE_TICK = {
    TickTypeEnum.BID: TickTypeEnum.BID_SIZE,
    TickTypeEnum.ASK: TickTypeEnum.ASK_SIZE,
    TickTypeEnum.LAST: TickTypeEnum.LAST_SIZE,
    TickTypeEnum.DELAYED_BID: TickTypeEnum.DELAYED_BID_SIZE,
    TickTypeEnum.DELAYED_ASK: TickTypeEnum.DELAYED_ASK_SIZE,
    TickTypeEnum.DELAYED_LAST: TickTypeEnum.DELAYED_LAST_SIZE,
}
MODEL_TICKS = (TickTypeEnum.MODEL_OPTION, TickTypeEnum.DELAYED_MODEL_OPTION)

NOT_NEGATIVE = maker(not_computed("-1", "< 0"))
NOT_MINUS_1 = maker(not_computed("-1", "== -1"))
NOT_MINUS_2 = maker(not_computed("-2", "== -2"))

TICK_ATTRIB = Flags(
    "attrib",
    TickAttrib,
    (("canAutoExecute", 1, 0), ("pastLimit", 2, v.PAST_LIMIT), ("preOpen", 4, v.PRE_OPEN_BID_ASK)),
    exact_until=v.PAST_LIMIT,
)
LAST_ATTRIB = Flags("tickAttribLast", TickAttribLast, (("pastLimit", 1, 0), ("unreported", 2, 0)))
BID_ASK_ATTRIB = Flags(
    "tickAttribBidAsk", TickAttribBidAsk, (("bidPastLow", 1, 0), ("askPastHigh", 2, 0))
)

MESSAGES: tuple[Incoming, ...] = (
    incoming(
        "tickPrice", IN.TICK_PRICE, MessageVersion(6), *many(INT, "", "reqId tickType"),
        FLOAT("price"), DECIMAL("size"), TICK_ATTRIB,
        calls=(
            Call("tickPrice", "reqId, tickType, price, attrib"),
            Call("tickSize", "reqId, SIZE_TICK[tickType], size", when="tickType in SIZE_TICK"),
        ),
        constants={"SIZE_TICK": SIZE_TICK},
    ),
    incoming(
        "tickSize", IN.TICK_SIZE, MessageVersion(6), *many(INT, "", "reqId tickType"),
        DECIMAL("size"),
        calls=(
            Call("tickSize", "reqId, tickType, size", when=f"tickType != {TickTypeEnum.NOT_SET}"),
        ),
    ),
    incoming(
        "tickGeneric", IN.TICK_GENERIC, MessageVersion(6), *many(INT, "", "reqId tickType"),
        FLOAT("value")
    ),
    incoming(
        "tickString", IN.TICK_STRING, MessageVersion(6), *many(INT, "", "reqId tickType"),
        *escaped("value")
    ),
    incoming(
        "tickEFP", IN.TICK_EFP, MessageVersion(6), *many(INT, "", "reqId tickType"),
        FLOAT("basisPoints"), *escaped("formattedBasisPoints"),
        FLOAT("totalDividends"), INT("holdDays"), *escaped("futureLastTradeDate"),
        *many(FLOAT, "", "dividendImpact dividendsToLastTradeDate"),
    ),
    incoming(
        "tickOptionComputation", IN.TICK_OPTION_COMPUTATION,
        MessageVersion(6, until=v.PRICE_BASED_VOLATILITY), *many(INT, "", "reqId tickType"),
        INT("tickAttrib", since=v.PRICE_BASED_VOLATILITY, default=None),
        NOT_NEGATIVE("impliedVol"), NOT_MINUS_2("delta"),
        *since_message_version(6, *many(NOT_MINUS_1, "", "optPrice pvDividend", default=None)),
        When(
            "tickType in MODEL_TICKS", many(NOT_MINUS_1, "", "optPrice pvDividend", default=None),
            message_version=-6
        ),
        *since_message_version(
            6, *many(NOT_MINUS_2, "", "gamma vega theta", default=None),
            NOT_MINUS_1("undPrice", default=None)
        ),
        calls=(
            Call(
                "tickOptionComputation",
                "reqId, tickType, tickAttrib, impliedVol, delta, optPrice, pvDividend, gamma, "
                "vega, theta, undPrice"
            ),
        ),
        constants={"MODEL_TICKS": MODEL_TICKS},
    ),
    incoming("tickSnapshotEnd", IN.TICK_SNAPSHOT_END, MessageVersion(1), INT("reqId")),
    incoming(
        "marketDataType", IN.MARKET_DATA_TYPE, MessageVersion(1),
        *many(INT, "", "reqId marketDataType")
    ),
    incoming(
        "tickReqParams", IN.TICK_REQ_PARAMS, INT("tickerId"), FLOAT("minTick"), STR("bboExchange"),
        INT("snapshotPermissions")
    ),
    incoming(
        "deltaNeutralValidation", IN.DELTA_NEUTRAL_VALIDATION, MessageVersion(1), INT("reqId"),
        INT("deltaNeutralContract.conId"),
        *many(FLOAT, "deltaNeutralContract", "delta price"),
        classes={"deltaNeutralContract": DeltaNeutralContract},
    ),
    incoming(
        "updateMktDepth", IN.MARKET_DEPTH, MessageVersion(1),
        *many(INT, "", "reqId position operation side"), FLOAT("price"), DECIMAL("size")
    ),
    incoming(
        "updateMktDepthL2", IN.MARKET_DEPTH_L2, MessageVersion(1), *many(INT, "", "reqId position"),
        STR("marketMaker"),
        *many(INT, "", "operation side"), FLOAT("price"), DECIMAL("size"),
        BOOL("isSmartDepth", since=v.SMART_DEPTH, default=False),
    ),
    incoming(
        "mktDepthExchanges", IN.MKT_DEPTH_EXCHANGES,
        Repeated("depthMktDataDescriptions", Row(DepthMktDataDescription, (
            *many(STR, "", "exchange secType"),
            *many(STR, "", "listingExch serviceDataType", since=v.SERVICE_DATA_TYPE),
            INT("aggGroup", since=v.SERVICE_DATA_TYPE), Fixed("'0'", until=v.SERVICE_DATA_TYPE),
        ))),
    ),
    incoming(
        "smartComponents", IN.SMART_COMPONENTS, INT("reqId"),
        Repeated(
            "smartComponentMap",
            Row(SmartComponent, (INT("bitNumber"), *many(STR, "", "exchange exchangeLetter"))),
            negative_is_none=True
        ),
    ),
    incoming(
        "rerouteMktDataReq", IN.REROUTE_MKT_DATA_REQ, *many(INT, "", "reqId conId"), STR("exchange")
    ),
    incoming(
        "rerouteMktDepthReq", IN.REROUTE_MKT_DEPTH_REQ, *many(INT, "", "reqId conId"),
        STR("exchange")
    ),
    incoming(
        "tickByTick", IN.TICK_BY_TICK, *many(INT, "", "reqId tickType"), LONG("time"),
        When(
            "tickType in (1, 2)",
            (
                FLOAT("price"), DECIMAL("size"), LAST_ATTRIB,
                *many(STR, "", "exchange specialConditions")
            )
        ),
        When(
            "tickType == 3",
            (
                *many(FLOAT, "", "bidPrice askPrice"), *many(DECIMAL, "", "bidSize askSize"),
                BID_ASK_ATTRIB
            )
        ),
        When("tickType == 4", (FLOAT("midPoint"),)),
        calls=(
            Call(
                "tickByTickAllLast",
                "reqId, tickType, time, price, size, tickAttribLast, exchange, specialConditions",
                when="tickType in (1, 2)",
            ),
            Call(
                "tickByTickBidAsk",
                "reqId, time, bidPrice, askPrice, bidSize, askSize, tickAttribBidAsk",
                when="tickType == 3"
            ),
            Call("tickByTickMidPoint", "reqId, time, midPoint", when="tickType == 4"),
        ),
    ),
)  # fmt: skip

REQUESTS: tuple[Request, ...] = (
    request(
        "reqMktData", OUT.REQ_MKT_DATA,
        "reqId contract genericTickList snapshot regulatorySnapshot mktDataOptions",
        Fixed("11"), INT("reqId"), *CONTRACT, QUOTED_LEGS, DELTA_NEUTRAL, STR("genericTickList"),
        BOOL("snapshot"),
        BOOL("regulatorySnapshot", since=v.REQ_SMART_COMPONENTS), OPTIONS("mktDataOptions"),
        classes=CLASSES,
    ),
    request("cancelMktData", OUT.CANCEL_MKT_DATA, "reqId", Fixed("2"), INT("reqId")),
    request(
        "reqMarketDataType", OUT.REQ_MARKET_DATA_TYPE, "marketDataType", Fixed("1"),
        INT("marketDataType")
    ),
    request(
        "reqSmartComponents", OUT.REQ_SMART_COMPONENTS, "reqId bboExchange", INT("reqId"),
        STR("bboExchange"),
        since=v.REQ_SMART_COMPONENTS, needs="smart components request",
    ),
    request(
        "reqMktDepthExchanges", OUT.REQ_MKT_DEPTH_EXCHANGES, "",
        since=v.REQ_MKT_DEPTH_EXCHANGES, needs="market depth exchanges request",
    ),
    request(
        "reqMktDepth", OUT.REQ_MKT_DEPTH, "reqId contract numRows isSmartDepth mktDepthOptions",
        Fixed("5"), INT("reqId"), *CONTRACT_BEFORE_EXCHANGE, STR("contract.exchange"),
        STR(
            "contract.primaryExchange", since=v.MKT_DEPTH_PRIM_EXCHANGE,
            needs="primaryExchange parameter in reqMktDepth"
        ),
        *CONTRACT_AFTER_EXCHANGE, INT("numRows"),
        BOOL("isSmartDepth", since=v.SMART_DEPTH, needs="SMART depth request"),
        OPTIONS("mktDepthOptions"), classes=CLASSES,
    ),
    request(
        "cancelMktDepth", OUT.CANCEL_MKT_DEPTH, "reqId isSmartDepth",
        Fixed("1"), INT("reqId"),
        BOOL("isSmartDepth", since=v.SMART_DEPTH, needs="SMART depth cancel"),
    ),
    request(
        "reqTickByTickData", OUT.REQ_TICK_BY_TICK_DATA,
        "reqId contract tickType numberOfTicks ignoreSize",
        INT("reqId"), *CONTRACT, STR("tickType"), INT("numberOfTicks"), BOOL("ignoreSize"),
        since=v.TICK_BY_TICK_IGNORE_SIZE,
        needs="tick-by-tick data requests with numberOfTicks and ignoreSize", classes=CLASSES,
    ),
    request(
        "cancelTickByTickData", OUT.CANCEL_TICK_BY_TICK_DATA, "reqId", INT("reqId"),
        since=v.TICK_BY_TICK, needs="tick-by-tick data requests",
    ),
    request(
        "calculateImpliedVolatility", OUT.REQ_CALC_IMPLIED_VOLAT,
        "reqId contract optionPrice underPrice implVolOptions",
        Fixed("3"), INT("reqId"), *CONTRACT, *many(FLOAT, "", "optionPrice underPrice"),
        OPTIONS("implVolOptions"), classes=CLASSES,
    ),
    request(
        "cancelCalculateImpliedVolatility", OUT.CANCEL_CALC_IMPLIED_VOLAT, "reqId", Fixed("1"),
        INT("reqId")
    ),
    request(
        "calculateOptionPrice", OUT.REQ_CALC_OPTION_PRICE,
        "reqId contract volatility underPrice optPrcOptions",
        Fixed("3"), INT("reqId"), *CONTRACT, *many(FLOAT, "", "volatility underPrice"),
        OPTIONS("optPrcOptions"), classes=CLASSES,
    ),
    request(
        "cancelCalculateOptionPrice", OUT.CANCEL_CALC_OPTION_PRICE, "reqId", Fixed("1"),
        INT("reqId")
    ),
)  # fmt: skip

"""Quotes: ticks, option computations, depth, tick-by-tick, and what asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....common import (
    DepthMktDataDescription,
    SmartComponent,
    TickAttrib,
    TickAttribBidAsk,
    TickAttribLast,
)
from ....const import UNSET_DOUBLE, UNSET_INTEGER
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
    Pb,
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
    FEW_INTS,
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
    pb="attrMask",
    absent=UNSET_INTEGER,
)
# a field of a message within the message, which has the name that follows
DEPTH = "marketDepthData."
LAST = "historicalTickLast."
QUOTE = "historicalTickBidAsk."
MIDDLE = "historicalTickMidPoint."
LAST_ATTRIB = Flags(
    "tickAttribLast", TickAttribLast, (("pastLimit", 1, 0), ("unreported", 2, 0)), pb=LAST
)
BID_ASK_ATTRIB = Flags(
    "tickAttribBidAsk", TickAttribBidAsk, (("bidPastLow", 1, 0), ("askPastHigh", 2, 0)), pb=QUOTE
)
TICK = (FEW_INTS("reqId"), FEW_INTS("tickType", absent=UNSET_INTEGER))
DEPTH_LEVEL = (FLOAT("price", pb=DEPTH, absent=UNSET_DOUBLE), DECIMAL("size", pb=DEPTH))


def components_by_bit(rows: list[SmartComponent]) -> dict[int, tuple[str, str]]:
    """Return smart components as programs get them from Protocol Buffers."""
    return {one.bitNumber: (one.exchange, one.exchangeLetter) for one in rows}


def components(given: Any) -> list[SmartComponent]:
    """Return smart components as rows, which they are on the text wire."""
    if not isinstance(given, Mapping):
        return list(given)
    return [
        SmartComponent(bitNumber=bit, exchange=exchange, exchangeLetter=letter)
        for bit, (exchange, letter) in given.items()
    ]


MESSAGES: tuple[Incoming, ...] = (
    incoming(
        "tickPrice", IN.TICK_PRICE, MessageVersion(6), *TICK, FLOAT("price", absent=UNSET_DOUBLE),
        DECIMAL("size"), TICK_ATTRIB,
        calls=(
            Call("tickPrice", "reqId, tickType, price, attrib"),
            Call("tickSize", "reqId, SIZE_TICK[tickType], size", when="tickType in SIZE_TICK"),
        ),
        constants={"SIZE_TICK": SIZE_TICK}, pb=Pb("TickPrice", v.PROTOBUF_MARKET_DATA),
    ),
    incoming(
        "tickSize", IN.TICK_SIZE, MessageVersion(6), *TICK, DECIMAL("size"),
        calls=(
            Call("tickSize", "reqId, tickType, size", when=f"tickType != {TickTypeEnum.NOT_SET}"),
        ),
        pb=Pb("TickSize", v.PROTOBUF_MARKET_DATA),
    ),
    incoming(
        "tickGeneric", IN.TICK_GENERIC, MessageVersion(6), *TICK,
        FLOAT("value", absent=UNSET_DOUBLE), pb=Pb("TickGeneric", v.PROTOBUF_MARKET_DATA),
    ),
    incoming(
        "tickString", IN.TICK_STRING, MessageVersion(6), *TICK, *escaped("value"),
        pb=Pb("TickString", v.PROTOBUF_MARKET_DATA),
    ),
    incoming(
        "tickEFP", IN.TICK_EFP, MessageVersion(6), *many(INT, "", "reqId tickType"),
        FLOAT("basisPoints"), *escaped("formattedBasisPoints"),
        FLOAT("totalDividends"), INT("holdDays"), *escaped("futureLastTradeDate"),
        *many(FLOAT, "", "dividendImpact dividendsToLastTradeDate"),
    ),
    incoming(
        "tickOptionComputation", IN.TICK_OPTION_COMPUTATION,
        MessageVersion(6, until=v.PRICE_BASED_VOLATILITY), *TICK,
        FEW_INTS("tickAttrib", since=v.PRICE_BASED_VOLATILITY, default=None, absent=UNSET_INTEGER),
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
        pb=Pb("TickOptionComputation", v.PROTOBUF_MARKET_DATA),
    ),
    incoming(
        "tickSnapshotEnd", IN.TICK_SNAPSHOT_END, MessageVersion(1), INT("reqId"),
        pb=Pb("TickSnapshotEnd", v.PROTOBUF_MARKET_DATA)
    ),
    incoming(
        "marketDataType", IN.MARKET_DATA_TYPE, MessageVersion(1),
        INT("reqId"), INT("marketDataType", absent=UNSET_INTEGER),
        pb=Pb("MarketDataType", v.PROTOBUF_MARKET_DATA, callback="updateMarketDataTypeProtoBuf"),
    ),
    incoming(
        "tickReqParams", IN.TICK_REQ_PARAMS, INT("tickerId", pb="reqId"),
        FLOAT("minTick", absent=UNSET_DOUBLE), STR("bboExchange"),
        INT("snapshotPermissions", absent=UNSET_INTEGER),
        pb=Pb("TickReqParams", v.PROTOBUF_MARKET_DATA),
    ),
    incoming(
        "deltaNeutralValidation", IN.DELTA_NEUTRAL_VALIDATION, MessageVersion(1), INT("reqId"),
        INT("deltaNeutralContract.conId"), *many(FLOAT, "deltaNeutralContract", "delta price"),
        classes={"deltaNeutralContract": DeltaNeutralContract},
    ),
    incoming(
        "updateMktDepth", IN.MARKET_DEPTH, MessageVersion(1), FEW_INTS("reqId"),
        *many(FEW_INTS, "", "position operation side", pb=DEPTH, absent=UNSET_INTEGER),
        *DEPTH_LEVEL,
        pb=Pb("MarketDepth", v.PROTOBUF_MARKET_DATA, callback="updateMarketDepthProtoBuf"),
    ),
    incoming(
        "updateMktDepthL2", IN.MARKET_DEPTH_L2, MessageVersion(1), FEW_INTS("reqId"),
        FEW_INTS("position", pb=DEPTH), STR("marketMaker", pb=DEPTH),
        *many(FEW_INTS, "", "operation side", pb=DEPTH, absent=UNSET_INTEGER), *DEPTH_LEVEL,
        BOOL("isSmartDepth", since=v.SMART_DEPTH, default=False, pb=DEPTH),
        pb=Pb("MarketDepthL2", v.PROTOBUF_MARKET_DATA, callback="updateMarketDepthL2ProtoBuf"),
    ),
    incoming(
        "mktDepthExchanges", IN.MKT_DEPTH_EXCHANGES,
        Repeated("depthMktDataDescriptions", Row(DepthMktDataDescription, (
            *many(STR, "", "exchange secType"),
            *many(STR, "", "listingExch serviceDataType", since=v.SERVICE_DATA_TYPE),
            INT("aggGroup", since=v.SERVICE_DATA_TYPE), Fixed("'0'", until=v.SERVICE_DATA_TYPE),
        )), pb="depthMarketDataDescriptions"),
        pb=Pb("MarketDepthExchanges", v.PROTOBUF_REST_MESSAGES_3),
    ),
    incoming(
        "smartComponents", IN.SMART_COMPONENTS, INT("reqId"),
        Repeated(
            "smartComponentMap",
            Row(SmartComponent, (INT("bitNumber"), *many(STR, "", "exchange exchangeLetter"))),
            negative_is_none=True, pb="smartComponents", from_rows=components_by_bit,
            to_rows=components,
        ),
        pb=Pb("SmartComponents", v.PROTOBUF_REST_MESSAGES_2),
    ),
    incoming(
        "rerouteMktDataReq", IN.REROUTE_MKT_DATA_REQ, *many(INT, "", "reqId conId"),
        STR("exchange"), pb=Pb("RerouteMarketDataRequest", v.PROTOBUF_REST_MESSAGES_1),
    ),
    incoming(
        "rerouteMktDepthReq", IN.REROUTE_MKT_DEPTH_REQ, *many(INT, "", "reqId conId"),
        STR("exchange"), pb=Pb("RerouteMarketDepthRequest", v.PROTOBUF_REST_MESSAGES_1),
    ),
    incoming(
        "tickByTick", IN.TICK_BY_TICK, *many(FEW_INTS, "", "reqId tickType"), LONG("time", pb=""),
        When(
            "tickType in (1, 2)",
            (
                LONG("time", pb=LAST, text=False), FLOAT("price", pb=LAST),
                DECIMAL("size", pb=LAST), LAST_ATTRIB,
                *many(STR, "", "exchange specialConditions", pb=LAST)
            )
        ),
        When(
            "tickType == 3",
            (
                LONG("time", pb=QUOTE, text=False),
                FLOAT("bidPrice", pb=f"{QUOTE}priceBid"), FLOAT("askPrice", pb=f"{QUOTE}priceAsk"),
                DECIMAL("bidSize", pb=f"{QUOTE}sizeBid"), DECIMAL("askSize", pb=f"{QUOTE}sizeAsk"),
                BID_ASK_ATTRIB
            )
        ),
        When(
            "tickType == 4",
            (LONG("time", pb=MIDDLE, text=False), FLOAT("midPoint", pb=f"{MIDDLE}price"))
        ),
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
        pb=Pb("TickByTickData", v.PROTOBUF_HISTORICAL_DATA),
    ),
)  # fmt: skip

REQUESTS: tuple[Request, ...] = (
    request(
        "reqMktData", OUT.REQ_MKT_DATA,
        "reqId contract genericTickList snapshot regulatorySnapshot mktDataOptions", Fixed("11"),
        INT("reqId"), *CONTRACT, QUOTED_LEGS, DELTA_NEUTRAL, STR("genericTickList"),
        BOOL("snapshot"), BOOL("regulatorySnapshot", since=v.REQ_SMART_COMPONENTS),
        OPTIONS("mktDataOptions", pb="marketDataOptions"), classes=CLASSES,
        pb=Pb("MarketDataRequest", v.PROTOBUF_MARKET_DATA),
    ),
    request(
        "cancelMktData", OUT.CANCEL_MKT_DATA, "reqId", Fixed("2"), INT("reqId"),
        pb=Pb("CancelMarketData", v.PROTOBUF_MARKET_DATA)
    ),
    request(
        "reqMarketDataType", OUT.REQ_MARKET_DATA_TYPE, "marketDataType", Fixed("1"),
        INT("marketDataType"), pb=Pb("MarketDataTypeRequest", v.PROTOBUF_MARKET_DATA),
    ),
    request(
        "reqSmartComponents", OUT.REQ_SMART_COMPONENTS, "reqId bboExchange", INT("reqId"),
        STR("bboExchange"), since=v.REQ_SMART_COMPONENTS, needs="smart components request",
        pb=Pb("SmartComponentsRequest", v.PROTOBUF_REST_MESSAGES_2),
    ),
    request(
        "reqMktDepthExchanges", OUT.REQ_MKT_DEPTH_EXCHANGES, "",
        since=v.REQ_MKT_DEPTH_EXCHANGES, needs="market depth exchanges request",
        pb=Pb("MarketDepthExchangesRequest", v.PROTOBUF_REST_MESSAGES_3),
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
        OPTIONS("mktDepthOptions", pb="marketDepthOptions"), classes=CLASSES,
        pb=Pb("MarketDepthRequest", v.PROTOBUF_MARKET_DATA),
    ),
    request(
        "cancelMktDepth", OUT.CANCEL_MKT_DEPTH, "reqId isSmartDepth", Fixed("1"), INT("reqId"),
        BOOL("isSmartDepth", since=v.SMART_DEPTH, needs="SMART depth cancel"),
        pb=Pb("CancelMarketDepth", v.PROTOBUF_MARKET_DATA),
    ),
    request(
        "reqTickByTickData", OUT.REQ_TICK_BY_TICK_DATA,
        "reqId contract tickType numberOfTicks ignoreSize", INT("reqId"), *CONTRACT,
        STR("tickType"), INT("numberOfTicks"), BOOL("ignoreSize"), since=v.TICK_BY_TICK_IGNORE_SIZE,
        needs="tick-by-tick data requests with numberOfTicks and ignoreSize", classes=CLASSES,
        pb=Pb("TickByTickRequest", v.PROTOBUF_HISTORICAL_DATA),
    ),
    request(
        "cancelTickByTickData", OUT.CANCEL_TICK_BY_TICK_DATA, "reqId", INT("reqId"),
        since=v.TICK_BY_TICK, needs="tick-by-tick data requests",
        pb=Pb("CancelTickByTick", v.PROTOBUF_HISTORICAL_DATA),
    ),
    request(
        "calculateImpliedVolatility", OUT.REQ_CALC_IMPLIED_VOLAT,
        "reqId contract optionPrice underPrice implVolOptions",
        Fixed("3"), INT("reqId"), *CONTRACT, *many(FLOAT, "", "optionPrice underPrice"),
        OPTIONS("implVolOptions", pb="impliedVolatilityOptions"), classes=CLASSES,
        pb=Pb("CalculateImpliedVolatilityRequest", v.PROTOBUF_REST_MESSAGES_1),
    ),
    request(
        "cancelCalculateImpliedVolatility", OUT.CANCEL_CALC_IMPLIED_VOLAT, "reqId", Fixed("1"),
        INT("reqId"), pb=Pb("CancelCalculateImpliedVolatility", v.PROTOBUF_REST_MESSAGES_1),
    ),
    request(
        "calculateOptionPrice", OUT.REQ_CALC_OPTION_PRICE,
        "reqId contract volatility underPrice optPrcOptions",
        Fixed("3"), INT("reqId"), *CONTRACT, *many(FLOAT, "", "volatility underPrice"),
        OPTIONS("optPrcOptions", pb="optionPriceOptions"), classes=CLASSES,
        pb=Pb("CalculateOptionPriceRequest", v.PROTOBUF_REST_MESSAGES_1),
    ),
    request(
        "cancelCalculateOptionPrice", OUT.CANCEL_CALC_OPTION_PRICE, "reqId", Fixed("1"),
        INT("reqId"), pb=Pb("CancelCalculateOptionPrice", v.PROTOBUF_REST_MESSAGES_1),
    ),
)  # fmt: skip

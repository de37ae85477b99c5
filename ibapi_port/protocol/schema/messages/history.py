"""Bars and historical data."""

from __future__ import annotations

from ....common import (
    BarData,
    HistogramData,
    HistoricalSession,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    TickAttribBidAsk,
    TickAttribLast,
)
from ....message import IN, OUT
from ..nodes import (
    Call,
    Fixed,
    Flags,
    Gate,
    Incoming,
    MessageVersion,
    Pb,
    Repeated,
    Request,
    Row,
    incoming,
    many,
    request,
    since,
)
from ..shared_fields import (
    BOOL,
    CLASSES,
    CONTRACT,
    DECIMAL,
    EXPIRED_CONTRACT,
    FEW_INTS,
    FLOAT,
    INT,
    LONG,
    OPTIONS,
    QUOTED_LEGS,
    STR,
    v,
)

PRICES = many(FLOAT, "", "open high low close")
DATES = many(STR, "", "startDateStr endDateStr")
BAR = Row(BarData, (
    STR("date"), *PRICES, *many(DECIMAL, "", "volume wap"),
    Fixed("'false'", until=v.SYNT_REALTIME_BARS), INT("barCount"),
))  # fmt: skip
TICK = Row(HistoricalTick, (LONG("time"), Fixed("'0'"), FLOAT("price"), DECIMAL("size")))
BID_ASK_TICK = Row(HistoricalTickBidAsk, (
    LONG("time"),
    Flags("tickAttribBidAsk", TickAttribBidAsk, (("askPastHigh", 1, 0), ("bidPastLow", 2, 0))),
    *many(FLOAT, "", "priceBid priceAsk"), *many(DECIMAL, "", "sizeBid sizeAsk"),
))  # fmt: skip
LAST_TICK = Row(HistoricalTickLast, (
    LONG("time"),
    Flags("tickAttribLast", TickAttribLast, (("pastLimit", 1, 0), ("unreported", 2, 0))),
    FLOAT("price"), DECIMAL("size"), *many(STR, "", "exchange specialConditions"),
))  # fmt: skip

DONE = BOOL("done", pb="isDone")

MESSAGES: tuple[Incoming, ...] = (
    # below server version 196 the end of the data comes in the same frame; the dates are then part
    # of it
    incoming(
        "historicalData", IN.HISTORICAL_DATA, MessageVersion(3, until=v.SYNT_REALTIME_BARS),
        INT("reqId"),
        *since(0, *(STR(f.path, default="") for f in DATES), until=v.HISTORICAL_DATA_END),
        Repeated("bars", BAR, pb="historicalDataBars"),
        calls=(
            Call("historicalData", "reqId, row", each="bars"),
            Call(
                "historicalDataEnd", "reqId, startDateStr, endDateStr", until=v.HISTORICAL_DATA_END
            ),
        ),
        pb=Pb("HistoricalData", v.PROTOBUF_HISTORICAL_DATA),
    ),
    incoming(
        "historicalDataEnd", IN.HISTORICAL_DATA_END, INT("reqId"), *DATES,
        pb=Pb("HistoricalDataEnd", v.PROTOBUF_HISTORICAL_DATA),
    ),
    incoming(
        "historicalDataUpdate", IN.HISTORICAL_DATA_UPDATE, *many(INT, "", "reqId bar.barCount"),
        STR("bar.date"), *many(FLOAT, "bar", "open close high low"),
        *many(DECIMAL, "bar", "wap volume"), classes={"bar": BarData},
        pb=Pb(
            "HistoricalDataUpdate", v.PROTOBUF_HISTORICAL_DATA,
            objects={"bar": "historicalDataBar"},
        ),
    ),
    incoming(
        "realtimeBar", IN.REAL_TIME_BARS, MessageVersion(3), FEW_INTS("reqId"), LONG("time"),
        FLOAT("open_", pb="open"), *many(FLOAT, "", "high low close"), DECIMAL("volume"),
        DECIMAL("wap", pb="WAP"), INT("count"),
        pb=Pb("RealTimeBarTick", v.PROTOBUF_HISTORICAL_DATA),
    ),
    incoming(
        "headTimestamp", IN.HEAD_TIMESTAMP, INT("reqId"), STR("headTimestamp"),
        pb=Pb("HeadTimestamp", v.PROTOBUF_HISTORICAL_DATA)
    ),
    incoming(
        "histogramData", IN.HISTOGRAM_DATA, INT("reqId"),
        Repeated(
            "items", Row(HistogramData, (FLOAT("price"), DECIMAL("size"))),
            pb="histogramDataEntries"
        ),
        pb=Pb("HistogramData", v.PROTOBUF_HISTORICAL_DATA),
    ),
    incoming(
        "historicalTicks", IN.HISTORICAL_TICKS, INT("reqId"),
        Repeated("ticks", TICK, pb="historicalTicks"), DONE,
        pb=Pb("HistoricalTicks", v.PROTOBUF_HISTORICAL_DATA),
    ),
    incoming(
        "historicalTicksBidAsk", IN.HISTORICAL_TICKS_BID_ASK, INT("reqId"),
        Repeated("ticks", BID_ASK_TICK, pb="historicalTicksBidAsk"), DONE,
        pb=Pb("HistoricalTicksBidAsk", v.PROTOBUF_HISTORICAL_DATA),
    ),
    incoming(
        "historicalTicksLast", IN.HISTORICAL_TICKS_LAST, INT("reqId"),
        Repeated("ticks", LAST_TICK, pb="historicalTicksLast"), DONE,
        pb=Pb("HistoricalTicksLast", v.PROTOBUF_HISTORICAL_DATA),
    ),
    incoming(
        "historicalSchedule", IN.HISTORICAL_SCHEDULE, INT("reqId"),
        *many(STR, "", "startDateTime endDateTime timeZone"),
        Repeated(
            "sessions", Row(HistoricalSession, many(STR, "", "startDateTime endDateTime refDate")),
            pb="historicalSessions"
        ),
        pb=Pb("HistoricalSchedule", v.PROTOBUF_REST_MESSAGES_1),
    ),
)  # fmt: skip

REQUESTS: tuple[Request, ...] = (
    request(
        "reqHistoricalData", OUT.REQ_HISTORICAL_DATA,
        "reqId contract endDateTime durationStr barSizeSetting whatToShow useRTH formatDate "
        "keepUpToDate chartOptions",
        Fixed("6", until=v.SYNT_REALTIME_BARS), INT("reqId"), *EXPIRED_CONTRACT,
        *many(STR, "", "endDateTime barSizeSetting"), STR("durationStr", pb="duration"),
        INT("useRTH"), STR("whatToShow"), INT("formatDate"), QUOTED_LEGS,
        BOOL("keepUpToDate", since=v.SYNT_REALTIME_BARS), OPTIONS("chartOptions"), classes=CLASSES,
        gates=(
            Gate(
                "whatToShow == 'SCHEDULE'",
                "It does not support requesting of historical schedule.",
                below=v.HISTORICAL_SCHEDULE
            ),
        ),
        pb=Pb("HistoricalDataRequest", v.PROTOBUF_HISTORICAL_DATA),
    ),
    request(
        "cancelHistoricalData", OUT.CANCEL_HISTORICAL_DATA, "reqId", Fixed("1"), INT("reqId"),
        pb=Pb("CancelHistoricalData", v.PROTOBUF_HISTORICAL_DATA)
    ),
    request(
        "reqRealTimeBars", OUT.REQ_REAL_TIME_BARS,
        "reqId contract barSize whatToShow useRTH realTimeBarsOptions",
        Fixed("3"), INT("reqId"), *CONTRACT, INT("barSize"), STR("whatToShow"), BOOL("useRTH"),
        OPTIONS("realTimeBarsOptions"), classes=CLASSES,
        pb=Pb("RealTimeBarsRequest", v.PROTOBUF_HISTORICAL_DATA),
    ),
    request(
        "cancelRealTimeBars", OUT.CANCEL_REAL_TIME_BARS, "reqId", Fixed("1"), INT("reqId"),
        pb=Pb("CancelRealTimeBars", v.PROTOBUF_HISTORICAL_DATA)
    ),
    request(
        "reqHeadTimeStamp", OUT.REQ_HEAD_TIMESTAMP, "reqId contract whatToShow useRTH formatDate",
        INT("reqId"), *EXPIRED_CONTRACT, INT("useRTH"), STR("whatToShow"), INT("formatDate"),
        since=v.REQ_HEAD_TIMESTAMP, needs="head time stamp requests", has_request_id=True,
        classes=CLASSES, pb=Pb("HeadTimestampRequest", v.PROTOBUF_HISTORICAL_DATA),
    ),
    request(
        "cancelHeadTimeStamp", OUT.CANCEL_HEAD_TIMESTAMP, "reqId", INT("reqId"),
        since=v.CANCEL_HEADTIMESTAMP, needs="head time stamp cancels", has_request_id=True,
        pb=Pb("CancelHeadTimestamp", v.PROTOBUF_HISTORICAL_DATA),
    ),
    request(
        "reqHistogramData", OUT.REQ_HISTOGRAM_DATA, "tickerId contract useRTH timePeriod",
        INT("tickerId", pb="reqId"), *EXPIRED_CONTRACT, BOOL("useRTH"), STR("timePeriod"),
        since=v.REQ_HISTOGRAM, needs="histogram requests", classes=CLASSES,
        pb=Pb("HistogramDataRequest", v.PROTOBUF_HISTORICAL_DATA),
    ),
    request(
        "cancelHistogramData", OUT.CANCEL_HISTOGRAM_DATA, "tickerId", INT("tickerId", pb="reqId"),
        since=v.REQ_HISTOGRAM, needs="histogram requests",
        pb=Pb("CancelHistogramData", v.PROTOBUF_HISTORICAL_DATA),
    ),
    request(
        "reqHistoricalTicks", OUT.REQ_HISTORICAL_TICKS,
        "reqId contract startDateTime endDateTime numberOfTicks whatToShow useRth ignoreSize "
        "miscOptions",
        INT("reqId"), *EXPIRED_CONTRACT, *many(STR, "", "startDateTime endDateTime"),
        INT("numberOfTicks"), STR("whatToShow"), INT("useRth", pb="useRTH"), BOOL("ignoreSize"),
        OPTIONS("miscOptions"), since=v.HISTORICAL_TICKS, needs="historical ticks requests",
        classes=CLASSES, pb=Pb("HistoricalTicksRequest", v.PROTOBUF_HISTORICAL_DATA),
    ),
    request(
        "cancelHistoricalTicks", OUT.CANCEL_HISTORICAL_TICKS, "reqId", INT("reqId"),
        since=v.CANCEL_CONTRACT_DATA, needs="historical ticks cancels", has_request_id=True,
        pb=Pb("CancelHistoricalTicks", v.CANCEL_CONTRACT_DATA),
    ),
)  # fmt: skip

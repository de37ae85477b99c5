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

MESSAGES: tuple[Incoming, ...] = (
    # below server version 196 the end of the data comes in the same frame; the dates are then part
    # of it
    incoming(
        "historicalData", IN.HISTORICAL_DATA, MessageVersion(3, until=v.SYNT_REALTIME_BARS),
        INT("reqId"),
        *since(0, *(STR(f.path, default="") for f in DATES), until=v.HISTORICAL_DATA_END),
        Repeated("bars", BAR),
        calls=(
            Call("historicalData", "reqId, row", each="bars"),
            Call(
                "historicalDataEnd", "reqId, startDateStr, endDateStr", until=v.HISTORICAL_DATA_END
            ),
        ),
    ),
    incoming(
        "historicalDataEnd", IN.HISTORICAL_DATA_END, INT("reqId"), *DATES,
    ),
    incoming(
        "historicalDataUpdate", IN.HISTORICAL_DATA_UPDATE, *many(INT, "", "reqId bar.barCount"),
        STR("bar.date"),
        *many(FLOAT, "bar", "open close high low"), *many(DECIMAL, "bar", "wap volume"),
        classes={"bar": BarData},
    ),
    incoming(
        "realtimeBar", IN.REAL_TIME_BARS, MessageVersion(3), INT("reqId"), LONG("time"),
        *many(FLOAT, "", "open_ high low close"),
        *many(DECIMAL, "", "volume wap"), INT("count"),
    ),
    incoming("headTimestamp", IN.HEAD_TIMESTAMP, INT("reqId"), STR("headTimestamp")),
    incoming(
        "histogramData", IN.HISTOGRAM_DATA, INT("reqId"),
        Repeated("items", Row(HistogramData, (FLOAT("price"), DECIMAL("size"))))
    ),
    incoming(
        "historicalTicks", IN.HISTORICAL_TICKS, INT("reqId"), Repeated("ticks", TICK), BOOL("done")
    ),
    incoming(
        "historicalTicksBidAsk", IN.HISTORICAL_TICKS_BID_ASK, INT("reqId"),
        Repeated("ticks", BID_ASK_TICK), BOOL("done")
    ),
    incoming(
        "historicalTicksLast", IN.HISTORICAL_TICKS_LAST, INT("reqId"), Repeated("ticks", LAST_TICK),
        BOOL("done")
    ),
    incoming(
        "historicalSchedule", IN.HISTORICAL_SCHEDULE, INT("reqId"),
        *many(STR, "", "startDateTime endDateTime timeZone"),
        Repeated(
            "sessions", Row(HistoricalSession, many(STR, "", "startDateTime endDateTime refDate"))
        ),
    ),
)  # fmt: skip

REQUESTS: tuple[Request, ...] = (
    request(
        "reqHistoricalData", OUT.REQ_HISTORICAL_DATA,
        "reqId contract endDateTime durationStr barSizeSetting whatToShow useRTH formatDate "
        "keepUpToDate chartOptions",
        Fixed("6", until=v.SYNT_REALTIME_BARS), INT("reqId"), *EXPIRED_CONTRACT,
        *many(STR, "", "endDateTime barSizeSetting durationStr"),
        INT("useRTH"), STR("whatToShow"), INT("formatDate"), QUOTED_LEGS,
        BOOL("keepUpToDate", since=v.SYNT_REALTIME_BARS),
        OPTIONS("chartOptions"), classes=CLASSES,
        gates=(
            Gate(
                "whatToShow == 'SCHEDULE'",
                "It does not support requesting of historical schedule.",
                below=v.HISTORICAL_SCHEDULE
            ),
        ),
    ),
    request("cancelHistoricalData", OUT.CANCEL_HISTORICAL_DATA, "reqId", Fixed("1"), INT("reqId")),
    request(
        "reqRealTimeBars", OUT.REQ_REAL_TIME_BARS,
        "reqId contract barSize whatToShow useRTH realTimeBarsOptions",
        Fixed("3"), INT("reqId"), *CONTRACT, INT("barSize"), STR("whatToShow"), BOOL("useRTH"),
        OPTIONS("realTimeBarsOptions"), classes=CLASSES,
    ),
    request("cancelRealTimeBars", OUT.CANCEL_REAL_TIME_BARS, "reqId", Fixed("1"), INT("reqId")),
    request(
        "reqHeadTimeStamp", OUT.REQ_HEAD_TIMESTAMP, "reqId contract whatToShow useRTH formatDate",
        INT("reqId"), *EXPIRED_CONTRACT, INT("useRTH"), STR("whatToShow"), INT("formatDate"),
        since=v.REQ_HEAD_TIMESTAMP, needs="head time stamp requests", has_request_id=True,
        classes=CLASSES,
    ),
    request(
        "cancelHeadTimeStamp", OUT.CANCEL_HEAD_TIMESTAMP, "reqId", INT("reqId"),
        since=v.CANCEL_HEADTIMESTAMP, needs="head time stamp cancels", has_request_id=True,
    ),
    request(
        "reqHistogramData", OUT.REQ_HISTOGRAM_DATA, "tickerId contract useRTH timePeriod",
        INT("tickerId"), *EXPIRED_CONTRACT, BOOL("useRTH"), STR("timePeriod"),
        since=v.REQ_HISTOGRAM, needs="histogram requests", classes=CLASSES,
    ),
    request(
        "cancelHistogramData", OUT.CANCEL_HISTOGRAM_DATA, "tickerId", INT("tickerId"),
        since=v.REQ_HISTOGRAM, needs="histogram requests",
    ),
    request(
        "reqHistoricalTicks", OUT.REQ_HISTORICAL_TICKS,
        "reqId contract startDateTime endDateTime numberOfTicks whatToShow useRth ignoreSize "
        "miscOptions",
        INT("reqId"), *EXPIRED_CONTRACT, *many(STR, "", "startDateTime endDateTime"),
        INT("numberOfTicks"), STR("whatToShow"), INT("useRth"),
        BOOL("ignoreSize"), OPTIONS("miscOptions"), since=v.HISTORICAL_TICKS,
        needs="historical ticks requests", classes=CLASSES,
    ),
    request(
        "cancelHistoricalTicks", OUT.CANCEL_HISTORICAL_TICKS, "reqId", INT("reqId"),
        since=v.CANCEL_CONTRACT_DATA, needs="historical ticks cancels", has_request_id=True,
    ),
)  # fmt: skip

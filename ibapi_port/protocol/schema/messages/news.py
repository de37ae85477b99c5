"""News, bulletins, Wall Street Horizon events, and fundamental data."""

from __future__ import annotations

from typing import Any

from ....common import NewsProvider, WshEventData
from ....message import IN, OUT
from ..nodes import (
    Fixed,
    Incoming,
    MessageVersion,
    Pb,
    Repeated,
    Request,
    Row,
    incoming,
    many,
    request,
)
from ..shared_fields import BOOL, CLASSES, INT, INT_DIGITS, LONG, OPTIONS, STR, escaped, v

MESSAGES: tuple[Incoming, ...] = (
    incoming(
        "updateNewsBulletin",
        IN.NEWS_BULLETINS,
        MessageVersion(1),
        INT("msgId", pb="newsMsgId"),
        INT("msgType", pb="newsMsgType"),
        *escaped("newsMessage"),
        *escaped("originExch", pb="originatingExch"),
        pb=Pb("NewsBulletin", v.PROTOBUF_NEWS_DATA, callback="updateNewsBulletinProtoBuf"),
    ),
    incoming(
        "newsProviders",
        IN.NEWS_PROVIDERS,
        Repeated("newsProviders", Row(NewsProvider, many(STR, "", "code name"))),
        pb=Pb("NewsProviders", v.PROTOBUF_NEWS_DATA),
    ),
    incoming(
        "newsArticle",
        IN.NEWS_ARTICLE,
        INT("requestId", pb="reqId"),
        INT("articleType"),
        STR("articleText"),
        pb=Pb("NewsArticle", v.PROTOBUF_NEWS_DATA),
    ),
    incoming(
        "historicalNews",
        IN.HISTORICAL_NEWS,
        INT("requestId", pb="reqId"),
        *many(STR, "", "time providerCode articleId headline"),
        pb=Pb("HistoricalNews", v.PROTOBUF_NEWS_DATA),
    ),
    incoming(
        "historicalNewsEnd",
        IN.HISTORICAL_NEWS_END,
        INT("requestId", pb="reqId"),
        BOOL("hasMore"),
        pb=Pb("HistoricalNewsEnd", v.PROTOBUF_NEWS_DATA),
    ),
    incoming(
        "tickNews",
        IN.TICK_NEWS,
        INT("tickerId", pb="reqId"),
        LONG("timeStamp", pb="timestamp"),
        *many(STR, "", "providerCode articleId headline extraData"),
        pb=Pb("TickNews", v.PROTOBUF_NEWS_DATA),
    ),
    incoming(
        "wshMetaData",
        IN.WSH_META_DATA,
        INT("reqId"),
        STR("dataJson"),
        pb=Pb("WshMetaData", v.PROTOBUF_NEWS_DATA),
    ),
    incoming(
        "wshEventData",
        IN.WSH_EVENT_DATA,
        INT("reqId"),
        STR("dataJson"),
        pb=Pb("WshEventData", v.PROTOBUF_NEWS_DATA),
    ),
    incoming(
        "fundamentalData",
        IN.FUNDAMENTAL_DATA,
        MessageVersion(1),
        INT("reqId"),
        *escaped("data"),
        pb=Pb("FundamentalsData", v.PROTOBUF_SCAN_DATA),
    ),
)

WSH = "WSHE Calendar API"
FILTERS: dict[str, Any] = {
    "since": v.WSH_EVENT_DATA_FILTERS,
    "needs": "WSH event data filters",
    "has_request_id": False,
}
DATE_FILTERS: dict[str, Any] = {
    "since": v.WSH_EVENT_DATA_FILTERS_DATE,
    "needs": "WSH event data date filters",
    "has_request_id": False,
}

REQUESTS: tuple[Request, ...] = (
    request(
        "reqNewsBulletins", OUT.REQ_NEWS_BULLETINS, "allMsgs", Fixed("1"),
        BOOL("allMsgs", pb="allMessages"), pb=Pb("NewsBulletinsRequest", v.PROTOBUF_NEWS_DATA),
    ),
    request(
        "cancelNewsBulletins", OUT.CANCEL_NEWS_BULLETINS, "", Fixed("1"),
        pb=Pb("CancelNewsBulletins", v.PROTOBUF_NEWS_DATA)
    ),
    request(
        "reqNewsProviders", OUT.REQ_NEWS_PROVIDERS, "", since=v.REQ_NEWS_PROVIDERS,
        needs="news providers request", pb=Pb("NewsProvidersRequest", v.PROTOBUF_NEWS_DATA),
    ),
    request(
        "reqNewsArticle", OUT.REQ_NEWS_ARTICLE, "reqId providerCode articleId newsArticleOptions",
        INT("reqId"), *many(STR, "", "providerCode articleId"),
        OPTIONS("newsArticleOptions", since=v.NEWS_QUERY_ORIGINS), since=v.REQ_NEWS_ARTICLE,
        needs="news article request", pb=Pb("NewsArticleRequest", v.PROTOBUF_NEWS_DATA),
    ),
    request(
        "reqHistoricalNews", OUT.REQ_HISTORICAL_NEWS,
        "reqId conId providerCodes startDateTime endDateTime totalResults historicalNewsOptions",
        *many(INT, "", "reqId conId"), *many(STR, "", "providerCodes startDateTime endDateTime"),
        INT("totalResults"), OPTIONS("historicalNewsOptions", since=v.NEWS_QUERY_ORIGINS),
        since=v.REQ_HISTORICAL_NEWS, needs="historical news request",
        pb=Pb("HistoricalNewsRequest", v.PROTOBUF_NEWS_DATA),
    ),
    request(
        "reqWshMetaData", OUT.REQ_WSH_META_DATA, "reqId", INT("reqId"), since=v.WSHE_CALENDAR,
        needs=WSH, pb=Pb("WshMetaDataRequest", v.PROTOBUF_NEWS_DATA),
    ),
    request(
        "cancelWshMetaData", OUT.CANCEL_WSH_META_DATA, "reqId", INT("reqId"), since=v.WSHE_CALENDAR,
        needs=WSH, pb=Pb("CancelWshMetaData", v.PROTOBUF_NEWS_DATA),
    ),
    request(
        "reqWshEventData", OUT.REQ_WSH_EVENT_DATA, "reqId wshEventData", INT("reqId"),
        INT_DIGITS("wshEventData.conId"), STR("wshEventData.filter", **FILTERS),
        *many(BOOL, "wshEventData", "fillWatchlist fillPortfolio fillCompetitors", **FILTERS),
        *many(STR, "wshEventData", "startDate endDate", **DATE_FILTERS),
        INT_DIGITS("wshEventData.totalLimit", **DATE_FILTERS), since=v.WSHE_CALENDAR, needs=WSH,
        classes={"wshEventData": WshEventData},
        pb=Pb("WshEventDataRequest", v.PROTOBUF_NEWS_DATA, objects={"wshEventData": ""}),
    ),
    request(
        "cancelWshEventData", OUT.CANCEL_WSH_EVENT_DATA, "reqId", INT("reqId"),
        since=v.WSHE_CALENDAR, needs=WSH, pb=Pb("CancelWshEventData", v.PROTOBUF_NEWS_DATA),
    ),
    request(
        "reqFundamentalData", OUT.REQ_FUNDAMENTAL_DATA,
        "reqId contract reportType fundamentalDataOptions", Fixed("2"), INT("reqId"),
        INT("contract.conId"),
        *many(STR, "contract", "symbol secType exchange primaryExchange currency localSymbol"),
        STR("reportType"), Fixed("len(fundamentalDataOptions or ())"),
        OPTIONS("fundamentalDataOptions", pb="fundamentalsDataOptions"), classes=CLASSES,
        pb=Pb("FundamentalsDataRequest", v.PROTOBUF_SCAN_DATA),
    ),
    request(
        "cancelFundamentalData", OUT.CANCEL_FUNDAMENTAL_DATA, "reqId", Fixed("1"), INT("reqId"),
        pb=Pb("CancelFundamentalsData", v.PROTOBUF_SCAN_DATA),
    ),
)  # fmt: skip

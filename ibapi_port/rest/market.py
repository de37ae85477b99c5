"""Market data, depth, ticks, bars, scanners, news, fundamentals, advisors, display groups."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from typing import Any, Literal

from starlette.responses import Response

from ..contract import Contract
from ..ib.rows import Greeks, NewsBulletin, RealTimeBar, ScanRow
from ..ib.ticker import Ticker
from .asking import Warning_, asks
from .calls import Call, Route, json
from .channels import CHANNELS, FIELDS
from .connection import is_advisors, ready_ib
from .parameters import Parameter
from .problems import Problem
from .streaming import channel_answer, channel_routes
from .structs import envelope, list_of

_stream = {"age": float, "stale": bool, "warnings": list_of(Warning_)}
Ticks = envelope("Ticks", **dict.fromkeys(FIELDS.values(), float | str | Greeks | None))
MarketData = envelope(
    "MarketData", contract=Contract, marketDataType=int, minTick=float | None, ticks=Ticks,
    complete=bool, **_stream,
)  # fmt: skip
Level = envelope("Level", price=float, size=float, mm=str)
DepthBook = envelope(
    "DepthBook",
    contract=Contract,
    bids=list_of(Level),
    asks=list_of(Level),
    time=float,
    **_stream,
)
NextBars = envelope("NextBars", bars=list[RealTimeBar], **_stream)
TickRows = envelope("TickRows", ticks=list[dict[str, Any]], **_stream)
Bulletins = envelope("Bulletins", bulletins=list[NewsBulletin], **_stream)
ScanRows = envelope("ScanRows", rows=list[ScanRow], **_stream)
Xml = envelope("Xml", report=str, xml=str)
Groups = envelope("Groups", type=str, groups=list[dict[str, Any]], xml=str)
XML = "application/xml"
DAY = 86400.0


# --- quotes ---


async def get_quotes(call: Call) -> Any:
    """Return quotes: of a stream that stands, or a snapshot of TWS's; of several by conIds."""
    query = call.query
    con_ids = query.pop("conIds", None)
    snapshot = _flag(query, "snapshot")
    regulatory = _flag(query, "regulatorySnapshot")
    if con_ids is None:
        values = call.values()
        return await _one(call, values, snapshot, regulatory)
    numbers = [each for text in con_ids for each in text.split(",") if each]
    if not numbers or not all(each.isdigit() for each in numbers) or len(numbers) > 50:
        raise Problem(400, "conIds: up to 50 numbers, joined by commas, are expected",
                      parameter="conIds")  # fmt: skip
    import asyncio

    import msgspec

    async def of(number: str) -> Any:
        one = Call(call.context, call.route, call.request)
        one._query = {**query, "conId": [number]}
        try:
            response = await _one(one, one.values(), snapshot, regulatory)
        except Exception as e:  # one that fails is told in its place
            from .problems import problem_of

            return {"conId": int(number), "error": problem_of(e).as_dict()}
        return msgspec.Raw(response.body)

    return json({"data": await asyncio.gather(*map(of, numbers))})


def _flag(query: dict[str, list[str]], name: str) -> bool:
    texts = query.pop(name, None)
    return texts is not None and bool(Parameter(name, bool).take(texts))


async def _one(call: Call, values: dict[str, Any], snapshot: bool, regulatory: bool) -> Any:
    if not snapshot and not regulatory:
        return await channel_answer(call, CHANNELS["market/data"], values)
    asked = {"contract": values["contract"], "regulatorySnapshot": regulatory}
    ticker: Ticker = await call.ask("reqMktDataSnapshot", asked)
    ticks = {FIELDS.get(n, str(n)): value for n, value in ticker.values.items()}
    return json(
        {
            "contract": ticker.contract,
            "marketDataType": ticker.marketDataType,
            "minTick": ticker.minTick,
            "ticks": ticks,
            "complete": None not in (ticker.bid, ticker.ask, ticker.last),
            "age": 0.0,
        }
    )


# --- XML ---


def xml_or_json(name: str) -> Any:
    """Return what makes a response of XML: as it is, or within JSON if that is asked for."""

    def finish(call: Call, found: str) -> Response:
        accept = call.request.headers.get("accept", "")
        if "json" in accept:
            return json({name: found})
        return Response(found, media_type=XML)

    return finish


async def scanner_parameters(call: Call) -> Response:
    """Return what scanners can be told; it is asked for once a day."""
    asked_at, text = call.context.parameters_xml
    if not text or time.time() - asked_at > DAY:
        text = await call.ask("reqScannerParameters", {})
        call.context.parameters_xml = (time.time(), text)
    response: Response = xml_or_json("xml")(call, text)
    return response


# --- advisors ---

FA_TYPES = {"groups": 1, "aliases": 3}
FA_TYPE = Parameter("type", Literal["groups", "aliases"], "groups", "what of the configuration")


async def get_financial(call: Call) -> Response:
    """Return an advisor's groups or aliases."""
    kind = call.values()["type"]
    xml = await _ask_advisor(call, "requestFA", {"faData": FA_TYPES[kind]})
    if call.accepts(XML):
        return Response(xml, media_type=XML)
    return json({"type": kind, "groups": _elements(xml), "xml": xml})


async def _ask_advisor(call: Call, method: str, arguments: dict[str, Any]) -> str:
    ib = ready_ib(call.context.pool.orders)
    if not any(map(is_advisors, ib.accounts())):
        raise Problem(403, "the login is not an advisor's: it has no such configuration")
    return str(await call.ask(method, arguments, call.context.pool.orders))


def _elements(xml: str) -> list[Any]:
    """Return the entries of an advisor's XML as plain data; [] if it cannot be read."""
    try:
        root = ET.fromstring(xml)
    except ET.ParseError:
        return []
    return [_element(each) for each in root]


def _element(node: ET.Element) -> Any:
    children = list(node)
    if not children:
        return {**node.attrib, **({"text": node.text} if node.text else {})} or (node.text or "")
    found: dict[str, Any] = dict(node.attrib)
    for child in children:
        value = _element(child) if len(child) or child.attrib else (child.text or "")
        before = found.get(child.tag)
        if before is None:
            found[child.tag] = value
        else:
            found[child.tag] = [*(before if isinstance(before, list) else [before]), value]
    return found


async def put_financial(call: Call) -> Response:
    """Replace an advisor's groups or aliases."""
    kind = call.values()["type"]
    body = await call.request.body()
    if call.request.headers.get("content-type", "").startswith("application/json"):
        import msgspec

        made = await call.body(dict[str, msgspec.Raw])
        if set(made) != {"xml"}:
            raise Problem(400, "xml: it is missing, or there is something beside it")
        xml = msgspec.json.decode(made["xml"], type=str)
    else:
        xml = body.decode("utf-8", "replace")
    try:
        ET.fromstring(xml)
    except ET.ParseError as e:
        raise Problem(400, f"xml: it cannot be read: {e}") from None
    words = await _ask_advisor(call, "replaceFA", {"faData": FA_TYPES[kind], "cxml": xml})
    return json({"type": kind, "text": words})


# --- display groups ---

GROUP_ID = Parameter("groupId", int, text="the group's number", low=1, high=100)
GroupBody = envelope("GroupBody", contractInfo=str)
Group = envelope("Group", group=envelope("GroupShows", contractInfo=str), age=float)


async def get_group(call: Call) -> Any:
    """Return what a colour group shows."""
    return await channel_answer(call, CHANNELS["displaygroups"], call.values())


async def put_group(call: Call) -> Response:
    """Let a colour group show a contract."""
    values = call.values()
    body = await call.body(dict[str, str])
    if set(body) != {"contractInfo"}:
        raise Problem(400, "contractInfo: it is missing, or there is something beside it")
    topic = await call.context.topic(CHANNELS["displaygroups"], values)
    connection, request = topic.connection, topic._request
    if connection is None or not connection.is_ready or request is None:
        raise Problem(503, "the group cannot be reached", retry_after=5)
    topic.hold()
    try:
        await connection.pace.acquire()
        connection.engine.client_call("updateDisplayGroup", request[1], body["contractInfo"])
    finally:
        topic.release()
    return json({"group": {"contractInfo": body["contractInfo"]}}, 202)


SYMBOL = Parameter("symbol", str, text="of a stock, or of what secType says")
_quotes = CHANNELS["market/data"]
_flags = (
    Parameter("snapshot", bool, False, "TWS's own snapshot"),
    Parameter("regulatorySnapshot", bool, False, "one that is charged for"),
    Parameter("conIds", str, None, "several contracts, joined by commas"),
)
_quote_routes = channel_routes("/market/data", "market/data", "quotes", MarketData)
_quote_routes[0] = Route(
    "/market/data", "GET", get_quotes, "quotes", "read", (*_quotes.parameters, *_flags),
    MarketData, stream=True, media=_quote_routes[0].media,
)  # fmt: skip

ROUTES: list[Route] = [
    *_quote_routes,
    *channel_routes("/market/ticks", "market/ticks", "tick-by-tick data", TickRows),
    asks("/market/depth/exchanges", "reqMktDepthExchanges", "exchanges with depth", "exchanges"),
    *channel_routes("/market/depth", "market/depth", "market depth", DepthBook),
    Route("/market/scanners/parameters", "GET", scanner_parameters, "what scanners can be told",
          answer=Xml, media=(XML,)),
    *channel_routes("/market/scanners", "market/scanners", "a market scanner", ScanRows),
    *channel_routes("/bars", "bars", "bars of five seconds", NextBars),
    asks("/news/providers", "reqNewsProviders", "news services", "providers"),
    asks("/news/historical", "reqHistoricalNews", "headlines", "headlines"),
    asks("/news/article", "reqNewsArticle", "a news article", "article"),
    *channel_routes("/news", "news", "IB's bulletins", Bulletins),
    asks("/fundamental", "reqFundamentalData", "a report on a company", "report",
         finish=xml_or_json("report"), media=(XML,)),
    asks("/financial/softdollar", "reqSoftDollarTiers", "soft dollar tiers", "tiers"),
    Route("/financial", "GET", get_financial, "an advisor's configuration", "read", (FA_TYPE,),
          Groups, media=(XML,)),
    Route("/financial", "PUT", put_financial, "replace an advisor's configuration", "admin",
          (FA_TYPE,), envelope("Replaced", type=str, text=str), Xml),
    asks("/displaygroups", "queryDisplayGroups", "TWS's colour groups", "groups"),
    Route("/displaygroups/{groupId}", "GET", get_group, "what a colour group shows", "read",
          (GROUP_ID,), Group, stream=True, media=("text/event-stream",)),
    Route("/displaygroups/{groupId}", "PUT", put_group, "let a colour group show a contract",
          "trade", (GROUP_ID,), Group, GroupBody, status=202),
    Route("/market/{symbol}", "GET", get_quotes, "quotes (IBREST's path)", "read",
          (SYMBOL, *_quotes.parameters, *_flags), MarketData, stream=True, hidden=True),
]  # fmt: skip

__all__ = ["ROUTES", "SYMBOL"]

"""Historical data: bars in JSON, CSV or NDJSON, or kept up to date; and contracts."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from typing import Any, Literal

from starlette.responses import Response

from ..common import BarData
from ..contract import Contract
from ..ib import AsyncIB
from .asking import Warning_, answer_type, asks, wrapped
from .calls import Call, Route, json
from .channels import CHANNELS
from .market import SYMBOL
from .parameters import Parameter, complete, of_method
from .problems import Problem
from .streaming import ATOM, SSE, channel_answer
from .structs import encode, envelope, field_names, list_of, plain

CSV, NDJSON = "text/csv", "application/x-ndjson"
SMALL_BARS = frozenset(
    {"1 secs", "1 sec", "5 secs", "10 secs", "15 secs", "30 secs"}
)  # TWS limits how often these are asked for
BARS = of_method(
    AsyncIB.reqHistoricalData,
    barSizeSetting="1 min",
    useRTH=False,
)
Bars = envelope("Bars", start=str, end=str, bars=list[BarData], warnings=list_of(Warning_))


async def get_bars(call: Call) -> Any:
    """Return bars, or a stream of them that is kept up to date."""
    if call.accepts(SSE) or call.accepts(ATOM):
        values = call.values()
        if values.pop("endDateTime"):
            raise Problem(400, "endDateTime: bars that go on have no end", parameter="endDateTime")
        return await channel_answer(call, CHANNELS["historical"], values)
    values = call.values()
    await pace(call, values)
    bars = await call.ask("reqHistoricalData", values)
    if call.accepts(CSV):
        return Response(_csv(bars), media_type=CSV)
    if call.accepts(NDJSON):
        return Response(b"".join(encode(bar) + b"\n" for bar in bars), media_type=NDJSON)
    made: dict[str, Any] = {
        "start": bars[0].date if bars else "",
        "end": bars[-1].date if bars else "",
        "bars": bars,
    }
    if bars.warnings:
        made["warnings"] = [{"errorCode": w.code, "errorMsg": w.text} for w in bars.warnings]
    return json(made)


async def pace(call: Call, values: dict[str, Any]) -> None:
    """Wait until TWS's limits of requests for history allow this one. Problem (429): that is later
    than the request's timeout.
    """
    context = call.context
    connection = context.pool.data(call.client_id)
    size = values.get("barSizeSetting", "")
    if not context.settings.history_pace or (size and size not in SMALL_BARS):
        return
    key = encode(values).decode()
    seconds = connection.history.reserve(str(values["contract"]), key, call.timeout)
    if seconds is None:
        raise Problem(429, "TWS's limits of requests for history are reached", retry_after=15)
    if seconds:
        await asyncio.sleep(seconds)


def _csv(rows: Sequence[Any]) -> str:
    text = io.StringIO()
    names = field_names(BarData)
    writer = csv.writer(text)
    writer.writerow(names)
    for row in rows:
        made = plain(row)
        writer.writerow([made.get(name, "") for name in names])
    return text.getvalue()


# --- ticks of the past ---

_TICK_METHODS = {
    "TRADES": "reqHistoricalTicksLast",
    "BID_ASK": "reqHistoricalTicksBidAsk",
    "MIDPOINT": "reqHistoricalTicksMidPoint",
}
_TICK_PARAMETERS = (
    *of_method(AsyncIB.reqHistoricalTicksBidAsk),
    Parameter("whatToShow", Literal["TRADES", "BID_ASK", "MIDPOINT"], "TRADES", "which ticks"),
)


async def get_ticks(call: Call) -> Response:
    """Return up to 1000 ticks of the past."""
    values = call.values()
    kind = values.pop("whatToShow")
    if kind != "BID_ASK":
        values.pop("ignoreSize")
    await pace(call, {"contract": values["contract"], "ticks": kind, **values})
    return json({"ticks": await call.ask(_TICK_METHODS[kind], values)})


# --- the options of an underlying ---

OPTIONS = of_method(AsyncIB.reqSecDefOptParams)
OPTIONS_END = "securityDefinitionOptionParameterEnd"


async def get_options(call: Call) -> Response:
    """Return the expirations and strikes of an underlying's options. TWS wants its conId: without
    one it is looked up.
    """
    values = call.values()
    if not values["underlyingConId"]:
        underlying = Contract(symbol=values["underlyingSymbol"],
                              secType=values["underlyingSecType"],
                              exchange=values["futFopExchange"])  # fmt: skip
        complete(underlying)
        values["underlyingConId"] = (await call.ask("qualify", {"contract": underlying})).conId
    found = await call.ask("reqSecDefOptParams", values)
    return json(wrapped(found, "optionParameters", OPTIONS_END))


ROUTES: list[Route] = [
    Route("/historical", "GET", get_bars, "bars of the past", "read", BARS, Bars, stream=True,
          media=(CSV, NDJSON, SSE, ATOM)),
    Route("/history/{symbol}", "GET", get_bars, "bars of the past (IBREST's path)", "read",
          (SYMBOL, *BARS), Bars, stream=True, hidden=True),
    asks("/historical/headtimestamp", "reqHeadTimeStamp", "the oldest data", "headTimestamp"),
    asks("/historical/schedule", "reqHistoricalSchedule", "trading sessions", "schedule"),
    asks("/historical/histogram", "reqHistogramData", "volume by price", "histogram"),
    Route("/historical/ticks", "GET", get_ticks, "ticks of the past", "read", _TICK_PARAMETERS,
          envelope("HistoricalTicks", ticks=list[dict[str, Any]])),
    asks("/contract", "reqContractDetails", "contracts that fit", "contractDetails",
         end="contractDetailsEnd"),
    asks("/contract/search", "reqMatchingSymbols", "search by symbol or name", "contracts"),
    Route("/contract/options", "GET", get_options, "expirations and strikes", "read", OPTIONS,
          answer_type("reqSecDefOptParams", "optionParameters", OPTIONS_END)),
    asks("/contract/rules/{marketRuleId}", "reqMarketRule", "price increments", "priceIncrements"),
    asks("/contract/components", "reqSmartComponents", "exchanges behind a letter", "components"),
    asks("/option/volatility", "calculateImpliedVolatility", "volatility at a price", "greeks"),
    asks("/option/price", "calculateOptionPrice", "price at a volatility", "greeks"),
]  # fmt: skip

__all__ = ["ROUTES"]

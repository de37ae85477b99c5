"""Scenarios 1, 3 to 6: every route answers, by its own data, with the right status."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from ibapi_port.rest import RestServer
from ibapi_port.rest.app import ALL
from ibapi_port.simulator import SimulatedTws

from .helpers import Client, eventually, order, serving

ANSWERS = [
    ("/", {"name", "version", "msg", "clientId", "connected", "docs"}),
    ("/clients", {"connected", "clients"}),
    ("/health", {"status"}),
    ("/time", {"time", "epoch"}),
    ("/trading", {"halted"}),
    ("/market/AAPL", {"contract", "ticks", "complete", "age"}),
    ("/market/data?symbol=AAPL", {"contract", "ticks", "marketDataType"}),
    ("/market/data?symbol=AAPL&snapshot=true", {"contract", "ticks"}),
    ("/market/data?conIds=265598,272093", {"data"}),
    ("/market/depth?symbol=AAPL", {"bids", "asks", "time"}),
    ("/market/depth/exchanges", {"exchanges"}),
    ("/news?timeout=0.05", {"bulletins"}),
    ("/news/providers", {"providers"}),
    ("/news/historical?conId=265598&providerCodes=BRFG", {"headlines"}),
    ("/market/scanners?instrument=STK&locationCode=STK.US.MAJOR&scanCode=TOP_PERC_GAIN", {"rows"}),
    ("/displaygroups", {"groups"}),
    ("/displaygroups/1", {"group"}),
    ("/history/AAPL", {"bars"}),
    ("/historical?symbol=AAPL&durationStr=5+D&barSizeSetting=1+day", {"start", "end", "bars"}),
    ("/historical/headtimestamp?symbol=AAPL", {"headTimestamp"}),
    ("/historical/schedule?symbol=AAPL", {"schedule"}),
    ("/historical/histogram?symbol=AAPL", {"histogram"}),
    ("/historical/ticks?symbol=AAPL&startDateTime=20260410+10:00:00+US/Eastern&numberOfTicks=5", {"ticks"}),
    ("/order", {"openOrderEnd", "openOrder", "orderStatus"}),
    ("/order?scope=client", {"openOrderEnd", "openOrder", "orderStatus"}),
    ("/order/filled", {"orderStatus"}),
    ("/order/completed", {"completedOrdersEnd", "completedOrder"}),
    ("/order/events", {"events"}),
    ("/account", {"managedAccounts", "FA"}),
    ("/account/update?acctCode=DU1234567", {"accountDownloadEnd", "updateAccountValue", "updatePortfolio"}),
    ("/account/updates", {"accountDownloadEnd", "updateAccountValue", "updatePortfolio"}),
    ("/account/summary?tag=NetLiquidation&tags=BuyingPower,GrossPositionValue", {"accountSummaryEnd", "accounts"}),
    ("/account/positions", {"positionEnd", "positions"}),
    ("/account/pnl", {"pnl"}),
    ("/account/family", {"familyCodes"}),
    ("/contract?symbol=AAPL", {"contractDetailsEnd", "contractDetails"}),
    ("/contract/search?pattern=AA", {"contracts"}),
    ("/contract/options?underlyingSymbol=AAPL&underlyingConId=265598", {"optionParameters"}),
    ("/contract/rules/26", {"priceIncrements"}),
    ("/executions", {"execDetailsEnd", "execDetails"}),
    ("/executions/commissions", {"commissionReport"}),
    ("/financial/softdollar", {"tiers"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "names"), ANSWERS)
def test_each_route_answers(client: Client, path: str, names: set[str]) -> None:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert names <= response.json().keys()


def test_the_answers_are_what_the_document_says(rest: RestServer, client: Client) -> None:
    document = client.get("/openapi.json").json()
    validate(_one_of_each(document))
    registry = Registry().with_resource("doc", Resource(document, DRAFT202012)).crawl()
    order(client, wait="ack")
    for path, _ in ANSWERS:
        plain = path.partition("?")[0]
        known = document["paths"].get(_as_declared(plain, document["paths"]))
        if known is None:
            continue  # IBREST's own paths are aliases, which the document leaves out
        content = known["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        schema = {"$ref": f"doc{content['$ref']}"}
        # the same request for ticks would wait 15 s, as TWS refuses it so long
        answer = _shortened(client.get(path.replace("Ticks=5", "Ticks=6")).json())
        if "data" in answer and "conIds" in path:
            continue
        errors = list(Draft202012Validator(schema, registry=registry).iter_errors(answer))
        assert not errors, f"{path}: {errors[0].message} at {errors[0].json_path}"


def _one_of_each(document: dict[str, Any]) -> dict[str, Any]:
    """The document without what says the same again: the validator is slow."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    for schema in made["components"]["schemas"].values():
        known: dict[str, str] = {}
        for name, node in schema.get("properties", {}).items():
            known.setdefault(json.dumps(node), name)
        wanted = {*known.values(), *schema.get("required", ())}
        properties = schema.get("properties", {})
        schema["properties"] = {n: node for n, node in properties.items() if n in wanted}
    return made


def _shortened(value: Any) -> Any:
    """The first rows of each list are enough to look at."""
    if isinstance(value, dict):
        return {name: _shortened(each) for name, each in value.items()}
    return [_shortened(each) for each in value[:2]] if isinstance(value, list) else value


def _as_declared(path: str, known: dict[str, Any]) -> str:
    if path in known:
        return path
    parts = path.split("/")
    for each in known:
        other = each.split("/")
        if len(other) == len(parts) and all(
            a == b or a.startswith("{") for a, b in zip(other, parts, strict=True)
        ):
            return each
    return ""


def test_an_unknown_name_is_answered_with_those_that_exist(client: Client) -> None:
    body = client.get("/time?tiemout=5").json()
    assert body["detail"] == (
        "tiemout: there is no such parameter; is timeout meant?; there are timeout, clientId, ticket"
    )
    assert body["known"] == ["timeout", "clientId", "ticket"]
    body = client.get("/history/AAPL?duration=1").json()
    assert {"durationStr", "barSizeSetting", "exchange"} <= set(body["known"])
    body = client.put("/order/1", json={"lmtPrize": 1}).json()
    assert (body["parameter"], "lmtPrice" in body["known"]) == ("lmtPrize", True)
    assert body["detail"] == "lmtPrize: there is no such field; is lmtPrice meant?"
    body = client.post("/order", json={"order": {}, "nosuch": 1}).json()
    assert body["known"] == ["contract", "order"]


def test_no_route_with_a_scope_ignores_a_parameter_that_does_not_exist(client: Client) -> None:
    """A kill switch with ?cancel=true is none that cancels: the body says so."""
    ignored = []
    for route in ALL:
        if not route.scope or route.path == "/":
            continue
        path = re.sub(r"{\w+}", "1", route.path)
        has_body = route.method in ("POST", "PUT")
        response = client.request(route.method, f"{path}?nosuch=1", json={} if has_body else None)
        if response.status_code != 400 or "nosuch" not in response.text:
            ignored.append((route.method, path, response.text))
    assert ignored == []


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nosuch", 404, "no such route"),
        ("/market/data?symbol=NOSUCH", 404, "200"),
        ("/contract?symbol=NOSUCH", 404, "security definition"),
        ("/market/data?symbl=AAPL", 400, "symbol"),
        ("/market/data", 400, "symbol"),
        ("/market/depth?symbol=AAPL&numRows=many", 400, "numRows"),
        ("/account/summary", 400, "tags"),
        ("/account/summary?tags=NoSuchTag", 400, "NoSuchTag"),
        ("/account/updates?acctCode=DU9", 404, "DU9"),
        ("/order/77777", 404, "77777"),
        ("/order?clientId=31", 400, ""),
        ("/time?clientId=31", 404, "31"),
        ("/financial", 403, "advisor"),
        ("/market/data/none", 404, "subscription"),
        ("/order/filled?orderId=1" + "0" * 30, 400, "orderId"),
        ("/order/events?since=1" + "0" * 30, 400, "since"),
        ("/contract?conId=1" + "0" * 30, 400, "conId"),
        ("/time?timeout=nan", 400, "timeout"),
        ("/market/%00", 400, "symbol"),
        ("/news/article?providerCode=BRFG&articleId=none", 400, ""),
        ("/order/first", 400, "orderId: 'first': a whole number is expected"),
        ("/historical?symbol=AAPL&useRTH=perhaps", 400, "true or false is expected"),
        ("/contract/options?symbol=AAPL", 400, "underlyingSymbol"),
        ("/contract/options?underlyingSymbol=NOSUCH", 404, "security definition"),
        ("/time?nix=1", 400, "there are timeout, clientId, ticket"),
        ("/user?nix=1", 400, "there are timeout, clientId, ticket"),
        ("/beacon?nix=1", 400, "nix"),
    ],
)
def test_what_is_wrong_is_told(client: Client, path: str, status: int, words: str) -> None:
    response = client.get(path)
    if path == "/order?clientId=31":
        assert response.status_code == 200  # all orders are told by the client that places them
        return
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert words in body["detail"]
    assert body["requestId"] == response.headers["x-request-id"]


def test_the_options_of_an_underlying_need_its_symbol_alone(client: Client) -> None:
    known = client.get("/contract/options?underlyingSymbol=AAPL&underlyingConId=265598").json()
    found = client.get("/contract/options?underlyingSymbol=AAPL").json()
    assert found["optionParameters"][0]["strikes"]
    assert found == known
    future = client.get(
        "/contract/options?underlyingSymbol=ES&underlyingSecType=FUT&futFopExchange=CME"
    )
    assert future.status_code == 422  # which of its months?
    assert len(future.json()["candidates"]) > 1


def test_a_wrong_method_names_the_right_ones(client: Client) -> None:
    response = client.put("/order")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST, DELETE"
    assert response.json()["status"] == 405


def test_answers_are_not_mixed(tws: SimulatedTws, rest: RestServer) -> None:
    """200 GETs at once for ten symbols: each gets its own, and each request goes out once."""
    symbols = ["AAPL", "MSFT", "NVDA", "AMZN", "TSLA", "GOOG", "META", "NFLX", "IBM", "SPY"]
    paths = [f"/{kind}" for symbol in symbols for kind in (
        f"contract?symbol={symbol}",
        f"historical?symbol={symbol}&barSizeSetting=1+hour&durationStr=1+D",
        f"market/data?symbol={symbol}",
    )]  # fmt: skip
    with Client(rest) as client:
        known = {path: client.get(path) for path in paths}
        paths = [path for path in paths if known[path].status_code == 200]
        assert len(paths) >= 20
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(client.get, (paths * 10)[:200]))
    for path, answer in zip((paths * 10)[:200], answers, strict=True):
        assert answer.status_code == 200, answer.text
        symbol = path.partition("symbol=")[2].partition("&")[0]
        body = answer.json()
        if "contractDetails" in body:
            assert {each["contract"]["symbol"] for each in body["contractDetails"]} == {symbol}
        elif "bars" in body:
            assert body["bars"] == known[path].json()["bars"]
        else:
            assert body["contract"]["symbol"] == symbol


def test_the_same_question_is_asked_once(tws: SimulatedTws, rest: RestServer) -> None:
    tws.do("record")
    before = len(tws.do("requests"))
    with Client(rest) as client, ThreadPoolExecutor(10) as pool:
        path = "/contract?symbol=AAPL"
        answers = list(pool.map(client.get, [path] * 30))
    assert {answer.status_code for answer in answers} == {200}
    asked = [
        each for each in tws.do("requests")[before:] if each["request"] == "reqContractDetails"
    ]
    assert 1 <= len(asked) < 30


def test_history_in_three_forms(client: Client) -> None:
    path = "/historical?symbol=MSFT&durationStr=2+D&barSizeSetting=1+hour"
    bars = client.get(path).json()["bars"]
    lines = client.get(path, headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == bars
    text = client.get(path, headers={"Accept": "text/csv"})
    assert text.headers["content-type"].startswith("text/csv")
    head, *rows = text.text.splitlines()
    assert len(rows) == len(bars)
    names = head.split(",")
    first = dict(zip(names, rows[0].split(","), strict=True))
    assert float(first["close"]) == bars[0]["close"]
    assert first["date"] == bars[0]["date"]


def test_several_contracts_at_once(client: Client) -> None:
    data = client.get("/market/data?conIds=265598,1").json()["data"]
    assert data[0]["contract"]["conId"] == 265598
    assert data[1]["conId"] == 1
    assert data[1]["error"]["status"] == 404


def test_market_data_that_is_not_subscribed() -> None:
    with (
        SimulatedTws(not_subscribed="ALL", delayed_data=False) as tws,
        serving(tws) as rest,
        Client(rest) as client,
    ):
        response = client.get("/market/data?symbol=AAPL")
        assert response.status_code == 403, response.text
        assert response.json()["errorCode"] in (354, 10089, 10168)
        assert "cure" in response.json()


def test_delayed_data_says_so() -> None:
    with (
        SimulatedTws(not_subscribed="ALL", tick_interval=3600) as tws,
        serving(tws) as rest,
        Client(rest) as client,
    ):
        body = client.get("/market/data?symbol=AAPL&marketDataType=3").json()
        assert body["marketDataType"] == 3
        assert "delayedBid" in body["ticks"]


def test_no_tws_at_the_start_and_then_it_comes(caplog: pytest.LogCaptureFixture) -> None:
    tws = SimulatedTws(tick_interval=3600)
    tws.start()
    port = tws.port
    tws.stop()
    with serving(None, ready=False, gateway_port=port) as rest, Client(rest) as client:
        for path in ("/market/data?symbol=AAPL", "/account/positions", "/order"):
            response = client.get(path)
            assert response.status_code == 503, path
            assert int(response.headers["retry-after"]) >= 1
        assert client.get("/health").status_code == 503
        assert client.get("/").json()["connected"] is False
        assert client.get("/clients").json()["connected"] == {"0": False}
        assert order(client).status_code == 503

        def logged(words: str) -> int:
            return sum(words in text for text in caplog.messages)

        # it is tried many times, and told once
        eventually(lambda: client.get("/clients").json()["clients"][0]["attempt"] > 2)
        assert logged("no connection to TWS") == 1
        assert logged("refused") == 1
        tws.start()
        try:
            eventually(lambda: client.get("/health").status_code == 200)
            eventually(lambda: logged("connected to TWS"))
            assert client.get("/market/data?symbol=AAPL").status_code == 200
        finally:
            tws.stop()


def test_orders_wait_for_upstream(tws: SimulatedTws, client: Client) -> None:
    tws.do("connectivity", up=False)
    try:
        eventually(lambda: client.get("/health").status_code == 503)
        refused = order(client)
        assert refused.status_code == 503
        assert refused.json()["errorCode"] == 1100
        positions = client.get("/account/positions")
        assert positions.status_code == 200
        assert positions.json()["stale"] is True
    finally:
        tws.do("connectivity", up=True)
    eventually(lambda: client.get("/health").status_code == 200)


def test_a_silent_tws_is_504_and_the_request_is_cancelled(
    tws: SimulatedTws, client: Client
) -> None:
    number = tws.faults.add("lose", message="historicalData")
    tws.do("record")
    before = len(tws.do("requests"))
    try:
        response = client.get("/historical?symbol=AAPL&durationStr=3+D&timeout=0.2")
    finally:
        tws.faults.remove(number)
    assert response.status_code == 504, response.text
    eventually(
        lambda: any(
            each["request"] == "cancelHistoricalData" for each in tws.do("requests")[before:]
        )
    )


def test_pacing_is_429_and_no_data_is_empty() -> None:
    path = "/historical?symbol=AAPL&barSizeSetting=1+secs&durationStr=60+S"
    with SimulatedTws(tick_interval=3600, history_pacing="all") as tws:
        with serving(tws, history_pace=False) as rest, Client(rest) as client:
            answers = [client.get(path) for _ in range(20)]
            late = [each for each in answers if each.status_code == 429]
            assert late
            assert {each.status_code for each in answers} <= {200, 429}
            assert int(late[0].headers["retry-after"]) >= 1
            assert late[0].json()["errorCode"] == 162
        with serving(tws) as rest, Client(rest) as client:
            none = client.get("/historical?symbol=AAPL&endDateTime=19800101-00:00:00")
            assert none.status_code == 200
            assert none.json()["bars"] == []


def test_metrics_are_counted(client: Client) -> None:
    client.get("/time")
    text = client.get("/metrics").text
    assert 'ibrest_requests_total{method="GET",path="/time",status="200"}' in text
    assert 'ibrest_connected{client_id="0"} 1' in text

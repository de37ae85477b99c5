"""Scenarios 7 to 11: orders, keys, brackets, groups, changes and cancels."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from ibapi_port.order import Order
from ibapi_port.rest import RestServer, oca, orders
from ibapi_port.rest.store import Store
from ibapi_port.simulator import SimulatedTws

from .helpers import LMT, MKT, TOKEN, WAIT, Client, eventually, order, serving


def live(tws: SimulatedTws) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = tws.do("state")["orders"]
    return orders


def only(response: httpx.Response) -> dict[str, Any]:
    (found,) = response.json()["orders"].values()
    return dict(found)


@pytest.fixture(autouse=True)
def no_order_is_left(client: Client) -> Iterator[None]:
    yield
    client.delete("/order/all?confirm=true")


def test_a_limit_order(tws: SimulatedTws, client: Client) -> None:
    response = order(client)
    assert response.status_code == 201, response.text
    number = only(response)["orderId"]
    assert response.headers["location"] == f"/order/{number}"
    assert only(response)["status"] == "Submitted"
    assert [each["order_id"] for each in live(tws)].count(number) == 1
    told = client.get(f"/order/{number}").json()
    assert told["order"]["lmtPrice"] == 100
    assert told["orderStatus"]["status"] == "Submitted"
    assert number in [each["orderId"] for each in client.get("/order").json()["openOrder"]]


def test_filled_in_parts(tws: SimulatedTws, client: Client) -> None:
    def fill() -> None:
        eventually(lambda: any(each["limit"] == 101 for each in _open(client)))
        number = next(each["orderId"] for each in _open(client) if each["limit"] == 101)
        tws.do("fill", order_id=number, price=101, quantity=4)
        tws.do("fill", order_id=number, price=102, quantity=6)

    thread = threading.Thread(target=fill)
    thread.start()
    response = order(client, {**LMT, "lmtPrice": 101}, wait="filled")
    thread.join()
    assert response.status_code == 200, response.text
    assert only(response)["filled"] == 10
    assert only(response)["avgFillPrice"] == pytest.approx(101.6)
    events = client.get(f"/order/events?orderId={only(response)['orderId']}&since=1").json()
    assert {"openOrder", "orderStatus", "execDetails"} <= {e["event"] for e in events["events"]}


def _open(client: Client) -> list[dict[str, Any]]:
    rows = client.get("/order").json()["openOrder"]
    return [{"orderId": r["orderId"], "limit": r["order"].get("lmtPrice")} for r in rows]


def test_no_fill_in_time_is_202(client: Client) -> None:
    response = order(client, wait="filled", timeout="0.1")
    assert response.status_code == 202
    assert only(response)["status"] == "Submitted"


def test_no_wait(client: Client) -> None:
    response = order(client, wait="none")
    assert response.status_code == 202
    assert only(response)["orderId"] > 0


def test_the_same_key_places_one_order(tws: SimulatedTws, rest: RestServer) -> None:
    before = len(live(tws))
    with Client(rest) as client, ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: order(client, key="once"), range(10)))
        assert {each.status_code for each in answers} <= {201, 409}
        assert [each.status_code for each in answers].count(201) >= 1
        again = order(client, key="once")
        assert again.status_code == 201
        assert again.headers["idempotent-replayed"] == "true"
        numbers = {only(each)["orderId"] for each in answers if each.status_code == 201}
        assert numbers == {only(again)["orderId"]}
        other = order(client, {**LMT, "lmtPrice": 99}, key="once")
        assert other.status_code == 422
        assert len(live(tws)) == before + 1


def test_a_key_that_was_refused_before_anything_was_sent(client: Client) -> None:
    assert order(client, {**LMT, "lmtprice": 1}, key="typo").status_code == 400
    client.post("/trading/halt", json={"reason": "a test"})
    assert order(client, key="typo").status_code == 403
    client.post("/trading/resume")
    assert order(client, key="typo").status_code == 201


def test_a_loss_between_the_order_and_its_answer(tmp_path: Path) -> None:
    """The order's acknowledgement is lost with the connection: the key finds the order again."""
    with SimulatedTws(tick_interval=3600) as tws:
        state = str(tmp_path / "state.sqlite")
        with serving(tws, state=state) as rest, Client(rest) as client:
            for message in ("openOrder", "orderStatus", "openOrderEnd"):
                tws.faults.add("lose", message=message)
            with ThreadPoolExecutor(1) as pool:
                asked = pool.submit(order, client, None, "lost", timeout=1)
                eventually(lambda: len(live(tws)) == 1)
                tws.do("drop_connection", reset=True)
                first = asked.result()
                tws.faults.clear()
                tws.do("drop_connection", reset=True)
            assert first.status_code == 503, first.text
            assert first.json()["uncertain"] is True
            eventually(lambda: client.get("/clients").json()["clients"][0]["connections"] == 3)
            eventually(lambda: client.get("/health").status_code == 200)
            again = order(client, key="lost")
            assert again.status_code == 201, again.text
            assert again.headers["idempotent-replayed"] == "true"
            assert len(live(tws)) == 1
        with serving(tws, state=state) as rest, Client(rest) as client:
            third = order(client, key="lost")
            assert only(third)["orderId"] == only(again)["orderId"]
            assert len(live(tws)) == 1
            # ids go on above those that were used
            assert only(order(client))["orderId"] > only(third)["orderId"]


def test_an_order_that_was_written_down_and_never_sent(tmp_path: Path) -> None:
    """As after kill -9 between the store and the socket: it is sent once, under its id."""
    from ibapi_port.rest.store import Store

    with SimulatedTws(tick_interval=3600) as tws:
        state = str(tmp_path / "state.sqlite")
        with serving(tws, state=state) as rest, Client(rest) as client:
            body = order(client, key="first").request.content
        store = Store(state)
        known = store.key("first")
        assert known is not None
        store.reserve("killed", known.hash, 0)
        store.sending("killed", [7])
        store.close()
        with serving(tws, state=state) as rest, Client(rest) as client:
            head = {"Idempotency-Key": "killed", "Content-Type": "application/json"}
            early = client.post("/order", content=body, headers=head)
            assert early.status_code == 409  # its bytes may still be on their way
            assert int(early.headers["retry-after"]) >= 1
            for replayed in ("false", "true"):
                answer = settled(lambda: client.post("/order", content=body, headers=head))
                assert answer.status_code == 201, answer.text
                assert answer.headers["idempotent-replayed"] == replayed
                assert only(answer)["orderId"] == 7
            assert [each["order_id"] for each in live(tws)].count(7) == 1


def settled(post: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer, once the server takes it for known what became of the orders."""
    while (answer := post()).status_code == 409:
        time.sleep(0.05)
    return answer


BRACKET = [
    LMT,
    {**LMT, "action": "SELL", "lmtPrice": 300},
    {"symbol": "AAPL", "action": "SELL", "totalQuantity": 10, "orderType": "STP", "auxPrice": 50},
]


def test_a_bracket(tws: SimulatedTws, client: Client) -> None:
    response = order(client, BRACKET)
    assert response.status_code == 201, response.text
    parent, profit, stop = response.json()["orders"].values()
    assert profit["parentId"] == stop["parentId"] == parent["orderId"]
    assert [each["transmit"] for each in (parent, profit, stop)] == [False, False, True]
    numbers = {each["orderId"] for each in (parent, profit, stop)}
    assert numbers <= {each["order_id"] for each in live(tws)}


@pytest.mark.parametrize("on_error", ["cancel", "report"])
def test_a_bracket_of_which_one_order_is_refused(client: Client, on_error: str) -> None:
    refused = [LMT, {**LMT, "action": "SELL", "lmtPrice": 300.001}]
    response = order(client, refused, onError=on_error)
    assert response.status_code == 422, response.text
    body = response.json()
    parent, child = body["orders"].values()
    assert list(body["errors"]) == [str(child["orderId"])]
    assert f"order {child['orderId']}" in body["detail"]
    open_now = [each["orderId"] for each in client.get("/order").json()["openOrder"]]
    assert (parent["orderId"] in open_now) is (on_error == "report")


def test_a_bracket_that_was_not_waited_for_is_cancelled_whole(client: Client) -> None:
    child = {**LMT, "action": "SELL", "orderType": "STP", "auxPrice": 50.003}
    del child["lmtPrice"]
    response = order(client, [LMT, child, {**LMT, "action": "SELL", "lmtPrice": 900}], wait="none")
    assert response.status_code == 202, response.text
    numbers = list(map(int, response.json()["orders"]))
    eventually(lambda: client.get(f"/order/{numbers[1]}").json()["summary"]["status"] == "Refused")
    eventually(lambda: not client.get("/order").json()["openOrder"])


def test_orders_that_close_are_sent_after_the_fill(tws: SimulatedTws, client: Client) -> None:
    before = {each["order_id"] for each in live(tws)}

    def new() -> set[int]:
        return {each["order_id"] for each in live(tws)} - before

    with pytest.raises(httpx.ReadTimeout):  # the client hangs up
        client.post("/order/oca", json=BRACKET, timeout=0.2)
    (opening,) = new()
    tws.do("fill", order_id=opening)
    eventually(lambda: len(new()) == 3)
    rows = {r["orderId"]: r["order"] for r in client.get("/order").json()["openOrder"]}
    groups = {rows[number]["ocaGroup"] for number in new() - {opening}}
    assert groups == {f"oca-{opening}"}


def test_an_oca_that_is_filled_at_once(client: Client) -> None:
    response = client.post("/order/oca", json=[MKT, *BRACKET[1:]])
    assert response.status_code == 201, response.text
    body = response.json()
    assert only_status(body["open_resp"]) == ["Filled"]
    assert len(body["close_resp"]["orders"]) == 2


def only_status(answer: dict[str, Any]) -> list[str]:
    return [each["status"] for each in answer["orders"].values()]


def test_what_closes_a_part_is_no_larger_than_the_part(tws: SimulatedTws, client: Client) -> None:
    """The first order is cancelled after a part was filled: as a whole they would sell short."""
    closing = [{**BRACKET[1], "totalQuantity": 10}, {**BRACKET[2], "totalQuantity": 5}]
    opened = client.post("/order/oca?timeout=0.05", json=[LMT, *closing])
    (number,) = map(int, opened.json()["open_resp"]["orders"])
    tws.do("fill", order_id=number, quantity=3)
    assert client.delete(f"/order/{number}").status_code == 200
    rows = lambda: [r["order"] for r in client.get("/order").json()["openOrder"]]  # noqa: E731
    eventually(lambda: len(rows()) == 2)
    assert sorted(each["totalQuantity"] for each in rows()) == [1, 3]  # 10 and 5, of 3 in 10


def test_a_key_tells_what_closes_once_it_is_out(tws: SimulatedTws, client: Client) -> None:
    post = lambda: client.post(  # noqa: E731
        "/order/oca?timeout=0.05", json=BRACKET, headers={"Idempotency-Key": "group"}
    )
    first = post()
    assert first.status_code == 202, first.text
    (number,) = map(int, first.json()["open_resp"]["orders"])
    eventually(lambda: number in {each["order_id"] for each in live(tws)})
    tws.do("fill", order_id=number)
    eventually(lambda: (post().json()["close_resp"] or {}).get("orders"))
    assert len(post().json()["close_resp"]["orders"]) == 2


def test_how_large_a_group_is_outlives_the_lists_of_tws(tmp_path: Path) -> None:
    """They may tell no quantity of an order that has ended: what closes it is as large as it was
    placed.
    """
    store = Store(str(tmp_path / "state.sqlite"))
    store.keep_quantity(7, Decimal(10))
    assert store.quantity(7) == 10
    trade = SimpleNamespace(orderId=7, filled=Decimal(3), order=Order())
    context: Any = SimpleNamespace(store=store)
    assert oca._quantity(context, trade) == 10  # type: ignore[arg-type]
    trade.order.totalQuantity = Decimal(0)
    assert oca._quantity(context, trade) == 10  # type: ignore[arg-type]
    trade.order.totalQuantity = Decimal(12)  # a change that TWS has told
    assert oca._quantity(context, trade) == 12  # type: ignore[arg-type]
    store.waiting_over(7)
    assert store.quantity(7) == 0
    store.close()


def test_an_oca_outlives_the_server(tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite")
    with SimulatedTws(tick_interval=3600) as tws:
        with serving(tws, state=state) as rest, Client(rest) as client:
            first = client.post("/order/oca?timeout=0.05", json=BRACKET)
            assert first.status_code == 202, first.text
        (opening,) = (each["order_id"] for each in live(tws))
        with serving(tws, state=state):
            tws.do("fill", order_id=opening)
            eventually(lambda: len(live(tws)) == 3)
        with serving(tws, state=state) as rest, Client(rest) as client:
            assert len(client.get("/order").json()["openOrder"]) == 2
        assert len(live(tws)) == 3


def test_the_same_key_places_one_group(tws: SimulatedTws, client: Client) -> None:
    def post(body: Any) -> httpx.Response:
        return client.post("/order/oca?timeout=0.3", json=body, headers={"Idempotency-Key": "oca"})

    before = {each["order_id"] for each in live(tws)}
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(post, [BRACKET] * 5))
    assert sorted(each.status_code for each in answers) == [202, 409, 409, 409, 409]
    again = post(BRACKET)
    assert again.status_code == 202
    assert again.headers["idempotent-replayed"] == "true"
    assert post(BRACKET[:2]).status_code == 422
    # a key is of one route: the same body is another request there
    assert order(client, BRACKET, key="oca").status_code == 422
    (opening,) = {each["order_id"] for each in live(tws)} - before
    client.delete(f"/order/{opening}")


@pytest.mark.parametrize("arrived", [True, False])
def test_a_group_whose_server_was_killed(tmp_path: Path, arrived: bool) -> None:
    """As after kill -9 around the sending of the first order: it goes out once, the others after
    its fill.
    """
    from ibapi_port.rest.store import Store

    state = str(tmp_path / "state.sqlite")
    head = {"Idempotency-Key": "killed"}
    with SimulatedTws(tick_interval=3600) as tws, SimulatedTws(tick_interval=3600) as empty:
        with serving(tws, state=state) as rest, Client(rest) as client:
            first = client.post("/order/oca?timeout=0.1", json=BRACKET, headers=head)
            assert first.status_code == 202, first.text
            (number,) = map(int, first.json()["open_resp"]["orders"])
        store = Store(state)
        store._base.execute("UPDATE keys SET state = 'sent'")
        store.close()
        knows = tws if arrived else empty
        with serving(knows, state=state) as rest, Client(rest) as client:
            again = settled(
                lambda: client.post("/order/oca?timeout=0.1", json=BRACKET, headers=head)
            )
            assert again.status_code == 202, again.text
            assert again.headers["idempotent-replayed"] == str(arrived).lower()
            assert [each["order_id"] for each in live(knows)] == [number]
            knows.do("fill", order_id=number)
            eventually(lambda: len(live(knows)) == 3)
            groups = {r["order"]["ocaGroup"] for r in client.get("/order").json()["openOrder"]}
            assert groups == {f"oca-{number}"}
        assert len(live(knows)) == 3


def test_closing_orders_wait_until_trading_is_resumed(tws: SimulatedTws, client: Client) -> None:
    """A halt, or a loss, while they wait: they are sent afterwards, once."""
    before = {each["order_id"] for each in live(tws)}
    opened = client.post("/order/oca?timeout=0.05", json=BRACKET).json()["open_resp"]["orders"]
    (number,) = map(int, opened)
    client.post("/trading/halt", json={"reason": "a test"})
    try:
        tws.do("fill", order_id=number)
        status = lambda: client.get(f"/order/{number}").json()["orderStatus"]["status"]  # noqa: E731
        eventually(lambda: status() == "Filled")
        tws.do("drop_connection", reset=True)
        eventually(lambda: client.get("/health").status_code == 200)
        assert {each["order_id"] for each in live(tws)} == before | {number}
    finally:
        client.post("/trading/resume")
    eventually(lambda: len({each["order_id"] for each in live(tws)} - before) == 3)


def test_a_combination_by_symbols(tws: SimulatedTws, client: Client) -> None:
    leg = {"secType": "STK", "exchange": "SMART", "currency": "USD", "ratio": 1}
    body = {
        "symbol": "AAPL,MSFT", "secType": "BAG", "currency": "USD", "exchange": "SMART",
        "action": "BUY", "totalQuantity": 1, "orderType": "LMT", "lmtPrice": -500,
        "comboLegs": [{**leg, "symbol": "AAPL", "action": "BUY"},
                      {**leg, "symbol": "MSFT", "action": "SELL"}],
    }  # fmt: skip
    response = order(client, body)
    assert response.status_code == 201, response.text
    number = only(response)["orderId"]
    legs = client.get(f"/order/{number}").json()["contract"]["comboLegs"]
    assert [each["conId"] for each in legs] == [265598, 272093]
    body["comboLegs"][1]["symbol"] = "NOSUCH"  # type: ignore[index]
    assert order(client, body).status_code == 404


def test_a_cancel_is_answered_once_tws_has_said_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait for TWS's second word, error 202, ends with it: it adds no time of its own."""
    monkeypatch.setattr(orders, "SAID_TWICE", WAIT)
    began = time.monotonic()
    number = only(order(client))["orderId"]
    cancelled = client.delete(f"/order/{number}")
    assert cancelled.status_code == 200
    assert 202 in [each["errorCode"] for each in cancelled.json()["warnings"]]
    assert time.monotonic() - began < WAIT / 2


def test_change_and_cancel(tws: SimulatedTws, client: Client) -> None:
    number = only(order(client))["orderId"]
    changed = client.put(f"/order/{number}", json={"lmtPrice": 101})
    assert changed.status_code == 200, changed.text
    assert only(changed)["lmtPrice"] == 101
    by_body = order(client, {"orderId": number, "lmtPrice": 102})
    assert by_body.status_code == 200
    assert client.get(f"/order/{number}").json()["order"]["lmtPrice"] == 102
    cancelled = client.delete(f"/order?orderId={number}")
    assert cancelled.status_code == 200
    assert only(cancelled)["status"] == "Cancelled"
    assert 202 in [each["errorCode"] for each in cancelled.json()["warnings"]]
    again = client.delete(f"/order/{number}")
    assert again.status_code == 409
    assert client.put(f"/order/{number}", json={"lmtPrice": 1}).status_code == 409
    filled = only(order(client, MKT, wait="filled"))["orderId"]
    assert client.delete(f"/order/{filled}").status_code == 409
    unknown = client.delete("/order/99999")
    assert unknown.status_code == 404
    assert unknown.json()["errorCode"] == 10147


def test_a_change_of_what_cannot_be_changed(client: Client) -> None:
    """Of another instrument the id is a wrong one; a what-if would be one for all changes after."""
    number = only(order(client))["orderId"]
    other = order(client, {"orderId": number, "symbol": "MSFT", "lmtPrice": 300})
    assert other.status_code == 409, other.text
    assert other.json()["parameter"] == "symbol"
    preview = client.put(f"/order/{number}", json={"lmtPrice": 101, "whatIf": True})
    assert preview.status_code == 400, preview.text
    assert preview.json()["parameter"] == "whatIf"
    assert client.get(f"/order/{number}").json()["order"]["lmtPrice"] == 100
    same = client.put(f"/order/{number}", json={"symbol": "AAPL", "lmtPrice": 101})
    assert same.status_code == 200, same.text


def test_a_change_is_told_by_what_has_changed(client: Client, rest: RestServer) -> None:
    """Not by a list of orders that somebody asks for meanwhile, while the change is lost."""
    number = only(order(client))["orderId"]
    assert rest.context is not None
    trade = rest.context.desk.find(number)
    assert trade is not None
    trade.modify = lambda **changes: trade._set(changes)  # type: ignore[method-assign]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.put, f"/order/{number}?timeout=0.3", json={"lmtPrice": 101})
        while not asked.done():
            client.get("/order")
    del trade.modify  # type: ignore[method-assign]
    assert asked.result().status_code == 202, asked.result().text
    assert only(asked.result())["lmtPrice"] == 100
    assert client.put(f"/order/{number}", json={"lmtPrice": 101}).status_code == 200


def test_no_change_passes_a_halt(client: Client, rest: RestServer) -> None:
    """Not one either that had begun, and asked TWS for the order, when trading was halted."""
    number = only(order(client))["orderId"]
    context = rest.context
    assert context is not None
    desk = context.desk
    find = desk.find

    def halted_meanwhile(*arguments: Any) -> Any:
        desk.halt("a test", False)
        return find(*arguments)

    desk.find = halted_meanwhile  # type: ignore[method-assign]
    try:
        refused = client.put(f"/order/{number}", json={"lmtPrice": 101})
    finally:
        desk.find = find  # type: ignore[method-assign]
        client.post("/trading/resume")
    assert refused.status_code == 403, refused.text
    assert client.get(f"/order/{number}").json()["order"]["lmtPrice"] == 100


def test_a_client_that_goes_in_the_middle_of_its_order(
    tws: SimulatedTws, rest: RestServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is sent, whatever of the body has come, and it is no error of the server's."""
    caplog.set_level("INFO", "ibapi_port.rest")
    before = len(live(tws))
    body = json.dumps(LMT).encode()
    head = f"POST /order HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    for more, cut in (("Content-Length: 500", len(body)), ("Transfer-Encoding: chunked", 3)):
        with socket.create_connection(("127.0.0.1", rest.port), 10) as line:
            chunk = b"%x\r\n" % len(body) if cut == 3 else b""
            line.sendall(f"{head}{more}\r\n\r\n".encode() + chunk + body[:cut])
    eventually(lambda: caplog.text.count("POST /order 0 ") == 2)
    assert len(live(tws)) == before
    assert "has failed" not in caplog.text


def test_odd_keys(client: Client) -> None:
    """An empty one protects nothing; one that TWS could not take as orderRef is one all the same."""
    empty = client.post("/order", json=LMT, headers={"Idempotency-Key": ""})
    assert empty.status_code == 400, empty.text
    for _ in range(2):
        first = client.post(
            "/order", json=LMT, headers={"Idempotency-Key": "schl\u00fcssel".encode()}
        )
        assert first.status_code == 201, first.text
        assert only(first)["orderRef"] == ""
    assert first.headers["idempotent-replayed"] == "true"


def test_a_change_that_tws_refuses(client: Client) -> None:
    number = only(order(client))["orderId"]
    response = client.put(f"/order/{number}", json={"lmtPrice": 100.0001})
    assert response.status_code in (409, 422), response.text
    assert response.json()["errorCode"]
    assert client.get(f"/order/{number}").json()["order"]["lmtPrice"] == 100


def test_another_clients_order(tws: SimulatedTws, client: Client) -> None:
    from ibapi_port.ib import IB, LimitOrder, Stock

    with IB.connect(tws.host, tws.port, 5) as other:
        trade = other.placeOrder(Stock("AAPL"), LimitOrder("BUY", 1, 90))
        trade.wait("Submitted", 10)
        rows = client.get("/order").json()["openOrder"]
        assert [r["order"]["clientId"] for r in rows if r["order"]["lmtPrice"] == 90] == [5]
        refused = client.delete(f"/order/{trade.orderId}?clientId=5")
        assert refused.status_code in (404, 409), refused.text
        assert not trade.isDone


def test_all_orders(client: Client) -> None:
    number = only(order(client))["orderId"]
    assert client.delete("/order/all").status_code == 400
    response = client.delete("/order/all?confirm=true")
    assert response.status_code == 202
    assert number in response.json()["cancelling"]
    eventually(
        lambda: client.get(f"/order/{number}").json()["orderStatus"]["status"] == "Cancelled"
    )


def test_a_preview_places_nothing(tws: SimulatedTws, client: Client) -> None:
    before = len(live(tws))
    state = client.post("/order/preview", json=MKT).json()["orderState"]
    assert float(state["initMarginChange"]) > 0
    assert len(live(tws)) == before


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"lmtprice": 1}, "lmtprice"),
        ({"totalQuantity": 0}, "totalQuantity"),
        ({"totalQuantity": "many"}, "totalQuantity"),
        ({"action": "HOLD"}, "action"),
        ({"orderType": None}, "orderType"),
        ({"symbol": ""}, "symbol"),
        ({"lmtPrice": "cheap"}, "lmtPrice"),
        ({"whatIf": True}, "whatIf"),
        ({"clientId": 7}, "clientId"),
        ({"permId": 7}, "permId"),
    ],
)
def test_bad_orders_are_named(
    tws: SimulatedTws, client: Client, change: dict[str, Any], name: str
) -> None:
    before = len(live(tws))
    response = order(client, {**LMT, **change})
    assert response.status_code == 400, response.text
    assert name in response.json()["detail"]
    assert len(live(tws)) == before


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (json.dumps(LMT)[:-1] + ', "totalQuantity": 1000}', "totalQuantity: it is given twice"),
        ('{"a":' * 100_000, "nested"),
        (json.dumps(LMT)[:-1] + ', "comboLegs": ' + "[" * 100_000, "nested"),
        (json.dumps({**LMT, "symbol": "AA\0PL"}), "symbol"),
        (json.dumps({**LMT, "symbol": "\n"}), "symbol"),
        ('{"symbol": "\\ud800"}', "JSON"),
        ("[null]", "object"),
        (json.dumps(LMT).replace("100", "1e400"), "lmtPrice"),
        (json.dumps(LMT).replace("100", "NaN"), "JSON"),
    ],
)
def test_hostile_bodies(tws: SimulatedTws, client: Client, body: str, words: str) -> None:
    before = len(live(tws))
    response = client.post("/order", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400, response.text
    assert words in response.json()["detail"]
    assert len(live(tws)) == before


def test_an_order_in_the_query(client: Client) -> None:
    query = {**LMT, "symbol": "MSFT", "tif": "GTC"}
    response = client.post("/order", params=query)
    assert response.status_code == 201, response.text
    assert only(response)["tif"] == "GTC"


def test_quantities_are_exact(client: Client) -> None:
    body = '{"contract":{"symbol":"AAPL"},"order":{"action":"BUY","totalQuantity":0.123456789012345,"orderType":"LMT","lmtPrice":100}}'
    response = client.post("/order", content=body, headers={"Content-Type": "application/json"})
    assert '"totalQuantity":0.123456789012345' in response.text


def test_halt_and_resume(tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite")
    with SimulatedTws(tick_interval=3600) as tws:
        with serving(tws, state=state) as rest, Client(rest) as client:
            number = only(order(client))["orderId"]
            halted = client.post("/trading/halt", json={"reason": "too hot", "cancel": True})
            assert halted.json()["halted"] == "too hot"
            refused = order(client)
            assert refused.status_code == 403
            assert "too hot" in refused.json()["detail"]
            eventually(lambda: not client.get("/order").json()["openOrder"])
            assert client.get(f"/order/{number}").json()["orderStatus"]["status"] == "Cancelled"
        with serving(tws, state=state) as rest, Client(rest) as client:
            assert order(client).status_code == 403  # a restart does not lift it
            assert client.post("/trading/resume").json()["halted"] == ""
            number = only(order(client))["orderId"]
            # by the query, of which no name is passed over
            assert client.post("/trading/halt?cancl=true").status_code == 400
            assert client.post("/trading/halt?cancel=true&reason=again").json() == {
                "halted": "again"
            }
            eventually(lambda: not client.get("/order").json()["openOrder"])
            assert client.get(f"/order/{number}").json()["orderStatus"]["status"] == "Cancelled"


def test_the_guards() -> None:
    from ibapi_port.guards import DayLimit, OrderLimit

    guards = {"order": OrderLimit(value=2000), "day": DayLimit(orders=2), "symbols": ["AAPL"]}
    with (
        SimulatedTws(tick_interval=3600) as tws,
        serving(tws, guards=guards) as rest,
        Client(rest) as client,
    ):
        dear = order(client, {**LMT, "totalQuantity": 100})
        assert dear.status_code == 422
        assert "guard value" in dear.json()["errorMsg"]
        assert order(client, {**LMT, "symbol": "MSFT"}).status_code == 422
        # what closes a position has to pass before the position is opened
        group = [LMT, {**LMT, "action": "SELL", "lmtPrice": 300}]
        for head in ({}, {"Idempotency-Key": "a group"}):
            refused = client.post("/order/oca", json=group, headers=head)
            assert refused.status_code == 422, refused.text
            assert "guard value" in refused.json()["errorMsg"]
        assert live(tws) == []
        assert order(client).status_code == 201
        assert client.get("/trading").json()["guards"]["orders_refused"] == 2
        since = client.get("/clients").json()["clients"][0]["since"]
        tws.do("drop_connection")
        # of each state; that it is lost may pass between two looks
        eventually(lambda: client.get("/clients").json()["clients"][0]["since"] != since)
        eventually(lambda: client.get("/health").status_code == 200)
        # the day goes on where it was before the loss
        assert client.get("/trading").json()["guards"]["orders_refused"] == 2
        assert order(client).status_code == 201
        third = order(client)
        assert third.status_code == 422
        assert len(live(tws)) == 2


def test_executions_and_their_commissions(client: Client) -> None:
    number = only(order(client, MKT, wait="filled"))["orderId"]
    rows = client.get("/executions?symbol=AAPL&side=BUY").json()["execDetails"]
    (row,) = (each for each in rows if each["execution"]["orderId"] == number)
    assert row["commissionReport"]["commissionAndFees"] > 0
    exec_id = row["execution"]["execId"]
    reports = client.get(f"/executions/commissions?execId={exec_id}").json()["commissionReport"]
    assert [each["execId"] for each in reports] == [exec_id]
    kept = client.get(f"/order/filled?orderId={number}").json()["orderStatus"]
    assert [each["orderId"] for each in kept] == [number]
    positions = client.get("/account/positions").json()["positions"]
    assert any(each["contract"]["symbol"] == "AAPL" for each in positions)


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_jumps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, jump: float) -> None:
    """Whether an order may still be on its way is no question for a clock that somebody sets."""
    from ibapi_port.rest.store import Store

    state = str(tmp_path / "state.sqlite")
    now = time.time()
    store = Store(state)
    store.reserve("key", "hash", 0)
    store.sending("key", [1])
    monkeypatch.setattr(time, "time", lambda: now + jump)
    for _ in range(2):
        known = store.key("key")
        assert known is not None
        assert 0 <= known.age < 60
        store.close()
        store = Store(state)  # another run knows no more than that it was before its start
    store.close()


def test_the_server_keeps_the_newest_orders_that_are_done() -> None:
    with SimulatedTws(tick_interval=3600, order_delay=0) as tws, serving(tws, keep_orders=3) as own:
        context = own.context
        assert context is not None
        desk, ib = context.desk, context.pool.orders.ib
        with Client(own) as sender:
            ids = [next(iter(order(sender).json()["orders"])) for _ in range(6)]
            for number in ids[1:]:
                assert sender.delete(f"/order/{number}").status_code == 200
            own._loop.call_soon_threadsafe(desk.forget_old)  # type: ignore[union-attr]
            eventually(lambda: len(desk._trades) == 4)
            assert [trade.orderId for trade in ib.trades()] == [int(n) for n in (ids[0], *ids[3:])]
            assert sender.get(f"/order/{ids[0]}").status_code == 200  # it is open
            assert sender.get(f"/order/{ids[5]}").status_code == 200
            assert sender.get(f"/order/{ids[1]}").status_code == 404
            told = sender.get("/order/events", params={"orderId": ids[1]}).json()["events"]
            assert told  # the store has it


def test_what_the_store_writes_for_orders(tmp_path: Path) -> None:
    file = str(tmp_path / "state.sqlite")
    store = Store(file)
    written: list[str] = []
    store._base.set_trace_callback(written.append)  # of the writes that wait for the disk
    store.used_order_id(7, 1)
    assert len(written) == 2  # a look, and a write for the next hundred
    for number in range(2, 100):
        store.used_order_id(7, number)
    store.reserve("key", "hash", 7)
    store.answered("key", 201, b"{}")
    assert len(written) == 2
    store.sending("key", [99])
    assert len(written) == 3
    assert store._base.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._fast.execute("PRAGMA synchronous").fetchone() == (1,)  # never 0
    store.close()
    again = Store(file)
    assert again.last_order_id(7) >= 99
    assert again.last_order_id(8) == 0
    again.close()


def test_old_events_are_forgotten_while_the_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(":memory:")
    ids = {"orderId": 1, "permId": 1, "clientId": 1}
    for n in range(5):
        monkeypatch.setattr("time.time", lambda n=n: n * 86400.0)
        store.add_event("orderStatus", ids, "", b"{}")
    monkeypatch.setattr("time.time", lambda: 32.5 * 86400.0)
    assert store.forget_old() == 3
    assert store.forget_old() == 0
    assert [when for _, when, _, _ in store.events()] == [3 * 86400.0, 4 * 86400.0]
    store.close()

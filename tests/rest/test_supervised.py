"""The server on the supervised connection: what holds over restarts of TWS and lost connections."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ibapi_port.guards import OrderLimit
from ibapi_port.rest import RestServer
from ibapi_port.rest.store import Store
from ibapi_port.simulator import SimulatedTws

from .helpers import LMT, Client, Events, Response, eventually, order, serving

AAPL = "/market/data?symbol=AAPL&mode=all"
DEAR = {**LMT, "totalQuantity": 100}


def live(tws: SimulatedTws) -> list[int]:
    return [each["order_id"] for each in tws.do("state")["orders"]]


def bids(events: Events) -> list[float]:
    return [each["price"] for each in events.all("tick") if each["field"] == "bid"]


def losses(rest: RestServer) -> int:
    assert rest.context is not None
    return rest.context.pool.orders.losses


@contextmanager
def away(tws: SimulatedTws, rest: RestServer) -> Iterator[None]:
    """TWS is not there: connections are cut, and new ones refused."""
    before = losses(rest)
    number = tws.faults.add("refuse")
    try:
        tws.do("drop_connection", reset=True)
        eventually(lambda: losses(rest) > before)
        yield
    finally:
        tws.faults.remove(number)


def back(client: Client) -> None:
    eventually(lambda: client.get("/health").status_code == 200)


def test_guards_hold_after_each_reconnection() -> None:
    """They stand on the client that all connections have in common, before the first one, too."""
    guards = {"order": OrderLimit(value=2000), "symbols": ["AAPL"]}
    with (
        SimulatedTws(tick_interval=3600) as tws,
        serving(tws, guards=guards) as rest,
        Client(rest) as client,
    ):
        for refused in range(2, 8, 2):
            dear = order(client, DEAR)
            assert dear.status_code == 422, dear.text
            assert "guard value" in dear.json()["errorMsg"]
            assert order(client, {**LMT, "symbol": "MSFT"}).status_code == 422
            assert live(tws) == []
            assert client.get("/trading").json()["guards"]["orders_refused"] == refused
            with away(tws, rest):
                assert order(client, DEAR).status_code == 503
            back(client)
        client.post("/trading/halt", json={"reason": "a test"})
        with away(tws, rest):
            assert order(client).status_code == 403
        back(client)
        assert order(client).status_code == 403
        client.post("/trading/resume")
        assert order(client).status_code == 201


def test_a_fill_that_happened_meanwhile_is_told_once(tws: SimulatedTws) -> None:
    with serving(tws, client_ids=(40,)) as rest, Client(rest) as client:
        with Events(rest, "/order/events") as events, ThreadPoolExecutor(1) as pool:
            events.wait_for("snapshot")
            asked = pool.submit(order, client, LMT, "", wait="filled")
            eventually(lambda: live(tws))
            (number,) = live(tws)
            with away(tws, rest):
                tws.do("fill", order_id=number, client_id=40)
            answer = asked.result()  # who waits for the fill goes on waiting over the loss
            assert answer.status_code == 200, answer.text
            assert answer.json()["orders"][str(number)]["filled"] == 10
            events.wait_for("commissionReport")
            assert sum(e["execution"]["shares"] for e in events.all("execDetails")) == 10
            statuses = [each["status"] for each in events.all("orderStatus")]
            assert statuses.count("Filled") == 1

        def held() -> list[str]:
            positions = client.get("/account/positions").json()["positions"]
            return [each["contract"]["symbol"] for each in positions]

        eventually(lambda: held() == ["AAPL"])  # the list of positions is asked for anew


def test_an_order_that_never_arrived_is_lost_and_sent_by_its_key(tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite")
    with (
        SimulatedTws(tick_interval=3600) as tws,
        serving(tws, state=state) as rest,
        Client(rest) as client,
    ):
        number = tws.faults.add("lose", message="placeOrder")
        with Events(rest, "/order/events") as events, ThreadPoolExecutor(1) as pool:
            events.wait_for("snapshot")
            tws.do("record")
            asked = pool.submit(order, client, None, "gone")
            eventually(lambda: "placeOrder" in [each["request"] for each in tws.do("requests")])
            tws.faults.remove(number)
            with away(tws, rest):
                pass
            answer = asked.result()
            assert answer.status_code == 503, answer.text
            assert "lost" in answer.json()["detail"]
            events.wait_for("error")
            assert [each["fate"] for each in events.all("error")] == ["lost"]
        assert live(tws) == []
        for replayed in ("false", "true"):  # the same key sends it, once
            again = order(client, key="gone")
            assert again.status_code == 201, again.text
            assert again.headers["idempotent-replayed"] == replayed
        (placed,) = again.json()["orders"]
        assert live(tws) == [int(placed)]


def test_a_key_without_wait_is_open_until_tws_has_told_of_its_order(tmp_path: Path) -> None:
    with (
        SimulatedTws(tick_interval=3600, profile="simple") as tws,
        serving(tws, state=str(tmp_path / "state.sqlite")) as rest,
        Client(rest) as client,
    ):
        number = tws.faults.add("lose", message="placeOrder")
        for replayed in (None, "true"):  # it may still be on its way
            answer = order(client, key="gone", wait="none")
            assert answer.status_code == 202, answer.text
            assert answer.headers.get("idempotent-replayed") == replayed
            assert state_of(answer) == "Unknown"
        tws.faults.remove(number)
        with away(tws, rest):
            pass
        back(client)
        assert live(tws) == []

        def again() -> str:
            return state_of(order(client, key="gone", wait="none"))

        # once it is known to be lost it is sent, under its id, once
        eventually(lambda: again() == "Submitted")
        assert again() == "Submitted"
        assert live(tws) == [int(each) for each in answer.json()["orders"]]


def test_a_key_without_wait_tells_that_its_order_was_refused(tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite")
    with (
        SimulatedTws(tick_interval=3600) as tws,
        serving(tws, state=state) as rest,
        Client(rest) as client,
    ):
        tws.faults.add("delay", message="error", seconds=0.3)
        body = {**LMT, "lmtPrice": 100.001}
        assert order(client, body, key="odd", wait="none").status_code == 202
        eventually(lambda: order(client, body, key="odd", wait="none").status_code == 422)
    store = Store(state)
    known = store.key("odd")
    store.close()
    assert known is not None
    assert (known.state, known.status) == ("done", 422)


def state_of(answer: Response) -> str:
    (row,) = answer.json()["orders"].values()
    return str(row["status"])


def test_a_lost_order_is_too_late_once_another_one_has_come() -> None:
    """Its key says so, each time, and places nothing: TWS takes rising ids alone."""
    with (
        SimulatedTws(tick_interval=3600) as tws,
        serving(tws) as rest,
        Client(rest) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        number = tws.faults.add("lose", message="placeOrder")
        tws.do("record")
        asked = pool.submit(order, client, None, "gone")
        eventually(lambda: "placeOrder" in [each["request"] for each in tws.do("requests")])
        tws.faults.remove(number)
        with away(tws, rest):
            pass
        assert asked.result().status_code == 503
        assert order(client).status_code == 201
        placed = live(tws)
        for replayed in ("false", "true"):
            late = order(client, key="gone")
            assert (late.status_code, late.json()["errorCode"]) == (409, 103)
            assert "place it under another key" in late.json()["detail"]
            assert late.headers["idempotent-replayed"] == replayed
        assert live(tws) == placed


def test_streams_go_on_and_tell_what_they_have_been_through(tws: SimulatedTws) -> None:
    """One is stale, then resumed, then has rows; its request goes out once on each connection."""
    paths = (AAPL, "/market/depth?symbol=AAPL", "/bars?symbol=AAPL",
             "/historical?symbol=AAPL&durationStr=1800+S", "/account/pnl")  # fmt: skip
    with serving(tws, client_ids=(41,)) as rest:
        streams = [Events(rest, path) for path in paths]
        streams[0].wait_for("tick")
        streams[1].wait_for("row")
        for stream in streams:
            stream.wait_for("snapshot")
        tws.do("record")
        with away(tws, rest):
            before = len(tws.do("requests"))
            for stream in streams:
                stream.wait_for("stale")
        for stream in streams:
            stream.wait_for("resumed")
        streams[1].wait_for("reset")
        tws.do("quote", symbol="AAPL", bid=224)
        streams[0].wait(lambda events: bids(events)[-1:] == [224])
        names = [each["request"] for each in tws.do("requests")[before:]]
        for name in ("reqMktData", "reqMktDepth", "reqRealTimeBars", "reqHistoricalData"):
            assert names.count(name) == 1, names
        for stream in streams:
            assert len(stream.all("stale")) == len(stream.all("resumed")) == 1
            stream.close()


def test_live_and_delayed_data_stay_what_they_are(tws: SimulatedTws) -> None:
    """TWS is told a type of data for all requests that follow: it must be the right one again."""
    wanted = {"AAPL": 1, "MSFT": 3}
    with serving(tws, client_ids=(42,)) as rest:
        streams = {
            symbol: Events(rest, f"/market/data?symbol={symbol}&mode=all&marketDataType={kind}")
            for symbol, kind in wanted.items()
        }
        for stream in streams.values():
            stream.wait_for("tick")
        tws.do("record")
        with away(tws, rest):
            before = len(tws.do("requests"))
        for stream in streams.values():
            stream.wait_for("resumed")
        kind, last = 0, {}
        for each in tws.do("requests")[before:]:
            if each["request"] == "reqMarketDataType":
                kind = each["values"]["marketDataType"]
            elif each["request"] == "reqMktData":
                last[each["values"]["contract"]["symbol"]] = kind
        assert last == wanted
        for stream in streams.values():
            stream.close()


def test_a_client_id_that_was_taken_over_gives_its_streams_away(tws: SimulatedTws) -> None:
    from ibapi_port.ib import IB, NotConnected

    def take_over() -> IB:
        """Connect under the server's id, which may be faster to connect again."""
        while True:
            tws.do("drop_connection", client_id=44)
            with suppress(NotConnected):
                return IB.connect(tws.host, tws.port, 44)

    with (
        serving(tws, client_ids=(43, 44, 45)) as rest,
        Client(rest) as client,
        Events(rest, "/market/data?symbol=IBM&mode=all") as one,
        Events(rest, "/market/data?symbol=MSFT&mode=all") as other,
    ):
        for stream in (one, other):
            stream.wait_for("tick")
        with away(tws, rest):
            pass
        with take_over():
            eventually(lambda: client.get("/clients").json()["clients"][1].get("inUse"))
            for symbol, stream in (("IBM", one), ("MSFT", other)):
                stream.wait_for("resumed")
                tws.do("quote", symbol=symbol, bid=77)
                stream.wait(lambda stream: bids(stream)[-1:] == [77])
        eventually(lambda: all(client.get("/clients").json()["connected"].values()))


def test_a_preview_ends_with_the_connection(tws: SimulatedTws) -> None:
    with serving(tws, client_ids=(46,)) as rest, Client(rest) as client:
        number = tws.faults.add("lose", message="openOrder")
        try:
            with ThreadPoolExecutor(1) as pool:
                tws.do("record")
                before = len(tws.do("requests"))
                asked = pool.submit(client.post, "/order/preview", json=LMT)
                eventually(
                    lambda: any(r["request"] == "placeOrder" for r in tws.do("requests")[before:])
                )
                with away(tws, rest):
                    assert asked.result(5).status_code == 503
        finally:
            tws.faults.remove(number)


def test_what_clients_are_told(tws: SimulatedTws) -> None:
    with serving(tws, client_ids=(47,)) as rest, Client(rest) as client:
        with away(tws, rest):
            (row,) = client.get("/clients").json()["clients"]
            assert row["state"] in ("waiting", "connecting")
            assert row["why"]
            assert row["attempt"] >= 0
            health = client.get("/health")
            assert health.json() == {"status": "NOT CONNECTED"}
            assert int(health.headers["retry-after"]) >= 1
        back(client)
        row: dict[str, Any] = client.get("/clients").json()["clients"][0]
        assert row["state"] == "ready"
        assert row["connections"] == 2
        assert row["rttMs"] > 0
        assert row["rxAge"] >= 0


def test_a_fill_while_the_server_was_away_is_told_once(tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite")

    def fills(client: Client) -> list[Any]:
        rows = client.get("/order/events").json()["events"]
        return [each["data"] for each in rows if each["event"] == "execDetails"]

    with SimulatedTws(tick_interval=3600) as tws:
        with serving(tws, state=state) as rest, Client(rest) as client:
            (number,) = order(client).json()["orders"]
            assert fills(client) == []
        tws.do("fill", order_id=int(number))
        for _ in range(2):
            with serving(tws, state=state) as rest, Client(rest) as client:
                (told,) = fills(client)
                assert told["orderId"] == int(number)
                assert told["execution"]["shares"] == 10


def test_an_order_is_shown_as_tws_has_it(tws: SimulatedTws) -> None:
    """A change that was lost with the connection is not shown as if it had come."""
    with serving(tws, client_ids=(48,)) as rest, Client(rest) as client:
        (number,) = order(client).json()["orders"]
        fault = tws.faults.add("lose", message="placeOrder")
        changed = client.put(f"/order/{number}?timeout=0.2", json={"lmtPrice": 101})
        assert changed.status_code == 202, changed.text
        assert changed.json()["orders"][number]["lmtPrice"] == 100
        tws.faults.remove(fault)
        with away(tws, rest):
            pass
        back(client)
        assert client.get(f"/order/{number}").json()["order"]["lmtPrice"] == 100
        again = client.put(f"/order/{number}", json={"lmtPrice": 102})
        assert again.status_code == 200, again.text
        assert again.json()["orders"][number]["lmtPrice"] == 102

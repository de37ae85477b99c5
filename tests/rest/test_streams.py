"""Scenarios 12 and 14 to 17, and 24: streams, shared, resumed, and of any speed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from ibapi_port.common import TickAttrib
from ibapi_port.rest import RestServer
from ibapi_port.rest.hub import Event
from ibapi_port.rest.many import Socket
from ibapi_port.rest.viewers import Viewer
from ibapi_port.simulator import SimulatedTws

from .helpers import TOKEN, WAIT, Client, Events, eventually, order, serving

AAPL = "/market/data?symbol=AAPL"


def asked(tws: SimulatedTws, name: str) -> int:
    return sum(each["request"] == name for each in tws.do("requests"))


def bids(events: Events) -> list[float]:
    return [each["price"] for each in events.all("tick") if each["field"] == "bid"]


def live(events: Events) -> bool:
    """Whether TWS has begun to send quotes: the first ones come after an empty snapshot."""
    return bool(bids(events)) or any("bid" in each["ticks"] for each in events.all("snapshot"))


def test_two_viewers_share_one_request(tws: SimulatedTws, rest: RestServer) -> None:
    tws.do("record")
    before = asked(tws, "reqMktData"), asked(tws, "cancelMktData")
    path = "/market/data?symbol=NVDA&mode=all"
    with Events(rest, path) as one, Events(rest, path) as two:
        for events in (one, two):
            events.wait(live)
        for price in (100, 101, 102):
            tws.do("quote", symbol="NVDA", bid=price, ask=price + 1)
        for events in (one, two):
            events.wait(lambda events: bids(events)[-3:] == [100, 101, 102])
        numbers = [int(each.partition("-")[2]) for each in one.ids()]
        assert numbers == sorted(set(numbers))
        assert asked(tws, "reqMktData") == before[0] + 1
        assert asked(tws, "cancelMktData") == before[1]
    eventually(lambda: asked(tws, "cancelMktData") == before[1] + 1)


def test_the_latest_counts_or_all_do(tws: SimulatedTws, rest: RestServer) -> None:
    with Events(rest, f"{AAPL}&mode=all") as events:
        events.wait(live)
        for n in range(50):
            tws.do("quote", symbol="AAPL", bid=200 + n / 100)
        events.wait(lambda events: bids(events)[-1:] == [200.49])
        assert bids(events)[-50:] == [200 + n / 100 for n in range(50)]


def test_a_stream_survives_tws(tws: SimulatedTws, rest: RestServer, client: Client) -> None:
    with Events(rest, f"{AAPL}&mode=all") as events, Events(rest, "/clients") as clients:
        events.wait(live)
        clients.wait_for("snapshot")
        tws.do("drop_connection", reset=True)
        events.wait_for("stale")
        events.wait_for("resumed")
        clients.wait(
            lambda clients: {"waiting", "ready"} <= {s["state"] for s in clients.all("state")}
        )
        tws.do("quote", symbol="AAPL", bid=222)
        events.wait(lambda events: bids(events)[-1:] == [222])
    eventually(lambda: client.get("/health").status_code == 200)


def test_a_stream_hears_of_upstream(tws: SimulatedTws, rest: RestServer, client: Client) -> None:
    with Events(rest, AAPL) as events:
        events.wait(live)
        tws.do("connectivity", up=False)
        events.wait_for("stale")
        tws.do("connectivity", up=True, data_lost=True)
        events.wait_for("resumed")
        tws.do("quote", symbol="AAPL", bid=223)
        events.wait(lambda events: bids(events)[-1:] == [223])
    eventually(lambda: client.get("/health").status_code == 200)


def test_a_stream_goes_on_after_an_event(tws: SimulatedTws, rest: RestServer) -> None:
    path = "/market/data?symbol=MSFT&mode=all"
    with Events(rest, path) as first, Events(rest, path) as other:
        first.wait(live)
        tws.do("quote", symbol="MSFT", bid=400)
        first.wait(lambda events: bids(events)[-1:] == [400])
        first.close()
        last = first.ids()[-1]
        for price in (401, 402):
            tws.do("quote", symbol="MSFT", bid=price)
        other.wait(lambda events: bids(events)[-1:] == [402])
        with Events(rest, path, **{"Last-Event-ID": last}) as again:
            again.wait(lambda events: bids(events)[-2:] == [401, 402])
            assert again.all("snapshot") == []
            assert bids(again) == [401, 402]
        with Events(rest, path, **{"Last-Event-ID": "other-5"}) as reset:
            reset.wait_for("snapshot")
            assert reset.all("reset")


def test_an_unknown_contract_ends_the_stream(rest: RestServer) -> None:
    with Events(rest, "/market/data?symbol=NOSUCH") as events:
        events.wait(lambda events: events.ended)
        told = events.all("error")
        assert (told and told[0]["status"] == 404) or events.status == 404


def test_depth_rows_and_a_reset(tws: SimulatedTws, rest: RestServer) -> None:
    with Events(rest, "/market/depth?symbol=AAPL") as events:
        events.wait_for("row", 5)
        row = events.all("row")[0]
        assert row["side"] in ("bid", "ask")
        assert row["operation"] == "insert"
        tws.do("reset_depth", symbol="AAPL")
        events.wait_for("reset")


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/bars?symbol=AAPL", "snapshot"),
        ("/news", "snapshot"),
        ("/market/ticks?symbol=AAPL&tickType=BidAsk", "tick"),
        ("/historical?symbol=AAPL&durationStr=1800+S", "bars"),
        ("/market/scanners?instrument=STK&locationCode=STK.US.MAJOR&scanCode=HOT_BY_VOLUME", "rows"),
        ("/displaygroups/2", "group"),
        ("/account/summary?tags=NetLiquidation", "value"),
        ("/account/pnl", "pnl"),
        ("/account/positions", "snapshot"),
        ("/account/updates", "snapshot"),
        ("/executions", "snapshot"),
        ("/order/events", "snapshot"),
        ("/clients", "snapshot"),
    ],
)  # fmt: skip
def test_each_channel_streams(tws: SimulatedTws, rest: RestServer, path: str, event: str) -> None:
    with Events(rest, path) as events:
        events.wait_for("snapshot")
        if event == "tick":
            tws.do("quote", symbol="AAPL", bid=229)
        if (event != "snapshot" and not any(events.all("snapshot")[0].values())) or event == "tick":
            events.wait_for(event)


def test_orders_are_told(rest: RestServer, client: Client) -> None:
    with Events(rest, "/order/events") as events:
        events.wait_for("snapshot")
        response = order(client)
        (number,) = response.json()["orders"]
        events.wait(
            lambda events: any(
                each["orderId"] == int(number) and each["status"] == "Submitted"
                for each in events.all("orderStatus")
            )
        )
        client.delete(f"/order/{number}")
        events.wait(lambda events: events.all("orderStatus")[-1]["status"] == "Cancelled")
        first = events.all("openOrder")[0]["n"]
    with Events(rest, f"/order/events?since={first}&orderId={number}") as again:
        again.wait(
            lambda events: any(e["status"] == "Cancelled" for e in events.all("orderStatus"))
        )
        assert all(each["orderId"] == int(number) for each in again.all("orderStatus"))


def test_a_standing_subscription(client: Client) -> None:
    made = client.post("/market/data?symbol=IBM")
    assert made.status_code == 201, made.text
    where = made.headers["location"]
    assert client.get(where).json()["contract"]["symbol"] == "IBM"
    listed = client.get("/market/data/subscriptions").json()["subscriptions"]
    assert made.json()["id"] in [each["id"] for each in listed]
    assert client.delete(where).status_code == 204
    assert client.get(where).status_code == 404


def test_feeds_in_atom(tws: SimulatedTws, client: Client) -> None:
    order(client)
    tws.do("bulletin", text="The exchange <ISE> is closed & dark.")
    for path in ("/news", "/order/events", "/market/data?symbol=AAPL"):
        response = client.get(path, headers={"Accept": "application/atom+xml"})
        assert response.headers["content-type"].startswith("application/atom+xml")
        feed = ET.fromstring(response.text)
        names = {"a": "http://www.w3.org/2005/Atom"}
        assert feed.find("a:id", names) is not None
        entries = feed.findall("a:entry", names)
        assert entries, path
        ids = [each.findtext("a:id", "", names) for each in entries]
        assert len(set(ids)) == len(ids)
    news = client.get("/news", headers={"Accept": "application/atom+xml"}).text
    assert "&lt;ISE&gt;" in news


# --- slow viewers ---


def test_a_viewer_that_does_not_read() -> None:
    """Its buffer has a limit, it hears of the gap, and the other one gets all."""
    with (
        SimulatedTws(tick_interval=3600) as tws,
        serving(tws, buffer=20_000) as rest,
        Events(rest, f"{AAPL}&mode=all") as good,
    ):
        assert rest._socket is not None
        rest._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32_768)  # for what comes
        slow = socket.create_connection(("127.0.0.1", rest.port))
        request = (
            f"GET {AAPL}&mode=all HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {TOKEN}\r\n\r\n"
        )
        slow.sendall(request.encode())
        good.wait(live)
        assert rest.context is not None
        (topic,) = (t for t in rest.context.hub.topics.values() if t.channel.request)
        eventually(lambda: len(topic.viewers) == 2)
        upstream = topic.upstream
        assert upstream is not None
        sizes, n = [], 0
        while not any(viewer.dropped for viewer in list(topic.viewers)) and n < 400_000:
            for _ in range(500):  # as the thread that processes messages does
                n += 1
                upstream.receive("tickPrice", (1, float(n), TickAttrib()))
            good.wait(lambda events, n=n: events.last() == n)  # type: ignore[misc]
            sizes.append(max(viewer.size for viewer in list(topic.viewers)))
        assert max(sizes) <= 20_000 + 100_000  # one batch more at most
        assert bids(good)[-n:] == list(range(1, n + 1))
        assert good.all("gap") == []
        slow.settimeout(WAIT)
        seen = b""
        while b"event: gap" not in seen:
            data = slow.recv(1 << 16)
            assert data, "it was closed"
            seen = seen[-100:] + data
        slow.close()


# --- many channels ---


def test_many_channels_in_one_stream(tws: SimulatedTws, rest: RestServer) -> None:
    path = "/stream?channels=market/data%3Fsymbol%3DAAPL%26currency%3DUSD&channels=clients"
    with Events(rest, path) as events:
        events.wait_for("snapshot", 2)
        names = {each["channel"] for each in events.all("snapshot")}
        assert names == {"market/data?symbol=AAPL&currency=USD", "clients"}
        tws.do("quote", symbol="AAPL", bid=231)
        events.wait(lambda e: any(t["data"].get("price") == 231 for t in e.all("tick") if t))
        assert events.ids()


@contextmanager
def socket_to(rest: RestServer, client: Client, **more: Any) -> Iterator[ClientConnection]:
    ticket = client.post("/stream/ticket").json()["ticket"]
    url = f"{rest.url.replace('http', 'ws')}/stream?ticket={ticket}"
    with connect(url, **more) as made:
        yield made


def say(ws: ClientConnection, **message: Any) -> None:
    ws.send(json.dumps(message))


def hear(ws: ClientConnection, holds: Any) -> dict[str, Any]:
    while True:
        heard: dict[str, Any] = json.loads(ws.recv(timeout=WAIT))
        if holds(heard):
            return heard


GENERIC = [
    "100",
    "101",
    "104",
    "106",
    "165",
    "221",
    "225",
    "233",
    "236",
    "258",
    "293",
    "294",
    "295",
    "318",
    "375",
    "411",
    "456",
]


def test_fifty_channels_on_one_socket(tws: SimulatedTws, rest: RestServer, client: Client) -> None:
    with socket_to(rest, client) as ws:
        for n in range(50):
            params = {"symbol": ("AAPL", "MSFT", "NVDA")[n % 3], "genericTickList": GENERIC[n // 3]}
            say(ws, op="subscribe", id=n, channel="market/data", params=params)
        known = set()
        while len(known) < 50:
            heard = hear(ws, lambda m: "ok" in m or "error" in m or "events" in m)
            assert "error" not in heard, heard
            if "events" in heard:
                known.add(heard["channel"])
        say(ws, op="unsubscribe", id=0)
        assert hear(ws, lambda m: m.get("id") == 0)["ok"]
        say(ws, op="ping", id="p")
        assert hear(ws, lambda m: m.get("id") == "p")["pong"]
        tws.do("quote", symbol="MSFT", bid=405)
        heard = hear(ws, lambda m: m.get("channel") == 1)
        assert heard["events"][0]["event"] == "tick"
        for bad in ("no json", '{"op":"dance"}', '{"op":"subscribe","channel":"nosuch","id":"x"}',
                    '{"op":"subscribe","channel":"market/data","params":{"symbl":"A"},"id":"y"}',
                    '{"op":"unsubscribe","id":"never"}'):  # fmt: skip
            ws.send(bad)
            assert hear(ws, lambda m: "error" in m)["error"]["status"] in (400, 404)
        say(ws, op="ping", id="still here")
        assert hear(ws, lambda m: m.get("id") == "still here")["ok"]
    assert rest.context is not None
    topics = rest.context.hub.topics
    eventually(lambda: not any(key.startswith("market/data") for key in list(topics)))


def test_a_ticket_opens_one_stream(rest: RestServer, client: Client) -> None:
    ticket = client.post("/stream/ticket").json()["ticket"]
    path = f"/clients?ticket={ticket}"
    with Events(rest, path, Authorization="") as events:
        events.wait_for("snapshot")
    with Events(rest, path, Authorization="") as again:
        again.wait(lambda events: events.ended)
        assert again.status == 401
    fresh = client.post("/stream/ticket").json()["ticket"]
    with Client(rest) as nobody:
        del nobody.headers["Authorization"]
        assert nobody.get(f"/clients?ticket={fresh}").status_code == 401  # it is for streams alone
        for method, path in (("GET", "/order"), ("POST", "/market/data?symbol=AAPL")):
            mark = "&" if "?" in path else "?"
            fresh = client.post("/stream/ticket").json()["ticket"]
            refused = nobody.request(method, f"{path}{mark}ticket={fresh}",
                                     headers={"Accept": "text/event-stream"})  # fmt: skip
            assert refused.status_code == 401, path
            assert "opens a stream" in refused.json()["detail"]


@pytest.mark.parametrize("number", ["\u00b2", "9" * 5000, "-1", "1e3", ""])
def test_an_id_that_is_none_begins_anew(rest: RestServer, number: str) -> None:
    """A browser gives up where it gets an error."""
    assert rest.context is not None
    last_id = f"{rest.context.hub.epoch}-{number}"
    with Events(rest, "/clients", **{"Last-Event-ID": last_id.encode()}) as events:  # type: ignore[arg-type]
        events.wait_for("reset")
        events.wait_for("snapshot")


def test_the_head_of_a_stream_has_an_end(rest: RestServer) -> None:
    """The next request on the same connection is answered."""
    asked = ("HEAD /clients", "GET /health")
    with socket.create_connection(("127.0.0.1", rest.port), WAIT) as line:
        for request in asked:
            line.sendall(f"{request} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                         f"Authorization: Bearer {TOKEN}\r\n\r\n".encode())  # fmt: skip
            assert line.recv(4096).startswith(b"HTTP/1.1 200")


def test_an_id_of_several_channels_passes_over_nothing(rest: RestServer) -> None:
    """It stands for all events up to its number, those that were made and not handed on, too."""
    from ibapi_port.rest.sse import EventStream, sse_of_several

    context = rest.context
    assert context is not None

    async def written() -> bytes:
        wake = asyncio.Event()
        topics = [context.own(name) for name in ("clients", "executions")]
        viewers = [each.watch(sse_of_several(each.key), "all", 1 << 20, wake) for each in topics]
        stream = EventStream(context.hub, viewers, wake, 30)
        topics[1].emit("execution", {"the": "last one"})  # it is handed on later
        topics[0].emit("message", {})
        topics[0].flush()
        block = stream._take()
        for viewer in viewers:
            viewer.leave()
        return block

    block = asyncio.run_coroutine_threadsafe(written(), context.hub.loop).result(WAIT)
    assert b"the last one" not in block.partition(b"\nid: ")[2]
    assert b'{"the":"last one"}' in block


def test_a_gap_on_a_socket_says_where_to_go_on(rest: RestServer) -> None:
    from ibapi_port.rest.hub import Event
    from ibapi_port.rest.many import frames_of

    assert rest.context is not None
    topic = rest.context.own("clients")
    frames = frames_of(1)
    told = [
        json.loads(frames(topic, [Event(seq, "tick", b"{}", None, 0.0)]))["seq"]
        for seq in (7, 0, 9)  # 0: a gap
    ]
    assert [each.partition("-")[2] for each in told] == ["7", "7", "9"]


def test_a_foreign_page_gets_no_socket(rest: RestServer, client: Client) -> None:
    from websockets.exceptions import InvalidStatus

    with (
        pytest.raises(InvalidStatus, match="403"),
        socket_to(rest, client, origin="https://elsewhere.example"),  # type: ignore[arg-type]
    ):
        pass


def test_nothing_is_left_of_viewers(tws: SimulatedTws, rest: RestServer, client: Client) -> None:
    """Clients come and go, some with a break of the line: no topic, viewer or task stays."""
    assert rest.context is not None
    topics = rest.context.hub.topics
    eventually(lambda: all(t.channel.request is None for t in list(topics.values())))

    def tasks() -> int:
        async def count() -> int:
            return len(asyncio.all_tasks())

        assert rest._loop is not None
        return asyncio.run_coroutine_threadsafe(count(), rest._loop).result(WAIT)

    before = tasks()
    for n in range(4):
        streams = [Events(rest, f"/market/data?symbol={s}&mode=all") for s in ("AAPL", "MSFT") * 3]
        streams += [Events(rest, "/order/events"), Events(rest, "/stream?channels=clients")]
        for stream in streams:
            stream.wait_for("snapshot")
        with socket_to(rest, client) as ws:
            say(ws, op="subscribe", id=1, channel="market/data", params={"symbol": "IBM"})
            hear(ws, lambda m: m.get("id") == 1)
            tws.do("quote", symbol="AAPL", bid=200 + n)
        for stream in streams:
            stream.close()
    eventually(lambda: all(t.channel.request is None for t in list(topics.values())))
    eventually(lambda: not any(t.viewers for t in list(topics.values())))
    eventually(lambda: tasks() <= before)


def test_there_are_not_more_streams_than_may_be(tws: SimulatedTws) -> None:
    """A client that opens a thousand gets 429, and the others are served; those that end make room."""
    with serving(tws, client_ids=(60,), most_streams=20) as rest, Client(rest) as client:
        url, head = rest.url, {"Authorization": f"Bearer {TOKEN}", "Accept": "text/event-stream"}

        async def flood() -> list[int]:
            limits = httpx.Limits(max_connections=200)
            async with httpx.AsyncClient(base_url=url, limits=limits, timeout=WAIT) as many:
                statuses = []
                async with contextlib.AsyncExitStack() as stack:
                    for _ in range(60):
                        asked = many.stream("GET", "/clients", headers=head)
                        statuses.append((await stack.enter_async_context(asked)).status_code)
                return statuses

        statuses = asyncio.run(flood())
        assert statuses == [200] * 20 + [429] * 40
        assert client.get("/order").status_code == 200
        assert rest.context is not None
        eventually(lambda: rest.context.hub.streams == 0)  # type: ignore[union-attr]
        for n in range(25):
            made = client.post("/market/data?symbol=AAPL")
            assert made.status_code == (201 if n < 20 else 429), made.text
            if made.status_code == 429:
                assert int(made.headers["retry-after"]) >= 1


def test_a_socket_that_asks_and_does_not_read(rest: RestServer) -> None:
    """Answers that wait for it have a limit: it is closed."""
    from ibapi_port.rest.many import MOST_SAID, Socket

    class Silent:
        """A WebSocket of a client that sends pings and reads nothing."""

        received = 0
        closed = False

        async def accept(self) -> None:
            return

        async def receive(self) -> dict[str, str]:
            self.received += 1
            return {"type": "websocket.receive", "text": '{"op": "ping", "id": 1}'}

        async def send_text(self, text: str) -> None:
            await asyncio.sleep(3600)

        async def close(self, code: int) -> None:
            self.closed = True

    silent = Silent()
    assert rest.context is not None
    work = Socket(rest.context, silent).run()  # type: ignore[arg-type]
    asyncio.run_coroutine_threadsafe(work, rest.context.hub.loop).result(WAIT)
    assert silent.closed
    assert silent.received <= MOST_SAID + 2


def test_what_a_socket_is_told_is_not_as_long_as_what_it_said(
    rest: RestServer, client: Client
) -> None:
    with socket_to(rest, client) as ws:
        say(ws, op="subscribe", id="one", channel="x" * 500_000)
        error = hear(ws, lambda m: "error" in m)
        assert len(json.dumps(error)) < 5000
        say(ws, op="ping", id="y" * 500_000)
        error = hear(ws, lambda m: "error" in m)
        assert "id: it is longer" in error["error"]["detail"]


class Ended:
    """A topic that ends, with a last event, while its viewer is being served."""

    def __init__(self, wake: asyncio.Event) -> None:
        self.viewer = Viewer(self, self._encoded, "all", 1 << 20, wake)  # type: ignore[arg-type]
        self.viewer.offer([Event(1, "snapshot", b"{}", None, 1.0)], {})

    def _encoded(self, topic: object, events: Sequence[Event]) -> bytes:
        return b"".join(b"%.1f %b %b\n" % (e.time, e.name.encode(), e.data) for e in events)

    def remove(self, viewer: Viewer) -> None:
        """Nobody else watches."""

    def end(self) -> None:
        if not self.viewer.closed:
            self.viewer.offer([Event(2, "error", b"{}", None, 2.0)], {})
            self.viewer.close()


def test_an_error_that_comes_while_the_socket_sends_is_told() -> None:
    """TWS refuses a symbol while the snapshot is on its way: the stream must not end unheard."""

    async def main() -> list[str]:
        sent: list[str] = []
        hub = SimpleNamespace(closed=False)
        context = SimpleNamespace(settings=SimpleNamespace(stuck=WAIT), hub=hub)

        async def send_text(text: str) -> None:
            sent.append(text)
            ended.end()
            hub.closed = "error" in text  # ends the writer

        socket_ = Socket(context, SimpleNamespace(send_text=send_text))  # type: ignore[arg-type]
        ended = Ended(socket_._wake)
        socket_._viewers["a"] = ended.viewer
        await asyncio.wait_for(socket_._write(), WAIT)
        assert not socket_._viewers
        return sent

    assert asyncio.run(main()) == ["1.0 snapshot {}", "2.0 error {}"]


def test_a_server_that_stops_says_all_by_websocket() -> None:
    async def main() -> list[str]:
        sent: list[str] = []
        hub = SimpleNamespace(closed=False)
        context = SimpleNamespace(settings=SimpleNamespace(stuck=WAIT), hub=hub)

        async def send_text(text: str) -> None:
            sent.append(text)
            ended.end()  # as `bye` at a stop
            hub.closed = True

        socket_ = Socket(context, SimpleNamespace(send_text=send_text))  # type: ignore[arg-type]
        ended = Ended(socket_._wake)
        socket_._viewers["a"] = ended.viewer
        await asyncio.wait_for(socket_._write(), WAIT)
        return sent

    assert asyncio.run(main())[-1] == "2.0 error {}"

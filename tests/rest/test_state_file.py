"""The state file of a server: locked, full, read by another server; and a stop in the middle."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.rest import RestServer
from ibapi_port.rest.store import KEEP_KEYS, KEEP_LAST_KEYS, Store
from ibapi_port.simulator import SimulatedTws

from .helpers import WAIT, Client, Events, eventually, order, serving


def live(tws: SimulatedTws) -> list[dict[str, Any]]:
    return [each for each in tws.do("state")["orders"] if not each["done"]]


def newest(client: Client) -> int:
    (row,) = client.get("/order/events?limit=1").json()["events"]
    return int(row["n"])


@contextmanager
def read_only(server: RestServer) -> Iterator[None]:
    """As with a full disk: the file takes nothing."""

    def let(on: int) -> None:
        done = threading.Event()

        def switch() -> None:
            assert server.context is not None
            store = server.context.store
            for base in {store._base, store._fast}:
                base.execute(f"PRAGMA query_only = {on}")
            done.set()

        assert server._loop is not None
        server._loop.call_soon_threadsafe(switch)
        assert done.wait(WAIT)

    let(1)
    try:
        yield
    finally:
        let(0)


@pytest.mark.skipif("sys.platform == 'win32'", reason="there are no such locks on Windows")
def test_two_servers_do_not_share_a_file(tmp_path: Path) -> None:
    """Each would take a key that the other has reserved for its own."""
    file = str(tmp_path / "state.sqlite")
    store = Store(file)
    with pytest.raises(OSError, match=r"another server uses this state file.*--state"):
        Store(file)
    store.close()
    Store(file).close()


def test_what_is_no_state_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    file.write_text("this is no database, " * 100)
    with pytest.raises(OSError, match=r"state\.sqlite: it cannot be used as the state file"):
        Store(str(file))


def test_a_file_that_takes_nothing(tmp_path: Path) -> None:
    """No order is sent that could not be written down; the kill switch works; events come later."""
    with (
        SimulatedTws(tick_interval=3600, order_delay=0) as tws,
        serving(tws, state=str(tmp_path / "state.sqlite")) as rest,
        Client(rest) as client,
    ):
        assert order(client).status_code == 201
        (number,) = (each["order_id"] for each in live(tws))
        with read_only(rest):
            refused = order(client, key="a key")
            assert refused.status_code == 503
            assert "state file cannot be used" in refused.json()["detail"]
            assert len(live(tws)) == 1
            halted = client.post("/trading/halt", json={"reason": "a test", "cancel": True})
            assert halted.status_code == 503
            assert "a restart of the server forgets it" in halted.json()["detail"]
            assert order(client).status_code == 403
            eventually(lambda: not live(tws))  # the open one was cancelled
            resumed = client.post("/trading/resume")
            assert resumed.status_code == 503
            assert client.get("/trading").json()["halted"] == "a test"
        assert client.post("/trading/resume").status_code == 200
        assert order(client, key="a key").status_code == 201
        rows = client.get("/order/events", params={"orderId": number}).json()["events"]
        told = [each["data"].get("status") for each in rows if each["event"] == "orderStatus"]
        assert told[-1] == "Cancelled"  # which came while nothing could be kept


def test_an_order_that_is_out_is_told_though_its_answer_is_not_kept(tmp_path: Path) -> None:
    with (
        SimulatedTws(tick_interval=3600) as tws,
        serving(tws, state=str(tmp_path / "state.sqlite")) as rest,
        Client(rest) as client,
    ):
        assert rest.context is not None
        store = rest.context.store
        answered = store.answered

        def full(*_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        store.answered = full  # type: ignore[method-assign]
        first = order(client, key="a key")
        assert first.status_code == 201, first.text
        store.answered = answered  # type: ignore[method-assign]
        again = order(client, key="a key")
        assert again.json()["orders"].keys() == first.json()["orders"].keys()
        assert len(live(tws)) == 1


def test_who_writes_into_the_file_holds_nobody_up_for_long(tmp_path: Path) -> None:
    file = str(tmp_path / "state.sqlite")
    store = Store(file)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert store._base.execute("PRAGMA busy_timeout").fetchone() == (500,)
    store._base.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        store.set_fact("name", "value")
    other.execute("ROLLBACK")
    other.close()
    store.close()


def test_a_stop_with_an_order_of_which_nothing_is_known(tmp_path: Path) -> None:
    """It is no success, and the same key finds out after the restart what became of it."""
    state = str(tmp_path / "state.sqlite")
    with SimulatedTws(tick_interval=3600) as tws:
        with (
            serving(tws, state=state) as rest,
            Client(rest) as client,
            ThreadPoolExecutor(1) as pool,
        ):
            for message in ("openOrder", "orderStatus"):
                tws.faults.add("lose", message=message)
            waiting = pool.submit(order, client, key="in flight")
            eventually(lambda: live(tws))
            rest.stop()
            answer = waiting.result(WAIT)
            tws.faults.clear()
            assert answer.status_code == 202, answer.text
            assert answer.json()["uncertain"] is True
            assert answer.headers["retry-after"] == "1"
        with serving(tws, state=state) as rest, Client(rest) as client:
            again = order(client, key="in flight")
            assert again.status_code == 201, again.text
            (summary,) = again.json()["orders"].values()
            assert summary["status"] == "Submitted"
        assert len(live(tws)) == 1


def test_a_clock_a_year_ahead_forgets_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an order of today could be placed twice."""
    store = Store(":memory:")
    store.reserve("key", "hash", 0)
    store.answered("key", 201, b"{}")
    monkeypatch.setattr("time.time", lambda: 5e9)
    assert store.forget_old() == 0
    assert store.key("key") is not None
    rows = [(f"k{n}", "h", 0, "done", "[]", 201, b"", 5e9 - KEEP_KEYS - 1)
            for n in range(KEEP_LAST_KEYS)]  # fmt: skip
    store._base.executemany("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    assert store.forget_old() == 1  # the oldest one, as there are so many newer ones
    assert store.key("key") is None
    store.close()


def test_kept_events_come_whole_before_the_live_ones(tmp_path: Path) -> None:
    """More of them than a viewer's buffer holds, and a client that goes on in their middle."""
    with (
        SimulatedTws(tick_interval=3600, order_delay=0) as tws,
        serving(tws, state=str(tmp_path / "state.sqlite"), buffer=2000) as rest,
        Client(rest) as client,
    ):
        numbers = [number for _ in range(30) for number in order(client).json()["orders"]]
        last = newest(client)
        assert last > 40
        # what is numbered has each number once
        for head in ({}, {"Last-Event-ID": "n-20"}):
            since = int(head.get("Last-Event-ID", "n-1").removeprefix("n-"))
            with Events(rest, "/order/events?since=1", **head) as events:
                events.wait(lambda e, n=last - since: len(e.all()) >= n + 1)
                assert client.delete(f"/order/{numbers[0]}").status_code in (200, 409)
                seen = [row["n"] for row in events.all() if "n" in row]
                assert seen[: last - since] == list(range(since + 1, last + 1))
                assert not events.all("gap")
            last = newest(client)

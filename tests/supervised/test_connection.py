"""The connection comes back: scenarios 3, 4, 5, 7, 13 to 17."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from machine import slowness
from reliability.hostile import HOST, Peer, ScriptedTws, accepts, answer_to_hello, silent

from ibapi_port.alerts import Alerts
from ibapi_port.client import EClient
from ibapi_port.simulator import SimulatedTws
from ibapi_port.supervised import Clock, Phase, Policy, SupervisedClient

from .rig import QUICK, WAIT, App, limit_order, quick, restart, running, stock, until
from .virtual import NIGHT, NOON


def phases(app: App) -> list[Phase]:
    return [new for _, new, _ in app.all("connectionState")]


def test_a_loss_is_told_once_and_callbacks_come_in_one_thread(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        restart(tws, client)
        app.wait("nextValidId", count=2)
        names = [
            name
            for name, values in app.calls
            if name in ("connectAck", "connectionClosed", "nextValidId", "managedAccounts")
            or (name == "error" and values[2] == 507)
        ]
    up = ["connectAck", "managedAccounts", "nextValidId"]
    assert sorted(names[:3]) == sorted(up)
    assert names[3:5] == ["error", "connectionClosed"]
    assert sorted(names[5:]) == sorted(up)
    last = app.threads.pop("connectionClosed")  # at the end by stop(), in this thread
    assert len({ident for idents in app.threads.values() for ident in idents}) == 1
    assert last >= next(iter(app.threads.values()))


def test_every_refused_try_is_one_502(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        tws.do("restart", seconds=0.3)
        app.wait("connectionClosed")
        assert client.wait_ready(WAIT)
        tries = len([p for p in phases(app) if p is Phase.CONNECTING])
        refused = [code for _, code in app.errors() if code == 502]
        assert len(refused) == tries - 2 > 0


# --- 3: a TWS that hangs ---

SERVER = """
import sys
from ibapi_port.simulator import SimulatedTws
with SimulatedTws(tick_interval=3600) as tws:
    print(tws.port, flush=True)
    sys.stdin.read()
    print(len(tws.do("state")["orders"]), flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows has no SIGSTOP")
def test_03_a_stopped_tws_is_noticed_and_no_order_is_sent_into_it() -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline())
        app = App()
        policy = quick(silence=0.6, answer_timeout=0.4, probe_after=0.2, probe_timeout=0.1)
        client = SupervisedClient(app, HOST, port, 1, policy)
        client.start()
        assert client.wait_ready(WAIT)
        server.send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        time.sleep(0.25)  # the last byte was longer ago than `probe_after`
        client.placeOrder(1, stock(), limit_order())
        assert (1, 504) in app.errors()
        app.wait("connectionState", lambda old, new, why: new is Phase.SUSPECT)
        assert time.monotonic() - stopped < 2 * slowness()
        app.wait("connectionClosed")
        assert [code for _, code in app.errors()].count(507) == 1
        server.send_signal(signal.SIGCONT)
        assert client.wait_ready(WAIT)
        assert client.stop(WAIT)
        output, _ = server.communicate("", timeout=WAIT)
        assert output.strip() == "0"  # no bytes of the order arrived
    finally:
        server.send_signal(signal.SIGCONT)
        server.kill()
        server.communicate()


def test_an_order_waits_for_an_answer_and_passes(tws: SimulatedTws) -> None:
    with running(tws, quick(probe_after=0.0)) as (app, client):
        client.placeOrder(1, stock(), limit_order())
        app.wait("orderStatus")
        assert not app.errors()
        assert not app.all("currentTime")  # the answer was the supervisor's


# --- 4: half a handshake ---


def half(peer: Peer) -> None:
    peer.greet()
    peer.send(answer_to_hello(187)[:-4])


def drips(peer: Peer) -> None:
    peer.greet()
    answer = answer_to_hello(187)
    for byte in answer[:-1]:
        try:
            peer.send(bytes([byte]))
        except OSError:
            return
        time.sleep(0.1)


def no_id(peer: Peer) -> None:
    accepts(187)(peer)


@pytest.mark.parametrize("play", [silent, half, drips, no_id])
def test_04_a_handshake_that_does_not_end_is_ended(play: Callable[[Peer], None]) -> None:
    policy = quick(connect_timeout=0.2, sync_timeout=0.2)
    with ScriptedTws(play, play, play) as server:
        app = App()
        client = SupervisedClient(app, HOST, server.port, 1, policy)
        client.start()
        app.wait("connectionState", lambda old, new, why: new is Phase.CONNECTING, count=3)
        assert Phase.READY not in phases(app)
        assert client.stop(WAIT)


# --- 5: the client id is in use ---


class Other:
    """Another program, which has an id."""

    def __init__(self, tws: SimulatedTws, client_id: int) -> None:
        self.app = App()
        self.client = EClient(self.app)
        self.client.connect(tws.host, tws.port, client_id)
        self.thread = threading.Thread(target=self.client.run)
        self.thread.start()
        self.app.wait("nextValidId")

    def close(self) -> None:
        self.client.disconnect()
        self.thread.join(WAIT)


def test_05_an_id_in_use_is_waited_for(tws: SimulatedTws) -> None:
    other = Other(tws, 1)
    app = App()
    client = SupervisedClient(app, tws.host, tws.port, 1, QUICK)
    client.start()
    app.wait("error", lambda *v: v[2] == 326, count=3)
    other.close()
    assert client.wait_ready(WAIT)
    assert client.health()["lease"]["client_id"] == 1
    assert client.stop(WAIT)
    assert client.health()["lease"]["client_id"] is None


def test_05_an_id_of_the_pool_is_taken_until_the_next_loss(tws: SimulatedTws) -> None:
    tws.do("record")
    other = Other(tws, 1)
    app = App()
    client = SupervisedClient(app, tws.host, tws.port, 1, quick(pool=(7, 8)))
    client.start()
    assert client.wait_ready(WAIT)
    assert client.health()["lease"] == {"client_id": 7, "home": 1, "ids": [1, 7, 8]}
    other.close()
    restart(tws, client)
    assert client.health()["lease"]["client_id"] == 1
    app.wait("ordersReconciled")
    assert client.stop(WAIT)
    asked = [each["request"] for each in tws.do("requests")]
    assert asked.count("reqAllOpenOrders") == 1  # orders may belong to id 7
    assert "reqOpenOrders" not in asked


# --- 7: notices ---


def test_07_farms_come_and_go_without_a_reconnect(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        for _ in range(20):
            for state in ("broken", "connecting", "inactive", "ok"):
                tws.do("farm", name="usfarm", state=state)
            tws.do("farm", name="ushmds", state="broken")
        for _ in range(200):
            tws.do("notice", code=1100, text="Connectivity has been lost.")
        app.wait("error", lambda *v: v[2] == 1100, count=200)
        assert client.state is Phase.UPSTREAM_LOST
        health = client.health()
        assert health["connections"] == 1
        assert health["farms"] == {"usfarm": "ok", "ushmds": "broken", "secdefil": "ok"}
        assert phases(app).count(Phase.UPSTREAM_LOST) == 1
        client.placeOrder(5, stock(), limit_order())
        assert (5, 504) in app.errors()


# --- 13: reset windows ---


class At(Clock):
    """A clock that says that it is another time of the day."""

    def __init__(self, wall: float) -> None:
        self._shift = wall - time.time()

    def time(self) -> float:
        return time.time() + self._shift


@pytest.mark.parametrize(("wall", "kinds"), [(NIGHT, []), (NOON, ["connection_down"])])
def test_13_an_outage_is_told_outside_of_a_reset_window(
    tws: SimulatedTws, wall: float, kinds: list[str]
) -> None:
    told: list[str] = []
    with running(tws, quick(alarm_after=0.1), clock=At(wall)) as (app, client):
        with Alerts([lambda alert: told.append(alert.kind)]) as alerts:
            client.watch(alerts)
            tws.do("restart", seconds=0.4)
            app.wait("connectionClosed")
            assert client.wait_ready(WAIT)
            until(lambda: client.health()["connections"] == 2)
            assert alerts.flush(WAIT)
            until(lambda: len(told) >= 2 * len(kinds))
        assert told == [*kinds, *(f"{kind}_over" for kind in kinds)]


# --- 14: programs with a loop of their own ---


def old_style(base: type, app: App, tws: SimulatedTws, **options: Any) -> Any:
    """A program that connects anew in connectionClosed, as many do."""
    client = base(app, **options)

    def closed() -> None:
        if len(app.all("connectionClosed")) >= 4:
            return
        for _ in range(1000):
            if client.isConnected():
                break
            client.connect(tws.host, tws.port, 1)
            time.sleep(0.01)

    app.on["connectionClosed"] = closed
    app.on["nextValidId"] = lambda order_id: client.reqMktData(1, stock(), "", False, False, [])
    client.connect(tws.host, tws.port, 1)
    return client


def story(app: App) -> list[Any]:
    """What a program was told, but for what the supervisor may do more often or more quietly."""
    told = []
    for name, values in app.calls:
        if name == "error" and values[2] not in (502, 501):
            told.append((name, values[0], values[2]))
        elif name in ("connectAck", "connectionClosed", "nextValidId", "managedAccounts"):
            told.append((name, *values))
        elif name == "tickPrice":
            told.append((name, *values[:2]))
    return told


def test_14_a_loop_of_the_programs_own_does_not_fight(tws: SimulatedTws) -> None:
    stories = []
    for base in (EClient, SupervisedClient):
        tws.do("record")
        since = len(tws.do("requests"))
        app = App()
        options = {"policy": QUICK} if base is SupervisedClient else {}
        client = old_style(base, app, tws, **options)
        thread = threading.Thread(target=client.run)
        thread.start()
        for number in (1, 2, 3):
            app.wait("tickPrice", lambda *v: v[1] == 9, count=number)  # the last of the snapshot
            tws.do("restart", seconds=0)
        app.wait("tickPrice", lambda *v: v[1] == 9, count=4)
        client.disconnect()
        thread.join(WAIT)
        assert not thread.is_alive()
        stories.append(story(app))
        asked = [each["request"] for each in tws.do("requests")[since:]]
        assert asked.count("reqMktData") == 4  # never asked for twice on one connection
        assert asked.count("cancelMktData") == 0
    assert stories[0] == stories[1]


def test_14_disconnect_where_a_loss_is_told_is_ignored_and_elsewhere_it_ends(
    tws: SimulatedTws,
) -> None:
    app = App()
    client = SupervisedClient(app, policy=QUICK)
    app.on["connectionClosed"] = client.disconnect
    app.on["error"] = lambda *v: client.disconnect() if v[2] in (507, 502) else None
    client.connect(tws.host, tws.port, 1)
    thread = threading.Thread(target=client.run)
    thread.start()
    assert client.wait_ready(WAIT)
    tws.do("restart", seconds=0.1)
    app.wait("nextValidId", count=2)
    client.disconnect()
    thread.join(WAIT)
    assert not thread.is_alive()
    assert client.state is Phase.STOPPED


def test_a_program_that_sends_startapi_itself(tws: SimulatedTws) -> None:
    app = App()
    client = SupervisedClient(app, tws.host, tws.port, 1, QUICK)
    client.AsyncEConnect = True
    app.on["connectAck"] = client.startApi
    client.start()
    assert client.wait_ready(WAIT)
    restart(tws, client)
    assert client.stop(WAIT)
    assert len(app.all("connectAck")) == len(app.all("connectionClosed"))


def test_connect_where_nothing_listens_tells_502_and_comes_later() -> None:
    with SimulatedTws(tick_interval=3600) as tws:
        port = tws.port
    app = App()
    client = SupervisedClient(app, policy=QUICK)
    client.connect(HOST, port, 1)
    assert app.errors() == [(-1, 502)]
    assert not client.isConnected()
    with SimulatedTws(port=port, tick_interval=3600):
        thread = threading.Thread(target=client.run)
        thread.start()
        assert client.wait_ready(WAIT)
        client.disconnect()
        thread.join(WAIT)
        assert not thread.is_alive()


def test_run_without_a_connection_returns_and_a_client_may_begin_anew(tws: SimulatedTws) -> None:
    app = App()
    client = SupervisedClient(app, tws.host, tws.port, 1, QUICK)
    client.run()
    assert not app.calls
    for number in (1, 2):
        client.start()
        client.start()  # no second one
        assert client.wait_ready(WAIT)
        assert client.stop(WAIT)
        assert len(app.all("connectAck")) == number
    assert client.state is Phase.STOPPED


# --- 15: callbacks that do as they like ---


def test_15_a_callback_that_raises_or_blocks_harms_nothing(tws: SimulatedTws) -> None:
    let_go = threading.Event()
    with running(tws, quick(silence=0.1, answer_timeout=0.2)) as (app, client):

        def fails(*_: Any) -> None:
            raise RuntimeError("a callback of the program's")

        app.on["tickPrice"] = fails
        app.on["currentTime"] = lambda *_: (let_go.wait(WAIT), None)[1]
        client.reqMktData(1, stock(), "", False, False, [])
        app.wait("tickPrice")
        client.reqCurrentTime()
        app.wait("currentTime")
        time.sleep(0.7)  # more than silence and answer_timeout: the reader hears all the same
        assert client.health()["connections"] == 1
        assert client.state is Phase.READY
        let_go.set()
        restart(tws, client)


def test_15_stop_and_orders_from_inside_of_callbacks(tws: SimulatedTws) -> None:
    app = App()
    client = SupervisedClient(app, tws.host, tws.port, 1, QUICK)
    app.on["nextValidId"] = lambda order_id: client.placeOrder(order_id, stock(), limit_order())
    app.on["orderStatus"] = lambda *_: (client.stop(1), None)[1]
    client.start()
    until(lambda: client.state is Phase.STOPPED)
    until(lambda: not [t for t in threading.enumerate() if "ibapi_port" in t.name])
    assert app.all("orderStatus")
    assert not app.errors()


# --- 16: stop ---


@pytest.mark.parametrize("phase", ["waiting", "connecting", "syncing", "ready", "upstream", "hung"])
def test_16_stop_ends_all_within_its_time(tws: SimulatedTws, phase: str) -> None:
    policy = Policy(connect_timeout=30, pause=30.0, spread=0.0)
    if phase in ("connecting", "syncing"):
        with ScriptedTws(silent if phase == "connecting" else no_id) as server:
            client = SupervisedClient(App(), HOST, server.port, 1, policy)
            client.start()
            until(lambda: client.state.value == phase, phase)
            assert client.stop(2)
            return
    client = SupervisedClient(App(), tws.host, tws.port, 1, policy)
    client.start()
    assert client.wait_ready(WAIT)
    if phase == "waiting":
        tws.do("restart", seconds=60)
        until(lambda: client.state is Phase.WAITING, phase)
    elif phase == "upstream":
        tws.do("connectivity", up=False)
        until(lambda: client.state is Phase.UPSTREAM_LOST, phase)
    elif phase == "hung":
        tws.do("fault", kind="stall")
    began = time.monotonic()
    assert client.stop(2)
    assert time.monotonic() - began < 2.5 * slowness()
    assert client.state is Phase.STOPPED
    assert client.stop(1)  # again


EXIT = """
import sys
from ibapi_port.supervised import SupervisedClient
from ibapi_port.wrapper import EWrapper
client = SupervisedClient(EWrapper(), "127.0.0.1", int(sys.argv[1]), 1)
client.start()
assert client.wait_ready(10)
"""


def test_16_a_process_that_ends_without_stop_is_not_held_up(tws: SimulatedTws) -> None:
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", EXIT, str(tws.port)], timeout=30, capture_output=True
    )
    assert made.returncode == 0, made.stderr


# --- 17: another port ---


def test_17_tws_moves_to_another_port(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        port = tws.do("move_port")
        app.wait("nextValidId", count=2)
        assert client.wait_ready(WAIT)
        assert client.health()["port"] == port
        assert not [code for _, code in app.errors() if code == 502]


# --- what fails for good ---


def test_a_tws_without_a_common_version_is_given_up() -> None:
    with ScriptedTws(accepts(38)) as server:
        app = App()
        client = SupervisedClient(app, HOST, server.port, 1, QUICK)
        client.start()
        until(lambda: client.state is Phase.FAILED)
        assert not client.wait_ready(1)
        app.wait("error")
        until(lambda: not [t for t in threading.enumerate() if "ibapi_port" in t.name])


def test_a_supervisor_that_fails_says_so(
    tws: SimulatedTws, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tws) as (app, client):
        client._supervision._perform = lambda action: 1 / 0  # type: ignore[method-assign]
        tws.do("connectivity", up=False)
        tws.do("connectivity", up=True)
        app.wait("connectionState", lambda old, new, why: new is Phase.FAILED)
        assert "ZeroDivisionError" in client.health()["why"]
        app.wait("connectionClosed")
    assert "the supervisor failed" in caplog.text


def test_policies_come_from_data_and_bad_ones_name_the_setting() -> None:
    made = Policy.from_data({"pool": [3, 4], "windows": [
        {"label": "w", "zone": "UTC", "days": "mon", "from": "10:00", "to": "11:00"}]})  # fmt: skip
    assert made.pool == (3, 4)
    assert made.windows[0].label == "w"
    for changes in (
        {"pause": 0}, {"rate": -1}, {"silence": "x"}, {"pool": (-1,)}, {"id_in_use": "no"},
        {"windows": ("x",)}, {"id_pauses": ()}, {"max_attempts": 0},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=next(iter(changes))):
            replace(made, **changes)
    with pytest.raises(ValueError, match="spede"):
        Policy.from_data({"spede": 1})


def test_an_idle_client_takes_no_processor_time(tws: SimulatedTws) -> None:
    with running(tws, Policy()):
        time.sleep(0.1)
        before = time.process_time()
        time.sleep(0.5)
        assert time.process_time() - before < 0.1

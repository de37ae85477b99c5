"""R39, R41, R44 - R46, R49: the connection and the process around it."""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ..bench import SOON, Bench, case, descriptors, memory, price
from ..hostile import WAIT, raw, silent
from .callbacks import run_here
from .requests import ended, in_threads
from .values import limit_order

TESTS = Path(__file__).parents[2]


@case
def r39_disconnect_by_many(bench: Bench) -> None:
    for _ in range(bench.size(5, 50)):
        app, _peer = bench.link()
        together, raised = threading.Barrier(8), []

        def leave(
            _: int, app: Any = app, together: Any = together, raised: list[Any] = raised
        ) -> None:
            together.wait(WAIT)
            try:
                app.disconnect()
            except Exception as e:
                raised.append(e)

        ended(in_threads(leave, 8), "disconnect() does not return")
        app.join()
        app.disconnect()
        assert not raised, f"disconnect() raised {raised[0]!r}"
        assert app.counts["connectionClosed"] == 1, (
            f"connectionClosed {app.counts['connectionClosed']} times"
        )
        assert not app.isConnected()
    app, tws = bench.program(), bench.tws(silent)
    connecting = threading.Thread(target=bench.dial, args=(app, tws), daemon=True)
    connecting.start()
    tws.peer()
    app.disconnect()
    connecting.join(SOON + 1)
    assert not connecting.is_alive(), "connect() goes on after disconnect()"
    assert not app.isConnected()
    assert "connectAck" not in app.names()


@case
def r41_reconnect(bench: Bench) -> None:
    """The same object and new ones: nothing is left when disconnect() returns, and nothing old
    comes in a new session.
    """
    tws = bench.tws()
    rounds = bench.size(60, 1000)
    app = bench.program()
    threads, sockets = set(threading.enumerate()), descriptors()
    held, took = 0, 0.0
    for n in range(rounds):
        if n % 3 == 2:
            bench._apps.remove(app)
            app = bench.program()
        if n == rounds // 3:
            gc.collect()
            held = memory()
        app.forget()
        began = time.perf_counter()
        bench.dial(app, tws)
        took += time.perf_counter() - began
        app.start()
        peer = tws.peer()
        peer.send(price(n))
        assert app.wait_for("tickPrice")[0] == n, "a frame of an old session"
        peer.send(b"".join(price(-1) for _ in range(5)))  # some are under way as it ends
        began = time.perf_counter()
        app.disconnect()
        took += time.perf_counter() - began
        app.join()
        left = {thread for thread in set(threading.enumerate()) - threads if thread.is_alive()}
        assert not left, f"{len(left)} threads are left after disconnect() of round {n}"
        peer.sock.close()
        assert not descriptors() - sockets, f"sockets are left after disconnect() of round {n}"
    gc.collect()
    assert memory() - held < 3 << 20, (
        f"memory grows: {(memory() - held) >> 10} KB in {rounds} rounds"
    )
    # 3 ms on a machine that does nothing else, where the limit is 20 ms
    assert took / rounds < SOON / 100, f"{took / rounds * 1e3:.1f} ms each"


@case
def r44_clock_jumps(bench: Bench) -> None:
    real, jump = time.time, [0.0]
    time.time = lambda: real() + jump[0]
    try:
        app, peer = bench.link()
        for hours in (1, -2, 24, -48):
            jump[0] += 3600.0 * hours
            peer.send(price(hours))
            bench.settle(app, peer, SOON)
        assert app.counts["tickPrice"] == 4
        assert not app.errors()
        if bench.takes_timeout():  # else there is no deadline that could be missed: R26
            other, tws = bench.program(), bench.tws(silent)
            threading.Timer(0.05, lambda: jump.__setitem__(0, 3600.0)).start()
            took = bench.dial_in_thread(other, tws, timeout=0.3)
            assert 0.29 <= took < 0.4 + SOON, f"the deadline of 0.3 s came after {took:.2f} s"
    finally:
        time.time = real


@case
def r45_fork(bench: Bench) -> None:
    app, peer = bench.link()
    bench.settle(app, peer)
    app.forget()
    contract, order = limit_order(bench)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        result: dict[str, Any] = {}
        try:
            app.placeOrder(42, contract, order)
            app.reqCurrentTime()
            result = {"errors": app.errors(), "connected": bool(app.isConnected())}
        except BaseException as e:
            result = {"raised": repr(e)}
        os.write(writing, json.dumps(result).encode())
        os._exit(0)
    try:
        assert select.select([reading], [], [], WAIT)[0], "the child hangs"
        told = json.loads(os.read(reading, 1 << 16))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)
    app.cancelMktData(77)
    fields = peer.fields()
    assert fields[0] == "2", f"the child's request reached TWS: {fields[:3]}"
    assert not told.get("raised"), f"the child raised {told['raised']}"
    assert not told["connected"], "the child believes to be connected"
    assert [e[:2] for e in told["errors"]] == [[42, 504], [-1, 504]], (
        f"in the child: {told['errors']}"
    )
    peer.send(price(1))
    bench.settle(app, peer)


@case
def r46_signals_and_pauses(bench: Bench) -> None:
    app, tws = bench.program(), bench.tws()
    bench.dial(app, tws)
    peer = tws.peer()
    peer.frame()
    count = bench.size(5000, 100_000)
    signals = []
    signal.signal(signal.SIGALRM, lambda *_: signals.append(1))
    app.on["tickSize"] = lambda reqId, *_: gc.collect() if reqId % 500 == 0 else None

    def play() -> None:
        for n in range(0, count, 100):
            peer.send(b"".join(price(i) for i in range(n, n + 100)))
            app.cancelMktData(n)
        pause = f"kill -STOP {os.getpid()}; sleep 0.3; kill -CONT {os.getpid()}"
        subprocess.run(["/bin/sh", "-c", pause], check=True)
        for n in range(0, count, 100):
            assert peer.fields()[2] == str(n)
        peer.send(raw(49, 1, 1))
        app.wait_for("currentTime")
        app.disconnect()

    playing = threading.Thread(target=play, daemon=True)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        playing.start()
        app.run()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    ended([playing], "the session does not end")
    assert len(signals) > 20, "no signals came"
    ids = [args[0] for name, args in app.log if name == "tickPrice"]
    assert ids == list(range(count)), f"{len(ids)} of {count} frames"
    assert not app.errors()
    assert app.counts["connectionClosed"] == 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    run_here(bench, lambda *_: os.kill(os.getpid(), signal.SIGTERM), SystemExit, "SIGTERM")


LEAVES = """
import sys, time
sys.path.insert(0, {tests!r})
sys.path.insert(0, {root!r})
from importlib import import_module
EClient, EWrapper = import_module("{package}.client").EClient, import_module("{package}.wrapper").EWrapper
class App(EWrapper, EClient):
    def __init__(self):
        EClient.__init__(self, self)
app = App()
app.connect("127.0.0.1", {port}, 7)
if {delete}:
    del app
    import gc; gc.collect(); gc.collect()
print("connected", flush=True)
"""


@case
def r49_exit_while_connected(bench: Bench) -> None:
    for delete in (False, True):
        tws = bench.tws()
        code = LEAVES.format(
            package=bench.package,
            port=tws.port,
            delete=delete,
            tests=str(TESTS),
            root=str(TESTS.parent),
        )
        process = subprocess.Popen(
            [sys.executable, "-W", "always::ResourceWarning", "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "connected\n"
            _, err = process.communicate(timeout=SOON)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                "the process does not end: the connection keeps it alive"
            ) from None
        finally:
            process.kill()
            process.communicate()
        assert process.returncode == 0, f"status {process.returncode}: {err[-200:]}"
        assert "ResourceWarning" in err, "no ResourceWarning"
        assert str(tws.port) in err, f"the warning does not name the connection: {err[-200:]!r}"

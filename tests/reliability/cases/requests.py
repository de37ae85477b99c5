"""R32 - R34, R40, R48: requests from many threads, to a TWS that reads slowly, from within
callbacks, of objects that change.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ..bench import Bench, case, error_of
from ..hostile import HOST, WAIT, raw
from .values import limit_order


def in_threads(work: Callable[[int], None], count: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    return threads


def ended(threads: list[threading.Thread], what: str) -> None:
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive(), what


@case
def r32_slow_reader(bench: Bench) -> None:
    """16 MB of requests from four threads, while TWS does not read; then it does, slowly."""
    app, peer = bench.link(receive_buffer=4096)
    contract, _ = limit_order(bench)
    ticks = "1" * (1 << 20)
    raised: list[BaseException] = []

    def ask(thread: int) -> None:
        try:
            for n in range(4):
                app.reqMktData(100 * thread + n, contract, ticks, False, False, [])
        except Exception as e:
            raised.append(e)

    threads = in_threads(ask, 4)
    time.sleep(0.2)  # the buffers are full by then
    ids: list[int] = []
    while len(ids) < 16:
        fields = peer.frame(size=1 << 16).decode().split("\0")
        assert fields[0] == "1", f"the stream is torn: a frame begins with {fields[0][:20]!r}"
        assert ticks in fields, "a request is torn"
        ids.append(int(fields[2]))
    ended(threads, "a request does not return")
    assert not raised, f"a request raised {raised[0]!r}"
    for thread in range(4):
        assert [n for n in ids if n // 100 == thread] == [100 * thread + n for n in range(4)], (
            "a thread's requests are not in order"
        )
    assert not app.errors()


@case
def r33_many_threads(bench: Bench) -> None:
    for threads, each, size in ((16, bench.size(300, 1000), 1 << 20), (8, bench.size(40, 400), 1)):
        app, peer = bench.link(receive_buffer=1 if size == 1 else 0)

        def ask(thread: int, app: Any = app, each: int = each) -> None:
            for n in range(each):
                app.cancelMktData(10_000 * thread + n)

        working = in_threads(ask, threads)
        ids = []
        for _ in range(threads * each):
            fields = peer.frame(size).decode().split("\0")
            assert fields[0] == "2", f"the stream is torn: {fields}"
            ids.append(int(fields[2]))
        ended(working, "a request does not return")
        for thread in range(threads):
            of_thread = [n % 10_000 for n in ids if n // 10_000 == thread]
            assert of_thread == list(range(each)), "a thread's requests are not in order"


@case
def r34_requests_within_callbacks(bench: Bench) -> None:
    app, peer = bench.link()

    def ask(*_: Any) -> None:
        for n in range(1000):
            app.cancelMktData(n)

    for name, data in (
        ("tickPrice", raw(1, 6, 1, 1, "1.5", 100, 0)),
        ("error", error_of(app, 1, 321)),
    ):
        app.on = {name: ask}
        peer.send(data)
        for n in range(1000):
            assert peer.fields()[2] == str(n)
    bench.settle(app, peer)


@case
def r40_wrong_state(bench: Bench) -> None:
    app, peer = bench.link()
    app.connect(HOST, bench.tws().port, 8)
    assert app.codes() == [501], f"connect() while connected: told {app.heard()}"
    bench.settle(app, peer)
    app.disconnect()
    app.join()
    app.forget()
    contract, order = limit_order(bench)
    app.placeOrder(42, contract, order)
    app.reqMktData(43, contract, "", False, False, [])
    app.reqCurrentTime()
    told = [(request_id, code) for request_id, code, _ in app.errors()]
    assert told == [(42, 504), (43, 504), (-1, 504)], f"requests without a connection: told {told}"


def legs(bench: Bench, count: int) -> list[Any]:
    made = []
    for n in range(count):
        leg = bench.module("contract").ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = n + 1, 1, "BUY", "SMART"
        made.append(leg)
    return made


@case
def r48_objects_that_change_while_sent(bench: Bench) -> None:
    app, peer = bench.link()
    contract, order = limit_order(bench)
    contract.secType = "BAG"
    frames = {}
    for count in range(1, 5):
        contract.comboLegs = legs(bench, count)
        app.placeOrder(1, contract, order)
        frames[count] = peer.fields()
    where = next(
        n for n, (one, two) in enumerate(zip(frames[1], frames[2], strict=False)) if one != two
    )
    lengths = {str(count): len(fields) for count, fields in frames.items()}
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            if len(contract.comboLegs) < 4:
                contract.comboLegs.append(legs(bench, 1)[0])
            else:
                del contract.comboLegs[1:]

    contract.comboLegs = legs(bench, 1)
    changing = threading.Thread(target=change, daemon=True)
    changing.start()
    sent = 0
    try:
        for n in range(bench.size(1000, 5_000)):
            app.placeOrder(n, contract, order)
            if not app.errors():
                sent += 1
            app.forget()
    finally:
        stop.set()
        changing.join(WAIT)
    app.reqCurrentTime()
    seen = 0
    while (fields := peer.fields())[0] != "49":
        seen += 1
        count = fields[where]
        assert lengths.get(count) == len(fields), (
            f"a frame of {len(fields)} fields says {count} legs, which take {lengths.get(count)}"
        )
    assert seen == sent, f"{sent} requests without an error, {seen} frames"
    contract.comboLegs = legs(bench, 100_000)
    receiving = threading.Thread(target=lambda: frames.update({0: peer.fields()}), daemon=True)
    receiving.start()
    app.placeOrder(7, contract, order)
    if not app.errors():
        ended([receiving], "an order of 100,000 legs does not arrive")
        assert frames[0][where] == "100000"
        assert len(frames[0]) == lengths["1"] + 99_999 * (lengths["2"] - lengths["1"])
    else:
        app.reqCurrentTime()
    assert app.isConnected()

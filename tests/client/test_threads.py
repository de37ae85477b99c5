"""Which thread hears what."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .samples import next_id, notice, quote, session
from .scripted import WAIT, App, Link, ScriptedTws, accepts, raw

Links = Callable[..., Link]


def test_what_tws_sends_comes_in_the_thread_of_run(link: Links) -> None:
    one = link()
    one.peer.send(*session(187), raw(9999), raw(1, 6, "x"))
    one.peer.close()
    one.app.join()
    assert len(one.app.log) > 20
    assert one.app.threads() == {"run"}


def test_callbacks_come_one_at_a_time_in_the_order_of_the_frames(link: Links) -> None:
    one = link()
    inside, overlaps = threading.Lock(), []

    def alone(*_: object) -> None:
        if inside.acquire(blocking=False):
            inside.release()
        else:
            overlaps.append(1)

    one.app.on["nextValidId"] = one.app.on["tickPrice"] = alone
    one.peer.send(*(next_id(187, n) + quote(187, n) for n in range(500)))
    told = one.settle()
    assert [t[1] for t in told] == [n for n in range(500) for _ in range(3)]
    assert overlaps == []


def test_an_error_of_a_request_comes_in_its_thread_before_it_returns(link: Links) -> None:
    """Also while the processing thread is busy."""
    one = link()
    go = threading.Event()
    one.app.on["nextValidId"] = lambda *_: go.wait(WAIT)
    one.peer.send(next_id(187))
    one.app.wait_for("nextValidId")
    one.app.forget()
    seen: list[int] = []

    def ask() -> None:
        one.app.reqPnL(5, None, "")  # type: ignore[arg-type]
        seen.append(len(one.app.log))

    for n in range(4):
        thread = threading.Thread(target=ask, name=f"asking {n}")
        thread.start()
        thread.join(WAIT)
        assert not thread.is_alive()
    go.set()
    assert seen == [1, 2, 3, 4]
    assert [heard.thread for heard in one.app.log] == [f"asking {n}" for n in range(4)]
    assert {error[:2] for error in one.app.errors()} == {(5, 321)}


def test_a_request_within_a_callback_has_its_error_within_it(link: Links) -> None:
    one = link()
    order: list[str] = []

    def ask(*_: object) -> None:
        order.append("begin")
        one.app.reqPnL(5, None, "")  # type: ignore[arg-type]
        order.append("end")

    one.app.on["nextValidId"] = ask
    one.app.on["error"] = lambda *_: order.append("error")
    one.peer.send(next_id(187))
    one.settle()
    assert order == ["begin", "error", "end"]
    assert one.app.threads() == {"run"}


def test_connect_ack_comes_in_the_thread_that_connects(
    app: App, serve: Callable[..., ScriptedTws]
) -> None:
    tws = serve(accepts())
    thread = threading.Thread(target=app.dial, args=(tws,), name="connecting")
    thread.start()
    thread.join(WAIT)
    assert app.told() == [("connectAck",)]
    assert app.threads() == {"connecting"}


def test_nothing_comes_without_run(app: App, serve: Callable[..., ScriptedTws]) -> None:
    app.dial(serve(accepts(187, next_id(187) + notice(187, 2104, "OK"))))
    app.signal.waitForSignal()  # both have come; run() looks before it waits
    assert app.msg_queue.qsize() == 2
    assert app.names() == ["connectAck"]
    app.start()
    app.wait_for("error")
    assert app.names() == ["connectAck", "nextValidId", "error"]


def test_the_client_has_one_thread_of_its_own(app: App, serve: Callable[..., ScriptedTws]) -> None:
    tws = serve(accepts())
    before = set(threading.enumerate())
    app.dial(tws)
    (reader,) = set(threading.enumerate()) - before
    assert reader.name == "EReader"
    assert reader.daemon
    app.disconnect()
    assert not reader.is_alive()  # when disconnect() returns


def test_two_threads_may_run(app: App, serve: Callable[..., ScriptedTws]) -> None:
    """Both return at the end; what TWS sends is heard once."""
    tws = serve(accepts())
    app.dial(tws)
    threads = [threading.Thread(target=app.run) for _ in range(2)]
    for thread in threads:
        thread.start()
    peer = tws.peer()
    peer.send(*(next_id(187, n) for n in range(100)))
    app.wait_for("nextValidId", 100)
    peer.close()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()
    assert sorted(t[1] for t in app.told() if t[0] == "nextValidId") == list(range(100))
    assert app.names()[-2:] == ["error", "connectionClosed"]

"""Requests from many threads: every frame whole, each thread's in its order, however slowly TWS
reads.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import pytest

from .scripted import WAIT, App, Link, Peer, ScriptedTws, accepts, fields_of

Links = Callable[..., Link]

THREADS, EACH = 8, 500


def all_at_once(works: list[Callable[[], None]]) -> list[threading.Thread]:
    barrier = threading.Barrier(len(works))

    def begin(work: Callable[[], None]) -> None:
        barrier.wait(WAIT)
        work()

    threads = [threading.Thread(target=begin, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    return threads


def finish(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()


def test_many_threads(link: Links) -> None:
    one = link()

    def work(n: int) -> Callable[[], None]:
        def ask() -> None:
            for i in range(EACH):
                if i % 2:
                    one.app.cancelMktData(n * EACH + i)
                else:
                    one.app.reqPnL(n * EACH + i, "DU" + "1" * (i % 50), "")

        return ask

    threads = all_at_once([work(n) for n in range(THREADS)])
    got = [one.peer.fields() for _ in range(THREADS * EACH)]
    finish(threads)
    ids: list[list[int]] = [[] for _ in range(THREADS)]
    for fields in got:
        number = int(fields[2] if fields[0] == "2" else fields[1])
        i = number % EACH
        assert fields == (
            ["2", "2", str(number)] if i % 2 else ["92", str(number), "DU" + "1" * (i % 50), ""]
        )
        ids[number // EACH].append(i)
    assert ids == [list(range(EACH))] * THREADS
    assert one.sent() == []
    assert one.app.log == []


def test_large_requests_to_a_slow_reader(link: Links) -> None:
    """TWS's buffer is small and it takes little at a time: requests wait, and none is torn."""
    one = link(receive_buffer=32 * 1024)
    xml = {n: f"<{n}>" + "x" * 100_000 for n in range(4)}

    def work(n: int) -> Callable[[], None]:
        def ask() -> None:
            for i in range(50):
                one.app.replaceFA(i, 1, xml[n])

        return ask

    threads = all_at_once([work(n) for n in range(4)])
    got: list[list[int]] = [[] for _ in range(4)]
    for _ in range(200):
        fields = fields_of(one.peer.frame(8192))
        n = int(fields[3][1])
        assert fields[:3] == ["19", "1", "1"]
        assert fields[3] == xml[n]
        got[n].append(int(fields[4]))
    finish(threads)
    assert got == [list(range(50))] * 4
    assert one.sent() == []
    assert one.app.log == []


def test_disconnect_while_requests_wait_for_tws(
    link: Links, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TWS does not read at all: the threads that send are freed, each with an error for its
    request.
    """
    monkeypatch.setattr("ibapi_port._client.transport.DRAIN_DEADLINE", 0.2)
    one = link(receive_buffer=32 * 1024)
    large = "x" * 20_000_000  # more than all buffers on the way
    threads = all_at_once([lambda n=n: one.app.replaceFA(n, 1, large) for n in range(4)])  # type: ignore[misc]
    one.peer.sock.recv(1)  # it has begun, and cannot end
    one.app.disconnect()
    finish(threads)
    # one for each request, and one for what was sent before: it may be stuck as well
    assert sorted(error[0] for error in one.app.errors()) == [-1, 0, 1, 2, 3]
    assert {error[1] for error in one.app.errors()} == {504}
    assert one.app.names().count("connectionClosed") == 1
    assert len(one.app.log) == 6


def test_tws_goes_while_requests_wait(link: Links) -> None:
    one = link(receive_buffer=32 * 1024)
    large = "x" * 20_000_000
    threads = all_at_once([lambda: one.app.replaceFA(9, 1, large)])
    one.peer.sock.recv(1)
    one.peer.reset()
    finish(threads)
    assert one.app.join() is None
    errors = sorted(error[:2] for error in one.app.errors())
    assert errors == [(-1, 507), (9, 504)]
    assert one.app.names().count("connectionClosed") == 1


def test_an_interrupted_request_is_the_end_of_the_connection(
    app: App, serve: Callable[..., ScriptedTws]
) -> None:
    """A part of it may be out: TWS must not take what comes next for the rest of it."""
    tws, xml = serve(accepts(), receive_buffer=32 * 1024), "x" * 20_000_000
    app.dial(tws)
    app.start()
    peer, over = tws.peer(), threading.Event()
    assert peer.fields()[0] == "71"
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        peer.sock.recv(1)  # the client is in the midst of its next request
        for _ in range(3):
            if not over.wait(0.1):
                signal.pthread_kill(main, signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    (interrupting,) = all_at_once([interrupt])
    try:
        with pytest.raises(KeyboardInterrupt):
            app.replaceFA(9, 1, xml)
    finally:
        over.set()
        interrupting.join()
        signal.signal(signal.SIGINT, before)
    app.cancelMktData(3)
    assert app.join() is None
    assert app.names().count("connectionClosed") == 1
    assert sorted(error[:2] for error in app.errors()) == [(-1, 507), (3, 504)]
    assert received_before_reset(peer) < len(xml)


def received_before_reset(peer: Peer) -> int:
    """Read what is there until the reset, which keeps what was on its way from arriving later."""
    received = 0
    while True:
        try:
            data = peer.sock.recv(1 << 20)
        except ConnectionResetError:
            return received
        assert data, "closed in order"
        received += len(data)


def test_a_callback_may_send_while_tws_sends(link: Links) -> None:
    """Both directions full at once: the client goes on reading while it sends."""
    one = link(receive_buffer=32 * 1024)
    xml = "x" * 5_000_000
    one.app.on["nextValidId"] = lambda number: one.app.replaceFA(number, 1, xml)
    data = "y" * 5_000_000

    def talk() -> None:
        one.send("nextValidId", orderId=1)
        one.send("receiveFA", faData=1, cxml=data)

    (talking,) = all_at_once([talk])
    talking.join(WAIT)
    assert not talking.is_alive()
    fields = one.peer.fields()
    assert (fields[3] == xml, fields[4]) == (True, "1")
    assert one.app.wait_for("receiveFA").args == (1, data)

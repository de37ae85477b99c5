"""What programs override or reach into in the official client: loops of their own, sendMsg,
logRequest, the hooks of run().
"""

from __future__ import annotations

import logging
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from ibapi_port import comm
from ibapi_port.client import EClient
from ibapi_port.compat import generation
from ibapi_port.contract import Contract
from ibapi_port.decoder import Decoder
from ibapi_port.protocol.text.codec import RAW_ID_SINCE
from ibapi_port.wrapper import EWrapper

from .samples import next_id, price
from .scripted import HOST, WAIT, App, Link, ScriptedTws, accepts, raw

Serve = Callable[..., ScriptedTws]
PROTOBUF_IDS = 200


class OldLoop(App):
    """run() as programs for 9.7x to 10.30 have it: fields with the id in front."""

    def run(self) -> None:
        try:
            while self.isConnected() or not self.msg_queue.empty():
                try:
                    text = self.msg_queue.get(block=True, timeout=0.2)
                except queue.Empty:
                    self.msgLoopTmo()
                else:
                    assert self.decoder is not None
                    self.decoder.interpret(comm.read_fields(text))
                    self.msgLoopRec()
        finally:
            self.disconnect()


class NewLoop(App):
    """run() as programs for 10.37 and later have it: the id apart, and Protocol Buffers beside
    text.
    """

    def run(self) -> None:
        while self.isConnected() or not self.msg_queue.empty():
            try:
                text = self.msg_queue.get(timeout=0.2)
            except queue.Empty:
                continue
            assert self.decoder is not None
            if (self.serverVersion() or 0) >= RAW_ID_SINCE:
                msg_id, text = int.from_bytes(text[:4], "big"), text[4:]
            else:
                head, _, text = text.partition(b"\0")
                msg_id = int(head)
            if msg_id > PROTOBUF_IDS:
                self.decoder.processProtoBuf(text, msg_id - PROTOBUF_IDS)
            else:
                self.decoder.interpret(comm.read_fields(text), msg_id)


@pytest.mark.parametrize("loop", [OldLoop, NewLoop])
def test_a_loop_of_the_programs_own(serve: Serve, loop: type[App]) -> None:
    app = loop()
    tws = serve(accepts(187, next_id(187, 3)))
    app.dial(tws)
    app.start()
    app.wait_for("nextValidId")
    peer = tws.peer()
    peer.send(*(price(187, n) for n in range(100)))
    peer.close()
    assert app.join() is None
    ticks = [heard.args[0] for heard in app.log if heard.name == "tickPrice"]
    assert ticks == list(range(100))
    assert app.names()[:2] == ["connectAck", "nextValidId"]
    assert app.names()[-2:] == ["error", "connectionClosed"]
    assert not app.isConnected()


@pytest.mark.parametrize("loop", [OldLoop, NewLoop])
def test_such_a_loop_ends_after_disconnect(serve: Serve, loop: type[App]) -> None:
    app = loop()
    app.dial(serve(accepts(187, next_id(187, 3))))
    app.start()
    app.wait_for("nextValidId")
    app.disconnect()
    assert app.join() is None
    assert app.names() == ["connectAck", "nextValidId", "connectionClosed"]


def test_a_loop_at_a_protobuf_version(serve: Serve) -> None:
    pytest.importorskip("google.protobuf", reason="the protobuf extra")
    app = NewLoop()
    tws = serve(accepts(225, next_id(225, 3)))
    app.dial(tws)
    app.start()
    app.wait_for("nextValidId")
    tws.peer().send(price(225, 4), (b"\0\0\0\x08" + (49).to_bytes(4, "big") + b"1\x007\x00"))
    app.wait_for("currentTime")
    app.disconnect()
    assert app.join() is None
    called = [told[:2] for told in app.told() if not told[0].endswith("ProtoBuf")]
    assert called[1:4] == [("nextValidId", 3), ("tickPrice", 4), ("currentTime", 7)]


def test_a_message_that_the_program_puts_into_the_queue(link: Callable[..., Link]) -> None:
    one = link()
    one.app.msg_queue.put(b"9\x001\x0077\x00")
    one.settle()
    assert one.app.wait_for("nextValidId").args == (77,)


@pytest.mark.parametrize("version", [187, 200])
def test_sendMsg_of_the_older_form(serve: Serve, version: int) -> None:
    """Every request comes through it, startApi too, as text with the id in front; what it does not
    send is not sent.
    """
    seen: list[str] = []

    class Throttled(App):
        def sendMsg(self, msg: str) -> None:  # type: ignore[override]
            seen.append(msg)
            if not msg.startswith("2\0"):
                super().sendMsg(msg)

    app = Throttled()
    tws = serve(accepts(version))
    app.dial(tws)
    app.cancelMktData(8)
    app.reqCurrentTime()
    peer = tws.peer()
    assert [peer.fields(), peer.fields()] == [["71", "2", "7", ""], ["49", "1"]]
    assert seen == ["71\x002\x007\0\0", "2\x002\x008\0", "49\x001\0"]
    app.disconnect()


@pytest.mark.parametrize("version", [187, 200])
def test_sendMsg_of_the_newer_form(serve: Serve, version: int) -> None:
    seen: list[tuple[int, str]] = []

    class Noting(App):
        def sendMsg(self, msgId: int, msg: str) -> None:  # type: ignore[override]
            seen.append((msgId, msg))
            super().sendMsg(msgId, msg)

    app = Noting()
    tws = serve(accepts(version))
    app.dial(tws)
    app.reqCurrentTime()
    peer = tws.peer()
    assert [peer.fields(), peer.fields()] == [["71", "2", "7", ""], ["49", "1"]]
    assert seen == [(71, "2\x007\0\0"), (49, "1\0")]
    app.disconnect()


@pytest.mark.parametrize(("generation_", "count"), [("9.81", 1), ("10.30", 1), ("10.46", 2)])
def test_a_sendMsg_that_takes_any_arguments_gets_those_of_its_generation(
    serve: Serve, generation_: str, count: int
) -> None:
    seen: list[int] = []

    class Noting(App):
        def sendMsg(self, *message: Any) -> None:
            seen.append(len(message))
            super().sendMsg(*message)

    generation(generation_)
    try:
        app = Noting()
        app.dial(serve(accepts()))
        app.disconnect()
    finally:
        generation(None)
    assert seen == [count]


def test_requests_are_logged_each_time(
    link: Callable[..., Link], caplog: pytest.LogCaptureFixture
) -> None:
    """However many a second: who asks for these lines wants them all."""
    one = link()
    with caplog.at_level(logging.INFO, "ibapi_port.client"):
        for _ in range(20):
            logging.getLogger("ibapi_port.client").info("REQUEST %s %s", "reqIds", {})
    assert [record.getMessage() for record in caplog.records].count("REQUEST reqIds {}") == 20
    assert one.sent() == []


def test_sendMsgProtoBuf(serve: Serve) -> None:
    pytest.importorskip("google.protobuf", reason="the protobuf extra")
    seen: list[tuple[int, bytes]] = []

    class Noting(App):
        def sendMsgProtoBuf(self, msgId: int, msg: bytes) -> None:
            seen.append((msgId, msg))
            super().sendMsgProtoBuf(msgId, msg)

    app = Noting()
    tws = serve(accepts(225))
    app.dial(tws)
    app.reqMktData(4, Contract(symbol="AAPL"), "", False, False, [])
    peer = tws.peer()
    ids = [int.from_bytes(peer.frame()[:4], "big") for _ in range(2)]
    assert ids == [271, 201]
    assert [msg_id for msg_id, _ in seen] == [271, 201]  # as on the wire
    app.disconnect()


def test_a_sendMsg_put_on_the_object(link: Callable[..., Link]) -> None:
    """As tests of programs do, with a mock."""
    one = link()
    seen: list[Any] = []
    one.app.sendMsg = lambda *message: seen.append(message)  # type: ignore[method-assign]
    one.app.reqPnL(3, "DU1", "")
    del one.app.sendMsg  # type: ignore[method-assign]
    assert [fields[0] for fields in one.sent()] == []
    assert len(seen) == 1


def test_a_message_that_the_program_makes_itself(link: Callable[..., Link]) -> None:
    one = link()
    one.app.sendMsg("2\x002\x009\0")
    one.app.sendMsg(2, "2\x0010\0")
    assert one.app.conn is not None
    with one.app.conn.lock:
        one.app.conn.sendMsg(comm.make_msg(2, False, "2\x0011\0"))
    assert one.sent() == [["2", "2", "9"], ["2", "2", "10"], ["2", "2", "11"]]


def test_sendMsg_when_not_connected(app: App) -> None:
    app.sendMsg(2, "2\x0010\0")
    assert [error[:2] for error in app.errors()] == [(-1, 504)]


def test_an_exception_of_sendMsg_is_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(App):
        def sendMsg(self, msgId: int, msg: str) -> None:  # type: ignore[override]
            if msgId == 2:
                raise ZeroDivisionError
            super().sendMsg(msgId, msg)

    app = Failing()
    app.dial(serve(accepts()))
    app.cancelMktData(3)
    assert app.isConnected()
    assert "ZeroDivisionError" in caplog.text
    app.disconnect()


def test_logRequest(link: Callable[..., Link]) -> None:
    """It gets the request's name and its arguments by name, whether the request can be sent or not."""
    seen: list[tuple[str, dict[str, Any]]] = []

    class Noting(App):
        def logRequest(self, fnName: str, fnParams: dict[str, Any]) -> None:
            seen.append((fnName, fnParams))

    app = Noting()
    app.reqPnL(3, "DU1", "")
    assert [error[:2] for error in app.errors()] == [(3, 504)]
    app.forget()
    one = link(app=app)
    app.cancelMktData(4)
    assert [name for name, _ in seen] == ["reqPnL", "startApi", "cancelMktData"]
    assert seen[0][1] == {"self": app, "reqId": 3, "account": "DU1", "modelCode": ""}
    assert one.sent() == [["2", "2", "4"]]


def test_logRequest_by_default_is_for_debugging(app: App, caplog: pytest.LogCaptureFixture) -> None:
    """It shows what is asked for: account numbers are not for a log at INFO."""
    with caplog.at_level(logging.INFO):
        app.reqPnL(3, "DU1234567", "")
    assert "DU1234567" not in caplog.text


class Interrupted(App):
    """Goes on after an interrupt: it cancels its orders, and leaves when that is confirmed."""

    def keyboardInterrupt(self) -> None:
        self.interrupts = getattr(self, "interrupts", 0) + 1
        self.reqCurrentTime()


def test_a_program_that_overrides_keyboardInterrupt_goes_on(serve: Serve) -> None:
    app = Interrupted()
    tws = serve(accepts(187, next_id(187, 1)))
    app.dial(tws)
    main = threading.main_thread().ident
    assert main is not None

    def play() -> None:
        peer = tws.peer()
        peer.fields()
        app.wait_for("nextValidId")
        signal.pthread_kill(main, signal.SIGINT)
        assert peer.fields() == ["49", "1"]  # asked in keyboardInterrupt
        peer.send(raw(49, 1, 5))

    app.on["currentTime"] = lambda *_: app.disconnect()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    player = threading.Thread(target=play)
    player.start()
    try:
        app.run()
    finally:
        player.join(WAIT)
        signal.signal(signal.SIGINT, before)
    assert not player.is_alive()
    assert app.interrupts == 1
    assert app.names() == ["connectAck", "nextValidId", "currentTime", "connectionClosed"]


def test_a_message_that_the_programs_handler_interrupts_before_it_is_told_comes_again() -> None:
    """As with Python's own handler of SIGINT, which leaves no trace of itself."""
    told: list[int] = []

    class Noting(EWrapper):
        def currentTime(self, time: int) -> None:
            told.append(time)

    decoder = Decoder(Noting(), 187)
    payload = raw(49, 1, 5)[4:]
    decoder.process(payload)  # compiled by now

    def handler(frame: Any, *_: Any) -> None:  # of a signal, which comes just before the callback
        if frame.f_code.co_filename.startswith("<ibapi_port decode"):
            raise KeyboardInterrupt

    queue: deque[Any] = deque([payload])
    before = signal.signal(signal.SIGINT, handler)
    tracing = sys.gettrace()
    sys.settrace(handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            decoder.process_resumably(queue)
    finally:
        sys.settrace(tracing)
        signal.signal(signal.SIGINT, before)
    decoder.process_resumably(queue)
    assert told == [5, 5]


def test_the_sixth_interrupt_ends_the_program(app: App, serve: Serve) -> None:
    class Stubborn(App):
        def keyboardInterrupt(self) -> None:
            pass

    stubborn = Stubborn()
    tws = serve(accepts(187, b"".join(next_id(187, n) for n in range(10))))
    stubborn.dial(tws)

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    stubborn.on["nextValidId"] = interrupt
    with pytest.raises(SystemExit):
        stubborn.run()
    assert stubborn.counts["nextValidId"] == 6
    assert stubborn.names()[-1] == "connectionClosed"


@pytest.mark.parametrize("hook", ["msgLoopRec", "msgLoopTmo"])
def test_a_hook_that_raises_does_not_end_run(
    serve: Serve, hook: str, caplog: pytest.LogCaptureFixture
) -> None:
    raised = threading.Event()

    def failing(self: App) -> None:
        raised.set()
        raise ZeroDivisionError

    app = type("Failing", (App,), {hook: failing})()
    tws = serve(accepts(187, next_id(187, 1)))
    app.dial(tws)
    app.start()
    assert raised.wait(WAIT)
    tws.peer().send(next_id(187, 2))
    app.wait_for("nextValidId", 2)
    app.disconnect()
    assert app.join() is None
    assert "ZeroDivisionError" in caplog.text


def test_the_queue_is_like_queue_Queue() -> None:
    made = EClient(App()).msg_queue
    made.put(b"1")
    made.put_nowait(b"2")
    assert (made.qsize(), made.empty(), made.full()) == (2, False, False)
    assert made.get_nowait() == b"1"
    assert made.get(block=True, timeout=0.1) == b"2"
    with pytest.raises(queue.Empty):
        made.get_nowait()
    with pytest.raises(queue.Empty):
        made.get(timeout=0.01)


def test_host_and_ids_are_there_in_connectionClosed(serve: Serve) -> None:
    app = App()
    tws = serve(accepts())
    seen: list[Any] = []
    app.on["connectionClosed"] = lambda: seen.append(
        (app.host, app.port, app.clientId, app.serverVersion(), app.isConnected())
    )
    app.dial(tws)
    app.disconnect()
    assert seen == [(HOST, tws.port, 7, 187, False)]
    assert (app.host, app.port, app.clientId, app.serverVersion()) == (None, None, None, None)

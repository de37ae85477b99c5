"""A program that is slower than TWS: what is not processed yet, its limits, and what is said of it."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable

import pytest
from machine import slowness

from ibapi_port._client.frame_queue import BACKLOG, MessageQueue

from .samples import price
from .scripted import WAIT, App, Link, ScriptedTws, accepts, raw

Links = Callable[..., Link]
COUNT = 30_000


class Slow:
    """A program whose tickPrice stands still until told."""

    def __init__(self, serve: Callable[..., ScriptedTws], **options: int) -> None:
        self.app, self.go, self.seen = App(), threading.Event(), 0
        for name, value in options.items():
            setattr(self.app, name, value)
        tws = serve(accepts())
        self.app.on["nextValidId"] = lambda *_: self.go.wait(WAIT)
        self.app.dial(tws)
        self.app.start()
        self.peer = tws.peer()
        self.peer.send(raw(9, 1, 5))
        self.app.wait_for("nextValidId")
        self.sending = threading.Thread(target=self._send, daemon=True)
        self.sending.start()

    def _send(self) -> None:
        with contextlib.suppress(OSError):  # the client may leave
            for start in range(0, COUNT, 100):
                self.peer.send(*(raw(46, 6, n, 45, "x" * 1000) for n in range(start, start + 100)))

    def depth(self) -> int:
        """Of the queue, when it does not change any more."""
        before, now = -1, 0
        while now != before:
            before = self.app.msg_queue.qsize()
            time.sleep(0.1)  # nothing tells that nothing happens
            now = self.app.msg_queue.qsize()
        return now

    def finish(self) -> None:
        self.go.set()
        self.app.wait_for("tickString", COUNT)
        self.sending.join(WAIT)
        assert not self.sending.is_alive()
        assert [heard.args[0] for heard in self.app.log if heard.name == "tickString"] == list(
            range(COUNT)
        )
        self.app.disconnect()
        self.app.join()


def test_frames(serve: Callable[..., ScriptedTws]) -> None:
    """The reader stops, so does TWS; then everything comes."""
    slow = Slow(serve, queueFrames=500)
    assert 500 <= slow.depth() < 1000
    assert slow.sending.is_alive(), "TWS was not slowed down"
    slow.finish()


def test_bytes(serve: Callable[..., ScriptedTws]) -> None:
    slow = Slow(serve, queueBytes=1 << 20)
    depth = slow.depth()
    assert 1 << 20 <= depth * 1014 < 2 << 20
    assert 1 << 20 <= slow.app.msg_queue.qbytes() < 2 << 20
    assert slow.sending.is_alive(), "TWS was not slowed down"
    slow.finish()
    assert slow.app.msg_queue.qbytes() == 0


def test_no_limit(serve: Callable[..., ScriptedTws]) -> None:
    slow = Slow(serve)
    slow.sending.join(WAIT)
    assert not slow.sending.is_alive()
    slow.finish()


def test_disconnect_while_the_reader_waits(serve: Callable[..., ScriptedTws]) -> None:
    slow = Slow(serve, queueFrames=500)
    slow.depth()
    reader = slow.app.reader
    assert reader is not None
    began = time.monotonic()
    slow.app.disconnect()
    assert time.monotonic() - began < slowness()
    assert not reader.is_alive()
    slow.go.set()
    slow.app.join()
    assert slow.app.counts["tickString"] >= 500  # what had been received is delivered
    with contextlib.suppress(OSError):
        slow.peer.sock.shutdown(socket.SHUT_RDWR)  # wakes who sends there
    slow.sending.join(WAIT)
    assert not slow.sending.is_alive()


def test_the_end_while_the_reader_waits(serve: Callable[..., ScriptedTws]) -> None:
    """Nothing of what TWS sent before it left is lost."""
    slow = Slow(serve, queueFrames=5000)
    slow.depth()
    slow.go.set()
    slow.sending.join(WAIT)
    slow.peer.close()
    assert slow.app.join() is None
    assert slow.app.counts["tickString"] == COUNT
    assert slow.app.names()[-2:] == ["error", "connectionClosed"]


def test_a_warning_once(link: Links, caplog: pytest.LogCaptureFixture) -> None:
    queue = MessageQueue()
    for _ in range(3):
        queue.extend([price(187)] * BACKLOG)
        assert not queue.is_full()
    warned = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.getMessage() for record in warned] == [
        f"{BACKLOG} messages wait to be processed: the program is slower than TWS"
    ]


def test_without_a_backlog_there_is_no_warning(
    link: Links, caplog: pytest.LogCaptureFixture
) -> None:
    connected = link()
    connected.peer.send(*(price(187, n) for n in range(5000)))
    connected.settle()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]

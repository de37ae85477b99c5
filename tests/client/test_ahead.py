"""What orders need is compiled ahead: connect() does not wait for it, nextValidId does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from ibapi_port._client import ahead
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text.codec import Codec

from .scripted import WAIT, Link
from .test_processes import forks, in_child

VERSION = 178


@pytest.fixture(autouse=True)
def _nothing_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_begun", set())
    assert not ahead.running


def test_connect_does_not_wait_and_next_valid_id_does(
    link: Callable[..., Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end, happened = threading.Event(), []

    def prepare(codec: Codec) -> None:
        assert may_end.wait(WAIT)
        happened.append("compiled")

    monkeypatch.setattr(Codec, "prepare", prepare)
    one = link(VERSION)  # which returns when connect() has
    one.app.on["nextValidId"] = lambda _: happened.append("nextValidId")
    one.send("nextValidId", orderId=1)
    assert happened == []
    may_end.set()
    one.app.wait_for("nextValidId")
    assert happened == ["compiled", "nextValidId"]


def test_what_fails_is_logged_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    def prepare(codec: Codec) -> None:
        tries.append(codec.server_version)
        raise MemoryError

    monkeypatch.setattr(Codec, "prepare", prepare)
    codec = codec_for(VERSION)
    with caplog.at_level(logging.WARNING, "ibapi_port.client"):
        for _ in range(2):
            ahead.compile_ahead(codec)
            ahead.await_compiled(VERSION)
    assert tries == [VERSION, VERSION]
    assert "not everything could be prepared for orders" in caplog.text


def test_it_is_done_once_for_each_version(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(Codec, "prepare", lambda codec: done.append(codec.server_version))
    for version in (VERSION, 187, VERSION):
        ahead.compile_ahead(codec_for(version))
        ahead.await_compiled(version)
    assert done == [VERSION, 187]


def test_without_a_thread_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ahead._thread, "start_new_thread", no_thread)
    ahead.compile_ahead(codec_for(VERSION))
    assert not ahead.running
    assert not ahead._begun


def test_a_forked_child_waits_for_no_thread_of_its_parent() -> None:
    ahead._begun.update({VERSION, 187})
    ahead.running[VERSION] = threading.Lock()
    ahead.forked()
    assert not ahead.running
    assert ahead._begun == {187}


@forks
def test_a_fork_waits_for_what_is_being_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """It imports modules, which would stay locked in the child."""
    may_end = threading.Event()
    done: list[Codec] = []

    def prepare(codec: Codec) -> None:
        assert may_end.wait(WAIT)
        done.append(codec)

    monkeypatch.setattr(Codec, "prepare", prepare)
    ahead.compile_ahead(codec_for(VERSION))
    acquire = ahead.running[VERSION].acquire

    def wait(timeout: float) -> bool:
        may_end.set()  # now that the fork waits
        return acquire(timeout=timeout)

    ahead.running[VERSION] = SimpleNamespace(acquire=wait)  # type: ignore[assignment]
    found = in_child(lambda: b"%d" % len(done))
    may_end.set()
    ahead.await_compiled(VERSION)
    assert found == b"1"


def test_an_order_waits_for_what_it_needs(
    link: Callable[..., Link], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before nextValidId, too; another request does not wait."""
    may_end = threading.Event()
    monkeypatch.setattr(Codec, "prepare", lambda _: may_end.wait(WAIT))
    one = link(VERSION)
    order = threading.Thread(target=one.app.cancelOrder, args=(7, OrderCancel()))
    order.start()
    one.app.reqCurrentTime()
    assert one.peer.fields()[0] == "49"
    may_end.set()
    assert one.peer.fields()[0] == "4"
    order.join(WAIT)
    assert not order.is_alive()

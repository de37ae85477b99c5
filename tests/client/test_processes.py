"""Forks, Ctrl-C and clients that nobody keeps: what happens to the connection then."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.client import EClient, EClientSocket
from ibapi_port.reader import EReaderMonitorSignal
from ibapi_port.wrapper import EWrapper

from .samples import price
from .scripted import WAIT, App, Link, ScriptedTws, accepts, raw

ROOT = Path(__file__).parents[2]
Serve = Callable[..., ScriptedTws]
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def in_child(body: Callable[[], bytes]) -> bytes:
    """What a forked child finds out."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12 on: there are threads
        child = os.fork()
    if not child:
        try:
            os.write(writing, body())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as result:
        found = result.read()
    os.waitpid(child, 0)
    return found


@forks
def test_r45_a_fork_in_a_callback(link: Callable[..., Link]) -> None:
    """The child's run() ends, it makes none of the callbacks of what is queued; the parent goes on."""
    connected = link()
    app = connected.app
    found: list[bytes] = []

    def fork(_: int) -> None:
        before = len(app.log)
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child:
            os.close(writing)
            with os.fdopen(reading, "rb") as result:
                found.append(result.read())
            os.waitpid(child, 0)
            return
        original = app._ibapi_port.finish

        def end_of_run(*arguments: Any) -> None:  # run() comes by here when it ends
            original(*arguments)
            os.write(writing, repr((app.names()[before:], app.isConnected())).encode())
            os._exit(0)

        app._ibapi_port.finish = end_of_run  # type: ignore[method-assign]

    app.on["nextValidId"] = fork
    connected.peer.send(raw(9, 1, 5), *(price(187, n) for n in range(10)))
    connected.settle()
    assert found == [b"([], False)"]
    assert app.counts["tickPrice"] == 10


@forks
def test_r45_the_child_may_connect_itself(link: Callable[..., Link], serve: Serve) -> None:
    connected, other = link(), serve(accepts())

    def connect() -> bytes:
        connected.app.forget()
        connected.app.dial(other)
        return repr((connected.app.names(), connected.app.isConnected())).encode()

    assert in_child(connect) == b"(['connectAck'], True)"
    connected.settle()


INTERRUPTED = """
import sys
sys.path.insert(0, {root!r})
from ibapi_port.reader import EReaderMonitorSignal
signal = EReaderMonitorSignal()
try:
    print("waiting", flush=True)
    signal.waitForSignal()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_r37_ctrl_c_while_a_program_waits_for_a_signal() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED.format(root=str(ROOT))],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=WAIT)
    finally:
        process.kill()
        process.communicate()
    assert out == "interrupted\n"


def test_r37_an_interrupt_just_before_the_wait_is_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What Ctrl-C sets going must not have to wait for a signal that never comes: the wait looks up
    by itself.
    """
    waited: list[float] = []

    class Interrupted:
        def acquire(self, timeout: float) -> bool:
            waited.append(timeout)
            if len(waited) == 3:
                raise KeyboardInterrupt
            return False

    signal_ = EReaderMonitorSignal()
    monkeypatch.setattr(signal_, "_none", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        signal_.waitForSignal()
    assert waited == [0.2] * 3


class Kept(EWrapper, EClient):
    def __init__(self) -> None:
        EClient.__init__(self, self)


def test_r49_a_client_that_nobody_keeps_is_closed(serve: Serve) -> None:
    tws = serve(accepts())
    apps = [Kept()]
    apps[0].connect("127.0.0.1", tws.port, 7)
    peer = tws.peer()
    apps.clear()
    with pytest.warns(ResourceWarning, match=f"127.0.0.1:{tws.port}"):
        gc.collect()  # a program refers to itself, as its own wrapper
    assert len(peer.to_the_end()) == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "EReader"]


def test_r49_one_that_has_disconnected_is_not_complained_of(serve: Serve) -> None:
    tws = serve(accepts())
    app: EClientSocket = Kept()
    app.eConnect("127.0.0.1", tws.port, 7)
    app.eDisconnect()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del app
        gc.collect()


def test_r49_one_whose_constructor_failed_is_none() -> None:
    class Broken(App):
        def __init__(self) -> None:
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        Broken()
    gc.collect()

"""The project's own client meets the faults: what it is told, and that it comes to an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ibapi_port.client import EClient
from ibapi_port.simulator import SimulatedTws
from ibapi_port.wrapper import EWrapper


class Program(EWrapper, EClient):
    """Notes what it is told; `ready` once it may ask, `over` once run() has returned."""

    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.codes: list[int] = []
        self.heard: list[str] = []
        self.ready, self.timed, self.over = threading.Event(), threading.Event(), threading.Event()

    def error(
        self,
        reqId: int,
        errorTime: int,
        errorCode: int,
        errorString: str,
        advancedOrderRejectJson: str = "",
    ) -> None:
        self.codes.append(errorCode)

    def nextValidId(self, orderId: int) -> None:
        self.heard.append("nextValidId")
        self.ready.set()

    def currentTime(self, time: int) -> None:
        self.heard.append("currentTime")
        self.timed.set()

    def connectionClosed(self) -> None:
        self.heard.append("connectionClosed")

    def begin(self, tws: SimulatedTws) -> None:
        self.connect(tws.host, tws.port, 1)
        threading.Thread(target=self._serve, name="program", daemon=True).start()

    def _serve(self) -> None:
        self.run()
        self.over.set()


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    yield made
    made.disconnect()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "split", "size": 1},
        {"kind": "split", "size": 3, "seconds": 0.001},
        {"kind": "coalesce", "size": 4, "seconds": 0.01},
        {"kind": "delay", "seconds": 0.01, "jitter": 0.01},
        {"kind": "slow", "size": 2, "seconds": 0.001},
        {"kind": "unknown", "after": 1},
        {"kind": "garbage", "size": 9, "after": 1},
    ],
)
def test_what_it_bears(tws: SimulatedTws, program: Program, fault: dict[str, Any]) -> None:
    tws.faults.add(**fault)
    program.begin(tws)
    assert program.ready.wait(10)
    program.reqCurrentTime()
    assert program.timed.wait(10)
    assert program.isConnected()


@pytest.mark.parametrize(
    "fault", [{"kind": "cut", "size": 5}, {"kind": "cut", "size": 0}, {"kind": "reset"}]
)
def test_a_broken_connection_is_told_once(
    tws: SimulatedTws, program: Program, fault: dict[str, Any]
) -> None:
    tws.faults.add(**fault, message="currentTime", after=1)
    program.begin(tws)
    assert program.ready.wait(10)
    program.reqCurrentTime()
    assert program.timed.wait(10)
    program.reqCurrentTime()
    assert program.over.wait(10)
    assert program.heard.count("currentTime") == 1
    assert program.heard.count("connectionClosed") == 1
    assert not program.isConnected()


def test_it_comes_back_after_a_restart(tws: SimulatedTws, program: Program) -> None:
    program.begin(tws)
    assert program.ready.wait(10)
    tws.do("restart", seconds=0.05)
    assert program.over.wait(10)
    program.ready.clear()
    deadline = time.monotonic() + 10
    while not program.isConnected() and time.monotonic() < deadline:
        program.connect(tws.host, tws.port, 1)
    threading.Thread(target=program._serve, daemon=True).start()
    assert program.ready.wait(10)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "version", "number": 25},
        {"kind": "version", "number": -1},
        {"kind": "replace", "message": "handshake", "data": b"HTTP/1.1 400 Bad Request\r\n\r\n"},
        {"kind": "reset", "message": "accept"},
        {"kind": "cut", "message": "handshake", "size": 6},
        {"kind": "refuse"},
    ],
)
def test_a_connection_that_does_not_come_about(
    tws: SimulatedTws, program: Program, fault: dict[str, Any]
) -> None:
    tws.faults.add(**fault)
    program.connect(tws.host, tws.port, 1)
    assert not program.isConnected()
    assert program.codes
    assert "nextValidId" not in program.heard
    tws.faults.clear()
    program.begin(tws)
    assert program.ready.wait(10)

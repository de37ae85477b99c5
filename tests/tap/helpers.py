"""What the tests of the tap share: sessions with the simulated TWS through a tap, and clients of
sockets and codec.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulator.helpers import RawClient, order, stock

from ibapi_port.protocol.handshake import greeting
from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.net.clock import VirtualClock
from ibapi_port.tap import Event, Recording, Tap, read_recording

VERSIONS = (176, 187, 200)
WAIT = 20.0  # seconds after which what must come counts as missing


class Events:
    """Events as a tap tells them; `until` waits for one."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def __call__(self, event: Event) -> None:
        self._queue.put(event)

    def until(self, kind: str, text: str = "") -> Event:
        """The next event of this kind, and of this name or text if one is given."""
        while True:
            event = self._queue.get(timeout=WAIT)
            self.all.append(event)
            if event.kind == kind and text in ("", event.name, event.text):
                return event

    def rest(self) -> list[Event]:
        """All events so far."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.all.append(self._queue.get_nowait())
        return self.all


def trade(
    address: tuple[str, int],
    version: int = 187,
    client_id: int = 1,
    first_id: int = 1,
    order_id: int = 1,
) -> list[Any]:
    """A short session: quotes, an order, executions; what it heard. The ids are the caller's."""
    with RawClient(address, newest=version) as client:
        heard = list(client.start(client_id))
        client.ask("reqMktData", first_id, stock(), "", False, False, [])
        client.ask("reqContractDetails", first_id + 1, stock("MSFT"))
        heard += client.until("contractDetailsEnd")
        client.ask("placeOrder", order_id, stock(), order("BUY", "100"))
        heard += client.until("commissionAndFeesReport")
        client.ask("cancelMktData", first_id)
        client.ask("reqCurrentTime")
        heard += client.until("currentTime")
        return heard


@contextlib.contextmanager
def tapped(**options: Any) -> Iterator[tuple[SimulatedTws, Tap, Events]]:
    """A simulated TWS on a clock that stands, a tap before it, and what the tap tells."""
    events = Events()
    version = options.pop("server_version", 187)
    with (
        SimulatedTws(server_version=version, clock=VirtualClock()) as tws,
        Tap(tws.address, on_event=events, **options) as tap,
    ):
        yield tws, tap, events


def record(path: Path, version: int = 187, **options: Any) -> tuple[list[Any], Recording]:
    """Record a short session: what the program heard, and the recording."""
    with tapped(record=path, server_version=version, **options) as (_, tap, events):
        heard = trade(tap.address, version)
        events.until("end")
        events.until("end")
    return heard, read_recording(path)


class Upstream:
    """A TWS of bytes: accepts one connection, which is the test's."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()

    def accept(self) -> socket.socket:
        self._listener.settimeout(WAIT)
        sock, _ = self._listener.accept()
        sock.settimeout(WAIT)
        return sock

    def close(self) -> None:
        self._listener.close()


def connect(address: tuple[str, int]) -> socket.socket:
    sock = socket.create_connection(address, timeout=WAIT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def hello(sock: socket.socket) -> None:
    sock.sendall(greeting(100, 187))


def reset(sock: socket.socket) -> None:
    """Close it with a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def receive(sock: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer if it ends."""
    data = bytearray()
    while len(data) < size and (more := sock.recv(size - len(data))):
        data += more
    return bytes(data)


def threads() -> set[str]:
    """The threads that taps and replays leave behind, if they do."""
    return {
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith(("tap", "replay", "simulated"))
    }

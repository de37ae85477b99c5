"""A client's connection and the one to TWS that was made for it: bytes go from one to the other."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time
from typing import Protocol

from .recording import CLOSED, IN, OUT, REFUSED, RESET

BUFFER = 256 * 1024  # bytes that may wait for one side before the other is read no more
FLUSH_TIME = 5.0  # seconds that the last bytes before a reset have to get through
_OTHER = {OUT: IN, IN: OUT}
_LOOK = 0.02


class PairObserver(Protocol):
    """Who is told what a pair forwards, in the loop's thread: it must be quick."""

    to: tuple[str, int]

    def on_open(self, pair: ConnectionPair, client: str) -> None:
        """Take note of a new pair, for a client at that address."""

    def on_data(self, number: int, direction: str, data: bytes) -> None:
        """Take note of bytes that one side has sent."""

    def on_end(self, number: int, direction: str, how: str) -> None:
        """Take note that one side has closed, was reset or could not be reached."""

    def on_gone(self, pair: ConnectionPair) -> None:
        """Take note that both connections have gone."""


class ConnectionPair:
    """A client's connection and the one to TWS that was made for it."""

    def __init__(self, observer: PairObserver) -> None:
        self.observer = observer
        self.number = 0
        self.sides = {OUT: _Side(self, OUT), IN: _Side(self, IN)}
        self._ended: set[str] = set()
        self._lost = 0
        self._connecting: asyncio.Task[None] | None = None

    def opened(self, transport: asyncio.Transport) -> None:
        """Connect to TWS for a client that has connected."""
        loop = asyncio.get_running_loop()
        host, port, *_ = transport.get_extra_info("peername") or ("unknown", 0)
        self.observer.on_open(self, f"{host}:{port}")
        # not at once: before Python 3.11 reading would begin nevertheless
        loop.call_soon(transport.pause_reading)
        self._connecting = loop.create_task(self._connect(transport))

    async def _connect(self, client: asyncio.Transport) -> None:
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: self.sides[IN], *self.observer.to
            )
        except OSError:
            self._end(IN, REFUSED)
            _reset(client)
            self._connection_gone()  # there is but the client's
            return
        if client.is_closing():
            self.reset()
        else:
            client.resume_reading()

    def ended(self, direction: str) -> None:
        """Pass on that one side says no more; once both do, nothing is left to forward."""
        self._end(direction, CLOSED)
        other = self.sides[_OTHER[direction]].transport
        if not other.is_closing():
            other.write_eof()
        if len(self._ended) == 2:
            for side in self.sides.values():
                side.transport.close()

    def lost(self, direction: str, error: Exception | None) -> None:
        """Reset the other connection if this one was reset."""
        if error is not None and RESET not in self._ended:
            self._end(direction, RESET)
            other = self.sides[_OTHER[direction]].transport
            if other is not None:
                asyncio.get_running_loop().create_task(_reset_after_last_bytes(other))
        self._connection_gone()

    def _connection_gone(self) -> None:
        self._lost += 1
        if self._lost == 2:
            self.observer.on_gone(self)

    def reset(self) -> None:
        """Break it off now."""
        if self._connecting is not None and not self._connecting.done():
            self._connecting.cancel()
            self._connection_gone()
        for side in self.sides.values():
            if side.transport is not None:
                _reset(side.transport)

    def _end(self, direction: str, how: str) -> None:
        self._ended.add(direction if how == CLOSED else how)
        self.observer.on_end(self.number, direction, how)


class _Side(asyncio.Protocol):
    """One of the two connections of a pair."""

    transport: asyncio.Transport = None  # type: ignore[assignment]

    def __init__(self, pair: ConnectionPair, direction: str) -> None:
        self._pair = pair
        self._direction = direction

    @property
    def _other(self) -> _Side:
        return self._pair.sides[_OTHER[self._direction]]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=BUFFER)
        if self._direction == OUT:
            self._pair.opened(transport)

    def data_received(self, data: bytes) -> None:
        self._other.transport.write(data)
        self._pair.observer.on_data(self._pair.number, self._direction, data)

    def eof_received(self) -> bool:
        self._pair.ended(self._direction)
        return True  # the other side may go on

    def pause_writing(self) -> None:
        if not self._other.transport.is_closing():
            self._other.transport.pause_reading()

    def resume_writing(self) -> None:
        if not self._other.transport.is_closing():
            self._other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._pair.lost(self._direction, exc)


async def _reset_after_last_bytes(transport: asyncio.Transport) -> None:
    """Reset a connection when what came before the reset has got through, as it would have without
    a tap.
    """
    deadline = time.monotonic() + FLUSH_TIME
    while (
        transport.get_write_buffer_size()
        and not transport.is_closing()
        and time.monotonic() < deadline
    ):
        await asyncio.sleep(_LOOK)
    _reset(transport)


def _reset(transport: asyncio.Transport) -> None:
    sock = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing():
        sock.setsockopt(
            socket.SOL_SOCKET,
            socket.SO_LINGER,
            struct.pack("hh" if os.name == "nt" else "ii", 1, 0),
        )
    transport.abort()

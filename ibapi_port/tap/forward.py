"""The tap: forwards bytes between clients and a TWS, and tells what they were. Bytes go on before anyone looks at them."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from .background import AsyncServerThread
from .conversation import Conversation
from .masking import MASKED, Masker
from .recording import CLOSED, IN, OUT, REFUSED, RESET, Event, Recorder

Address = tuple[str, int]
BUFFER = 256 * 1024  # bytes that may wait for one side before the other is read no more
FLUSH_TIME = 5.0  # seconds that the last bytes before a reset have to get through
_OTHER = {OUT: IN, IN: OUT}
REPORT_DELAY = 0.01  # seconds that what has come is left alone: answers to it are to be forwarded before the processor is taken for looking at it
_LOOK = 0.02
_log = logging.getLogger(__name__)


class Tap(AsyncServerThread):
    """Listens at `listen` and connects each client to `to`; inside a `with` it runs.

    `record`: a file to write a recording to (it must not exist). `mask_accounts`: neither the recording nor `on_event` gets to see an
    account number. `on_event` is called with each event, in a thread of its own; it may take its time: nothing waits for it but the
    recording.
    """

    _what = "the tap"
    _thread_name = "tap"

    def __init__(
        self,
        to: Address,
        listen: Address = ("127.0.0.1", 0),
        *,
        record: str | os.PathLike[str] | None = None,
        mask_accounts: bool = False,
        on_event: Callable[[Event], None] = lambda event: None,
    ) -> None:
        super().__init__(*listen)
        self.to = to
        self.started = datetime.now(timezone.utc)
        self.failure: str = ""  # why the recording had to be given up
        self._record = record
        self._on_event = on_event
        self._masker = Masker() if mask_accounts else None
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._numbers = itertools.count(1)
        self._pairs: set[_ConnectionPair] = set()
        self._conversations: dict[int, Conversation] = {}
        self._recorder: Recorder | None = None
        self._reporter: threading.Thread | None = None

    def _started(self) -> None:
        self.started = datetime.now(timezone.utc)
        self._began = time.monotonic()  # first: a client may connect as soon as the tap listens
        super()._started()
        self._recorder = self._begin_recording()
        self._reporter = threading.Thread(target=self._report, name="tap-events", daemon=True)
        self._reporter.start()

    def _stopped(self) -> None:
        """Wait until the last event has been told: the recording is whole when `stop` returns."""
        super()._stopped()
        if self._reporter is not None:
            self._queue.put(None)
            self._reporter.join()
            self._reporter = None
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None

    def _begin_recording(self) -> Recorder | None:
        if self._record is None:
            return None
        return Recorder(
            self._record,
            f"{self.to[0]}:{self.to[1]}",
            MASKED if self._masker else None,
            self.started,
        )

    async def _listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: _ConnectionPair(self).sides[OUT], self.host, self.port
        )

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for pair in list(self._pairs):
            pair.reset()
        while self._pairs:
            await asyncio.sleep(0)

    # --- what the pairs tell; in the loop's thread, so it must be quick ---

    def _on_open(self, pair: _ConnectionPair, client: str) -> None:
        self._pairs.add(pair)
        pair.number = next(self._numbers)
        at = self._now()
        self._queue.put(lambda: self._begin(at, pair.number, client))

    def _on_data(self, number: int, direction: str, data: bytes) -> None:
        at = self._now()
        self._queue.put(
            lambda: self._emit_all(self._conversations[number].feed(at, direction, data))
        )

    def _on_end(self, number: int, direction: str, how: str) -> None:
        at = self._now()
        self._queue.put(lambda: self._emit_all(self._conversations[number].end(at, direction, how)))

    def _on_gone(self, pair: _ConnectionPair) -> None:
        self._pairs.discard(pair)
        self._queue.put(lambda: self._forget(pair.number))

    def _now(self) -> float:
        return time.monotonic() - self._began

    # --- in the thread that looks at it ---

    def _report(self) -> None:
        while True:
            if self._queue.empty():
                step = self._queue.get()
                time.sleep(REPORT_DELAY)
            else:
                step = self._queue.get()
            if step is None:
                return
            try:
                step()
            except Exception:
                _log.exception("the tap could not tell what it saw")

    def _begin(self, at: float, number: int, client: str) -> None:
        self._conversations[number] = Conversation(number)
        self._emit(Event(at, number, OUT, "open", text=client))

    def _forget(self, number: int) -> None:
        self._conversations.pop(number, None)

    def _emit_all(self, events: Iterable[Event]) -> None:
        for event in events:
            self._emit(event)

    def _emit(self, event: Event) -> None:
        if self._masker is not None:
            event = self._masker.event(event)
        if self._recorder is not None and not self.failure:
            try:
                self._recorder.write(event)
            except OSError as e:
                self.failure = f"the recording ends here: {e}"
                _log.error("%s", self.failure)
        self._on_event(event)


class _ConnectionPair:
    """A client's connection and the one to TWS that was made for it."""

    def __init__(self, tap: Tap) -> None:
        self.tap = tap
        self.number = 0
        self.sides = {OUT: _Side(self, OUT), IN: _Side(self, IN)}
        self._ended: set[str] = set()
        self._lost = 0
        self._connecting: asyncio.Task[None] | None = None

    def opened(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        host, port, *_ = transport.get_extra_info("peername") or ("unknown", 0)
        self.tap._on_open(self, f"{host}:{port}")
        loop.call_soon(
            transport.pause_reading
        )  # not at once: before Python 3.11 reading would begin nevertheless
        self._connecting = loop.create_task(self._connect(transport))

    async def _connect(self, client: asyncio.Transport) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.sides[IN], *self.tap.to)
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
        """One side says no more; once both do, nothing is left to forward."""
        self._end(direction, CLOSED)
        other = self.sides[_OTHER[direction]].transport
        if not other.is_closing():
            other.write_eof()
        if len(self._ended) == 2:
            for side in self.sides.values():
                side.transport.close()

    def lost(self, direction: str, error: Exception | None) -> None:
        if error is not None and RESET not in self._ended:
            self._end(direction, RESET)
            other = self.sides[_OTHER[direction]].transport
            if other is not None:
                asyncio.get_running_loop().create_task(_reset_after_last_bytes(other))
        self._connection_gone()

    def _connection_gone(self) -> None:
        self._lost += 1
        if self._lost == 2:
            self.tap._on_gone(self)

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
        self.tap._on_end(self.number, direction, how)


class _Side(asyncio.Protocol):
    """One of the two connections of a pair."""

    transport: asyncio.Transport = None  # type: ignore[assignment]

    def __init__(self, pair: _ConnectionPair, direction: str) -> None:
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
        self._pair.tap._on_data(self._pair.number, self._direction, data)

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
    """What came before the reset gets through first, as it would have without a tap."""
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

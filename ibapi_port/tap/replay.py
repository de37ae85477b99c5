"""A recording served to programs again, as TWS said it then.

A program's requests are held against the recorded ones. TWS's messages come in their recorded order, each once the requests before
it in the recording have been made. A request is the recorded one of its name, the one that differs least; its ids may be others, for
requests, orders and clients: what TWS says then has the program's. On a mismatch:
- made in another order than recorded: it is held until its turn comes, and if the one that the recording waits for has not come
  `patience` seconds later, the recording goes on without it, and without TWS's answers to it;
- other values (a date, a price): taken, and noted;
- not in the recording at all: it gets no answer, and that is noted;
- `strict`: the requests must be the recorded ones in their order; the first that is not ends the connection, and is a ReplayMismatch.
Programs are given the recorded connections in their order; one that says a client id that another recorded connection had gets that.
When all have been given, it begins with the first again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType

from ..protocol.exceptions import BadHandshake
from ..protocol.framing import FrameBuffer, frame
from ..protocol.handshake import ServerHandshake
from .background import AsyncServerThread
from .conversation import NEWEST_EVER
from .matching import IdMap, ParsedRequest, best_match, differences, parse_request, same_ids
from .recording import IN, OUT, RESET, Event, RecordingError, read_recording

_CHUNK = 65536


class ReplayMismatch(AssertionError):
    """The program did not ask what the recording has."""


class _End(Exception):
    """The program has closed, or is not to be served any longer."""


class Replay(AsyncServerThread):
    """Serves a recording at `host` and `port` (0: any free one); inside a `with` it runs.

    `speed`: how much faster than recorded; None, the default: as fast as it can. `strict` and `patience`: see above; in strict mode the
    end of the `with` raises ReplayMismatch if there was one. `notes` says what did not fit. OSError, RecordingError.
    """

    _what = "the replay"
    _thread_name = "replay"

    def __init__(
        self,
        path: str | os.PathLike[str],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        speed: float | None = None,
        strict: bool = False,
        patience: float = 2.0,
    ) -> None:
        if speed is not None and speed <= 0:
            raise ValueError("the speed must be above 0")
        if not 0 <= port < 1 << 16:
            raise ValueError(f"port must be 0 to 65535, not {port}")
        super().__init__(host, port)
        self.speed = speed
        self.strict = strict
        self.patience = patience
        connections = read_recording(path).connections().values()
        self._recorded = [
            events
            for events in connections
            if any(event.kind == "answer" and event.server_version for event in events)
        ]
        if not self._recorded:
            raise RecordingError(f"{path} has no connection that TWS answered")
        self.notes: list[str] = []
        self.on_note: Callable[[str], None] = lambda text: None  # is told each as it comes
        self.mismatch: str = ""
        self._players: list[_Player] = []
        self._left = list(range(len(self._recorded)))
        self._played: set[int] = set()
        self._all_played = threading.Event()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        if kind is None:
            self.check()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until every recorded connection has been played to its end; False: it took longer. ReplayMismatch if strict."""
        done = self._all_played.wait(timeout)
        self.check()
        return done

    def settle(self, timeout: float | None = None) -> bool:
        """Wait until the programs have closed."""
        return self._run(self._until_closed(timeout))

    def check(self) -> None:
        """Raise ReplayMismatch if `strict` and there was one."""
        if self.strict and self.mismatch:
            raise ReplayMismatch(self.mismatch)

    # --- in the loop's thread ---

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve_client, self.host, self.port)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _until_closed(self, timeout: float | None) -> bool:
        serving = [player.served for player in self._players]
        if not serving:
            return True
        _, left = await asyncio.wait(serving, timeout=timeout)
        return not left

    async def _serve_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        player = _Player(self, reader, writer)
        self._players.append(player)
        try:
            await player.play()
        except (_End, ConnectionError):
            pass
        finally:
            player.listener.cancel()
            self._players.remove(player)
            if not player.served.done():
                player.served.set_result(None)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def note(self, text: str) -> None:
        self.notes.append(text)
        self.on_note(text)

    def fail(self, text: str) -> None:
        self.mismatch = self.mismatch or text
        self.note(text)
        self._all_played.set()

    def take(self, client_id: object = None, like: int | None = None) -> int:
        """The next recorded connection, or that of a client id, if it is still to be had; `like`: the one given so far."""
        if not self._left:
            self._left = list(range(len(self._recorded)))
        for n in self._left:
            if like is None or (
                _client_id(self._recorded[n]) == client_id
                and _answer(self._recorded[n]) == _answer(self._recorded[like])
            ):
                self._left.remove(n)
                if like is not None:
                    self._left = sorted([*self._left, like])
                return n
        assert like is not None
        return like

    def played(self, n: int) -> None:
        self._played.add(n)
        if len(self._played) == len(self._recorded):
            self._all_played.set()


class _Player:
    """One program served."""

    def __init__(
        self, replay: Replay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._replay = replay
        self._reader = reader
        self._writer = writer
        self._pending: list[ParsedRequest] = []  # by the program, not yet found in the recording
        self._to_come: list[ParsedRequest] = []  # in the recording
        self._ids = IdMap()
        self._gone = False
        self._input = asyncio.Event()
        self.listener: asyncio.Task[None] = asyncio.get_running_loop().create_task(asyncio.sleep(0))
        self.served: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._base = (0.0, 0.0)  # real and recorded time of the last request

    async def play(self) -> None:
        n = self._replay.take()
        await self._greet(self._replay._recorded[n])
        await self._wait_for_input(None)
        first = next((one for one in self._pending if one.name == "startApi"), None)
        if first is not None and _client_id(self._replay._recorded[n]) != first.values["clientId"]:
            n = self._replay.take(first.values["clientId"], n)
        events = self._replay._recorded[n]
        position = 1 + next(n for n, event in enumerate(events) if event.kind == "answer")
        self._base = (self._now(), events[position - 1].time)
        self._to_come = [
            parse_request(event.data, event.server_version)
            for event in events
            if event.kind == "frame" and event.from_client
        ]
        for event in events[position:]:
            await self._step(event)
        self._replay.played(n)
        await self._wait_for_close()

    async def _greet(self, events: list[Event]) -> None:
        """The greeting, and the recorded answer to it."""
        answer = _answer(events)
        version = next(event.server_version for event in events if event.kind == "answer")
        handshake = ServerHandshake(NEWEST_EVER, "")
        while not handshake.done:
            data = await self._reader.read(_CHUNK)
            if not data:
                raise _End
            try:
                handshake.feed(data)
            except BadHandshake as e:
                self._replay.note(f"not an API client: {e}")
                raise _End from None
        if handshake.server_version < version:
            self._replay.fail(
                f"the recording is of server version {version}; the program speaks none above {handshake.server_version}"
            )
            raise _End
        self._writer.write(frame(answer))
        self.listener = asyncio.get_running_loop().create_task(
            self._listen(version, handshake.rest)
        )

    async def _listen(self, version: int, data: bytes) -> None:
        """Gather the program's requests."""
        frames = FrameBuffer()
        try:
            while True:
                payloads, failure = frames.feed_until(data)
                self._pending += [parse_request(payload, version) for payload in payloads]
                if failure is not None:
                    self._replay.note(f"the program sent what is no frame: {failure}")
                    break
                if payloads:
                    self._input.set()
                data = await self._reader.read(_CHUNK)
                if not data:
                    break
        except ConnectionError:
            pass
        self._gone = True
        self._input.set()

    async def _wait_for_input(self, timeout: float | None) -> bool:
        """Wait until the program has asked more, or has gone; False: it did neither in that time."""
        try:
            await asyncio.wait_for(self._input.wait(), timeout)
        except asyncio.TimeoutError:
            return False
        self._input.clear()
        return True

    async def _step(self, event: Event) -> None:
        if event.kind == "frame" and event.direction == OUT:
            await self._match(self._to_come.pop(0))
            self._base = (self._now(), event.time)
        elif event.direction == IN:
            await self._until(event.time)
            if event.kind == "frame":
                payload = self._ids.to_live(event)
                if payload is not None:
                    self._writer.write(frame(payload))
            elif event.kind == "raw":
                self._writer.write(event.data)
            elif event.kind == "end":
                await self._end(event)
            await self._drain()
        elif event.kind == "end":
            await self._wait_for_close()

    async def _until(self, recorded: float) -> None:
        """Wait until it is time for what came then."""
        if self._replay.speed is not None:
            due = self._base[0] + (recorded - self._base[1]) / self._replay.speed
            if (left := due - self._now()) > 0:
                await self._drain()
                await asyncio.sleep(left)

    async def _drain(self) -> None:
        await self._writer.drain()

    async def _end(self, event: Event) -> None:
        await self._drain()
        if event.text == RESET:
            sock = self._writer.get_extra_info("socket")
            sock.setsockopt(
                socket.SOL_SOCKET,
                socket.SO_LINGER,
                struct.pack("hh" if os.name == "nt" else "ii", 1, 0),
            )
            self._writer.transport.abort()
        elif not self._gone:
            self._writer.write_eof()

    async def _wait_for_close(self) -> None:
        while not self._gone:
            self._drop_unrecorded()
            await self._wait_for_input(None)
        self._drop_unrecorded()

    # --- matching ---

    async def _match(self, recorded: ParsedRequest) -> None:
        """Wait for the program's request that is the recorded one."""
        if self._replay.strict:
            await self._match_strictly(recorded)
            return
        while True:
            choice = best_match(recorded, self._pending, self._to_come, self._ids)
            if choice is not None:
                self._accept(recorded, *choice)
                return
            self._drop_unrecorded()
            if self._gone:
                self._replay.note(f"the program has closed; the recording goes on with {recorded}")
                raise _End
            if not await self._wait_for_input(self._replay.patience if self._pending else None):
                self._replay.note(f"the program does not ask what the recording has: {recorded}")
                self._ids.mark_unasked(recorded)
                return

    async def _match_strictly(self, recorded: ParsedRequest) -> None:
        while not self._pending:
            if self._gone:
                self._replay.fail(f"the program has closed; the recording goes on with {recorded}")
                raise _End
            await self._wait_for_input(None)
        live = self._pending[0]
        found = (
            differences(recorded, live, self._ids)
            if live.name == recorded.name
            else [f"{recorded.name} was recorded"]
        )
        if not found and not same_ids(recorded, live, self._ids):
            found = ["its id is not that of the request it belongs to"]
        if found:
            lines = [f"- {recorded}", f"+ {live}", *(f"  {line}" for line in found)]
            self._replay.fail(
                "\n".join(["the program asks other things than the recording (-) has:", *lines])
            )
            raise _End
        self._accept(recorded, 0, [])

    def _accept(self, recorded: ParsedRequest, n: int, found: list[str]) -> None:
        live = self._pending.pop(n)
        self._ids.bind(recorded, live)
        if found:
            self._replay.note(f"{live.name} differs: {'; '.join(found)}")

    def _drop_unrecorded(self) -> None:
        """Forget requests that the recording does not have any more."""
        names = {one.name for one in self._to_come}
        for live in [live for live in self._pending if live.name not in names]:
            self._pending.remove(live)
            self._replay.note(f"not in the recording: {live}")
            if self._replay.strict:
                self._replay.fail(f"not in the recording: {live}")

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _answer(events: list[Event]) -> bytes:
    return next(event.data for event in events if event.kind == "answer")


def _client_id(events: list[Event]) -> object:
    """The client id that a recorded program said."""
    starts = (event for event in events if event.name == "startApi" and event.direction == OUT)
    return next(
        (
            parse_request(event.data, event.server_version).values.get("clientId")
            for event in starts
        ),
        None,
    )

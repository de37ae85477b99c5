"""One program that is served a recorded connection."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from typing import Protocol

from ..protocol.exceptions import BadHandshake
from ..protocol.framing import FrameBuffer, frame
from ..protocol.handshake import ServerHandshake
from .conversation import NEWEST_EVER
from .matching import IdMap, ParsedRequest, best_match, differences, parse_request, same_ids
from .recording import IN, OUT, RESET, Event

_CHUNK = 65536
_MOST_PENDING = 10_000  # requests that wait for their turn; then the program is read no more
_LOOK = 0.05


class ReplayHost(Protocol):
    """What a player needs of the replay that it belongs to."""

    speed: float | None
    strict: bool
    patience: float
    recorded: list[list[Event]]

    def take(self, client_id: object = None, like: int | None = None) -> int:
        """Return the number of the recorded connection that a program is to be given."""

    def played(self, n: int) -> None:
        """Note that a recorded connection has been played to its end."""

    def note(self, text: str) -> None:
        """Note something that did not fit."""

    def fail(self, text: str) -> None:
        """Note something that must not be in a strict replay."""


class PlayEnded(Exception):
    """The program has closed, or is not to be served any longer."""


class Player:
    """One program served."""

    def __init__(
        self, replay: ReplayHost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._replay = replay
        self._reader = reader
        self._writer = writer
        self._pending: list[ParsedRequest] = []  # by the program, not yet found in the recording
        self._to_come: list[ParsedRequest] = []  # in the recording
        self._ids = IdMap()
        self._gone = False
        self._input = asyncio.Event()  # the program has asked something, or has gone
        self.listener: asyncio.Task[None] = asyncio.get_running_loop().create_task(asyncio.sleep(0))
        self.served: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._base = (0.0, 0.0)  # real and recorded time of the last request

    async def play(self) -> None:
        """Serve the program until one of the two has closed."""
        n = self._replay.take()
        await self._greet(self._replay.recorded[n])
        await self._wait_for_input(None)
        first = next((one for one in self._pending if one.name == "startApi"), None)
        if first is not None and recorded_client_id(self._replay.recorded[n]) != first.values.get(
            "clientId"
        ):
            n = self._replay.take(first.values.get("clientId"), n)
        events = self._replay.recorded[n]
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
        """Read the greeting, and send the recorded answer to it."""
        answer = recorded_answer(events)
        version = next(event.server_version for event in events if event.kind == "answer")
        handshake = ServerHandshake(NEWEST_EVER, "")
        while not handshake.done:
            data = await self._reader.read(_CHUNK)
            if not data:
                raise PlayEnded
            try:
                handshake.feed(data)
            except BadHandshake as e:
                self._replay.note(f"not an API client: {e}")
                raise PlayEnded from None
        if handshake.server_version < version:
            self._replay.fail(
                f"the recording is of server version {version}; "
                f"the program speaks none above {handshake.server_version}"
            )
            raise PlayEnded
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
                while len(self._pending) >= _MOST_PENDING:
                    await asyncio.sleep(_LOOK)
                data = await self._reader.read(_CHUNK)
                if not data:
                    break
        except ConnectionError:
            pass
        self._gone = True
        self._input.set()

    def abort(self) -> None:
        """Break the connection off now, whatever still waits to be sent."""
        self._writer.transport.abort()

    async def _wait_for_input(self, timeout: float | None) -> bool:
        """Wait until the program has asked more, or has gone; False: it did neither in that
        time.
        """
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
                payload = self._ids.with_program_ids(event)
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
                raise PlayEnded
            if not await self._wait_for_input(self._replay.patience if self._pending else None):
                self._replay.note(f"the program does not ask what the recording has: {recorded}")
                self._ids.mark_unasked(recorded)
                return

    async def _match_strictly(self, recorded: ParsedRequest) -> None:
        while not self._pending:
            if self._gone:
                self._replay.fail(f"the program has closed; the recording goes on with {recorded}")
                raise PlayEnded
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
            raise PlayEnded
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


def recorded_answer(events: list[Event]) -> bytes:
    """Return TWS's recorded answer to the greeting."""
    return next(event.data for event in events if event.kind == "answer")


def recorded_client_id(events: list[Event]) -> object:
    """Return the client id that a recorded program said."""
    starts = (event for event in events if event.name == "startApi" and event.direction == OUT)
    return next(
        (
            parse_request(event.data, event.server_version).values.get("clientId")
            for event in starts
        ),
        None,
    )

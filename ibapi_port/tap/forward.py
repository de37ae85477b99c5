"""The tap: forwards bytes between clients and a TWS, and tells what they were. Bytes go on before
anyone looks at them.

Three threads look, and none of them holds up another: one cuts what has passed into events, one
writes the recording, one calls `on_event`. What waits for each is limited.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from .._printable import PrintableLog
from .background import AsyncServerThread
from .conversation import Conversation
from .masking import MASKED, Masker
from .pair import ConnectionPair
from .pump import Pump
from .recording import OUT, Event, Recorder

Address = tuple[str, int]
# seconds that what has come is left alone: answers to it are to be forwarded before the processor
# is taken for looking at it
REPORT_DELAY = 0.01
LIMIT = 32 << 20  # bytes that may wait for each of the threads that look
STOP_TIME = 5.0  # seconds that `stop` waits for the rest to be told to `on_event`
RECORD_TIME = 30.0  # and for the rest to be recorded
STUCK_TIME = 2.0  # and for any of them as long as nothing moves
CLOSE_TIME = 5.0  # and for connections to go
_SLOW = "the disk is slower than the traffic"
_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())


class Tap(AsyncServerThread):
    """Listens at `listen` and connects each client to `to`; inside a `with` it runs.

    `record`: a file to write a recording to (it must not exist). `mask_accounts`: neither the
    recording nor `on_event` gets to see an account number. `on_event` is called with each event, in
    a thread of its own. It may be slow, raise or block: nothing waits for it. What it is too slow
    for is left out, and counted in `dropped`. `failure` says why the recording is not whole; the
    traffic goes on without it.
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
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        super().__init__(*listen)
        self.to = to
        self.started = datetime.now(timezone.utc)
        self.failure: str = ""  # why the recording had to be given up
        self._record = record
        self._disk_failed = False
        self._on_event = on_event
        self._masker = Masker() if mask_accounts else None
        self._numbers = itertools.count(1)
        self._pairs: set[ConnectionPair] = set()
        self._unseen: set[int] = set()  # connections that are not looked at any more
        self._conversations: dict[int, Conversation] = {}
        self._looking: Pump[Callable[[], None]] | None = None
        self._recording: Pump[Event] | None = None
        self._telling: Pump[Event] | None = None
        self._dropped = 0  # by pumps that have ended

    @property
    def dropped(self) -> int:
        """How many events `on_event` was not told, since it was too slow."""
        return self._dropped + (0 if self._telling is None else self._telling.dropped)

    def _started(self) -> None:
        self.started = datetime.now(timezone.utc)
        self._began = time.monotonic()  # first: a client may connect as soon as the tap listens
        self._looking = Pump(_call, "tap-events", LIMIT, delay=REPORT_DELAY)
        if self._on_event is not None:
            self._telling = Pump(self._on_event, "tap-on-event", LIMIT, finish=self._log_dropped)
        super()._started()
        # last: a file that is there already, and one that nothing will be written to, stays away
        recorder = self._begin_recording()
        if recorder is not None:
            self._recording = Pump(
                lambda event: self._write(recorder, event),
                "tap-recording",
                LIMIT,
                finish=recorder.close,
            )

    def _stopped(self) -> None:
        """Wait until the last event has been told: the recording is whole when `stop` returns."""
        super()._stopped()
        if self._looking is not None and not self._looking.close(STUCK_TIME, RECORD_TIME):
            self._fail("the traffic was more than could be looked at")
        if self._recording is not None and not self._recording.close(STUCK_TIME, RECORD_TIME):
            self._fail(_SLOW)
        if self._telling is not None:
            self._telling.close(STUCK_TIME, STOP_TIME)
            self._dropped += self._telling.dropped
        self._looking = self._recording = self._telling = None
        self._conversations.clear()

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
            lambda: ConnectionPair(self).sides[OUT], self.host, self.port
        )

    async def _end_connections(self) -> None:
        end = time.monotonic() + CLOSE_TIME
        while self._pairs and time.monotonic() < end:
            for pair in list(self._pairs):  # each time: one may just have been accepted
                pair.reset()
            # until the loop has told each pair that its connections are gone
            await asyncio.sleep(0)

    # --- what the pairs tell; in the loop's thread, so it must be quick ---

    def on_open(self, pair: ConnectionPair, client: str) -> None:
        """Take note of a new pair."""
        self._pairs.add(pair)
        pair.number = next(self._numbers)
        at = self._now()
        self._look(lambda: self._begin(at, pair.number, client))

    def on_data(self, number: int, direction: str, data: bytes) -> None:
        if number in self._unseen:
            return
        at = self._now()
        assert self._looking is not None
        if not self._looking.put(lambda: self._feed(number, at, direction, data), len(data)):
            # Frames can't be found any more once bytes are missing: it is not looked at any longer.
            self._unseen.add(number)
            self._look(lambda: self._lose(number))

    def on_end(self, number: int, direction: str, how: str) -> None:
        """Take note that one side has ended."""
        at = self._now()
        self._look(lambda: self._tell_end(number, at, direction, how))

    def on_gone(self, pair: ConnectionPair) -> None:
        """Take note that both connections have gone."""
        self._pairs.discard(pair)
        self._unseen.discard(pair.number)
        self._look(lambda: self._forget(pair.number))

    def _look(self, step: Callable[[], None]) -> None:
        """Have the thread that looks take a step, whatever waits there."""
        assert self._looking is not None
        self._looking.put(step, always=True)

    def _now(self) -> float:
        return time.monotonic() - self._began

    # --- in the thread that looks at it ---

    def _begin(self, at: float, number: int, client: str) -> None:
        self._conversations[number] = Conversation(number)
        self._emit(Event(at, number, OUT, "open", text=client))

    def _feed(self, number: int, at: float, direction: str, data: bytes) -> None:
        self._emit_all(self._conversations[number].feed(at, direction, data))

    def _tell_end(self, number: int, at: float, direction: str, how: str) -> None:
        self._emit_all(self._conversations[number].end(at, direction, how))

    def _forget(self, number: int) -> None:
        self._conversations.pop(number, None)

    def _lose(self, number: int) -> None:
        text = f"connection {number} has more traffic than can be looked at: it is only forwarded"
        self._fail(text)
        _log.warning("%s", text)

    def _emit_all(self, events: Iterable[Event]) -> None:
        for event in events:
            self._emit(event)

    def _emit(self, event: Event) -> None:
        if self._masker is not None:
            event = self._masker.event(event)
        size = len(event.data)
        recording = None if self.failure else self._recording
        # As bytes what waits takes less room than as events: so it waits there, while the disk
        # moves.
        if recording is not None and not recording.put_when_free(event, size, STUCK_TIME):
            self._fail(_SLOW)
        if self._telling is not None:
            self._telling.put(event, size)

    # --- the recording ---

    def _write(self, recorder: Recorder, event: Event) -> None:
        if self._disk_failed:
            return
        try:
            recorder.write(event)
        except OSError as e:
            self._disk_failed = True
            self._fail(str(e))

    def _log_dropped(self) -> None:
        if self.dropped:
            _log.warning("%d events were not told: on_event is too slow", self.dropped)

    def _fail(self, why: str) -> None:
        """Give up the recording. The first reason is the one that counts."""
        if self._record is not None and not self.failure:
            self.failure = f"the recording ends here: {why}"
            _log.error("%s", self.failure)


def _call(step: Callable[[], None]) -> None:
    step()

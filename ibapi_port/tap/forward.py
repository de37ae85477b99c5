"""The tap: forwards bytes between clients and a TWS, and tells what they were. Bytes go on before
anyone looks at them.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from .background import AsyncServerThread
from .conversation import Conversation
from .masking import MASKED, Masker
from .pair import ConnectionPair
from .recording import OUT, Event, Recorder

Address = tuple[str, int]
# seconds that what has come is left alone: answers to it are to be forwarded before the processor
# is taken for looking at it
REPORT_DELAY = 0.01
_log = logging.getLogger(__name__)


class Tap(AsyncServerThread):
    """Listens at `listen` and connects each client to `to`; inside a `with` it runs.

    `record`: a file to write a recording to (it must not exist). `mask_accounts`: neither the
    recording nor `on_event` gets to see an account number. `on_event` is called with each event, in
    a thread of its own; it may take its time: nothing waits for it but the recording.
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
        # From the loop's thread to the one that reports: looking at frames must not delay
        # forwarding.
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._numbers = itertools.count(1)
        self._pairs: set[ConnectionPair] = set()
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
            lambda: ConnectionPair(self).sides[OUT], self.host, self.port
        )

    async def _end_connections(self) -> None:
        for pair in list(self._pairs):
            pair.reset()
        while self._pairs:
            # until the loop has told each pair that its connections are gone
            await asyncio.sleep(0)

    # --- what the pairs tell; in the loop's thread, so it must be quick ---

    def on_open(self, pair: ConnectionPair, client: str) -> None:
        """Take note of a new pair."""
        self._pairs.add(pair)
        pair.number = next(self._numbers)
        at = self._now()
        self._queue.put(lambda: self._begin(at, pair.number, client))

    def on_data(self, number: int, direction: str, data: bytes) -> None:
        """Take note of bytes that one side has sent."""
        at = self._now()
        self._queue.put(
            lambda: self._emit_all(self._conversations[number].feed(at, direction, data))
        )

    def on_end(self, number: int, direction: str, how: str) -> None:
        """Take note that one side has ended."""
        at = self._now()
        self._queue.put(lambda: self._emit_all(self._conversations[number].end(at, direction, how)))

    def on_gone(self, pair: ConnectionPair) -> None:
        """Take note that both connections have gone."""
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
            except Exception:  # `on_event` is the user's: it must not end the recording of all else
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

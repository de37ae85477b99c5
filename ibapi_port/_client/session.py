"""One connection as a whole: transport, codec, queue of frames, dispatcher, and the state that
joins them.

The client makes a Session for each connect and swaps it for the next. The EReader thread fills the
Session's queue, and any thread processes it. What belongs to a Session stays with it: a request is
encoded for the very connection that carries it, and a Session that was superseded drops its own
frames.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from ..protocol.select import codec_for
from ..protocol.text.codec import Codec
from .dispatcher import Decoder
from .frame_queue import MessageQueue
from .frame_source import FrameSource, Signal
from .state import End, EndReason, Lifecycle, OnState, State
from .transport import Connection

# Messages that an event loop processes in one turn, before others have theirs: some milliseconds.
TURN = 1000
# seconds that run() waits for another thread's connectionClosed; a callback may be waiting for
# run()
CLOSED_IS_TOLD = 2.0


class Session:
    """One connection to TWS, from the connect on. `on_end` is called when the stream has ended and
    all before was processed.
    """

    def __init__(
        self,
        connection: Connection,
        on_end: Callable[[Session, End], None],
        on_state: Callable[[], OnState | None] = lambda: None,
    ) -> None:
        self.connection = connection
        self.lifecycle = Lifecycle(on_state)
        self.codec: Codec | None = None  # until the handshake has told the version
        self.decoder: Decoder | None = None
        self.reader: threading.Thread | None = None
        self.source: FrameSource | None = None  # what the reader does; None without one
        self.queue = MessageQueue()
        self.after_message: Callable[[], None] | None = None
        self.finished = False  # the end of the stream was processed
        self.may_be_followed = [True]  # taken, by an atomic pop(), by who begins the next Session
        self.superseded = False
        # One thread at a time processes; the same thread may do so again within a callback.
        self.processing = threading.RLock()
        self.processing_thread: int | None = None
        self.goes_on_after_interrupts = False
        self.runs = 0  # how many threads are in run() on this connection
        self._id_in_use = False  # error 326 has come
        self._on_end = on_end

    # --- state ---

    @property
    def state(self) -> State:
        return self.lifecycle.state

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection: from the moment that requests are possible until its end
        was reported.
        """
        return self.lifecycle.state.is_connected

    def takes(self, request: str) -> bool:
        """Return whether this request may be sent now: startApi first, everything else after it."""
        state = self.lifecycle.state
        return state.takes_requests or (request == "startApi" and state.takes_start)

    def accept(self, server_version: int, decoder: Decoder, asynchronous: bool) -> bool:
        """TWS has answered the handshake. False: the connection was closed meanwhile."""
        self.codec = codec_for(server_version)
        self.decoder = decoder
        return self.lifecycle.accept(asynchronous)

    def start(self) -> None:
        """startApi is out, or has failed: the end of the connection tells the latter."""
        self.connection.started = True
        self.lifecycle.start()

    def error_came(self, code: int) -> None:
        """An error of TWS's: 326 explains why it closes the connection after it."""
        if code == ID_IN_USE:
            self._id_in_use = True

    def supersede(self) -> None:
        """The client has begun its next connection: what waits here is dropped."""
        self.superseded = True
        self.queue.abandon()

    def attach(
        self,
        reader: threading.Thread,
        signal: Signal,
        frames: int | None,
        size: int | None,
        watchdog: float | None,
    ) -> FrameSource:
        """Let this thread read, into a queue with these limits. Return what it is to do.

        A stream has one reader: of a second one only the signal is used.
        """
        if self.source is not None and self.source.begun:
            self.source.add_signal(signal)
            return self.source
        self.queue = MessageQueue(frames, size, at_end=_weakly(self.process_end))
        self.reader = reader
        self.source = FrameSource(self.connection, self.queue, signal, self.codec, watchdog)
        self.queue.wait = self.source.wait
        return self.source

    def closed(self) -> None:
        """The transport is closed. Where nothing has begun to read, this is the end of the stream
        too.
        """
        source = self.source
        if source is None:
            self.finished = True
        elif not source.begun:
            self.queue.append(End(EndReason.BY_US))
            source.tell()
        self.lifecycle.closed()

    # --- the processing thread's side ---

    def process(self) -> None:
        """Make the callbacks of all that has come, in this thread; at the end of the stream, end
        the connection.
        """
        if self.source is not None:
            self.source.processed_any = True
        outer = self.processing_thread
        self.processing_thread = threading.get_ident()
        try:
            while (end := self._process_to_end()) is not None:
                self.process_end(end)
        finally:
            self.processing_thread = outer

    def lead(self, source: FrameSource) -> bool | None:
        """Read in this thread, and make the callbacks of what comes, for as long as something does.

        Return False if nothing came in time, None if the signal has to be waited for.
        """
        outer = self.processing_thread
        self.processing_thread = threading.get_ident()
        try:
            while came := source.lead():
                end = self._process_to_end()
                if end is not None:
                    self.process_end(end)
                if self.finished:
                    return True
        finally:
            self.processing_thread = outer
        return came

    def take_turn(self, source: FrameSource) -> bool | None:
        """Read what is there, without waiting, and make the callbacks of what waits, but not of
        more than TURN messages. Return whether more waits; None: this is for the threads now.

        The EReader thread may be reading; and the end of the stream is left to the thread in run(),
        as to close a connection takes time.
        """
        outer = self.processing_thread
        self.processing_thread = threading.get_ident()
        items = self.queue.items
        try:
            came = source.lead(wait=False)
            if len(items) > TURN:
                items.insert(TURN, _turn_over)
            end = self._process_to_end()
        finally:
            self.processing_thread = outer
        if end is not None:
            items.appendleft(end)
            source.tell()
            return None
        return None if came is None else bool(items)

    def end_turn(self) -> None:
        """Let the thread that is processing stop after the message at hand, as an event loop is
        free again.
        """
        self.queue.items.appendleft(_turn_over)

    def _process_to_end(self) -> End | None:
        """Make the callbacks of what waits. Return the end of the stream; None: the queue is empty,
        or a turn is over.
        """
        queue = self.queue
        end: Any = None
        decoder = self.decoder
        if decoder is not None and not self.superseded:
            if not (queue.limited or self.goes_on_after_interrupts):
                end = decoder.process_queued(queue.items, self.after_message)
                if end is None:
                    return None
                while callable(end) and end is not _turn_over:  # what `post` has put in between
                    end()
                    end = decoder.process_queued(queue.items, self.after_message)
                return end if isinstance(end, End) else None
            process = (
                decoder.process_resumably
                if self.goes_on_after_interrupts
                else decoder.process_queued
            )
            end = process(queue.items, self._after_message())
            while callable(end) and end is not _turn_over:  # what `post` has put in between
                end()
                end = process(queue.items, self._after_message())
        else:
            while queue.items and not isinstance(end, End):
                end = queue.items.popleft()
        queue.taken()
        return end if isinstance(end, End) else None

    def post(self, call: Callable[[], None]) -> bool:
        """Let the thread that processes messages call this, after the messages that wait, and
        before all that come later. False: the end of the stream was processed already.
        """
        if self.finished or self.source is None:
            return False
        self.queue.items.append(call)
        self.source.tell()
        return True

    def _after_message(self) -> Callable[[], None] | None:
        if not self.queue.limited:
            return self.after_message
        taken = self.queue.taken
        after = self.after_message
        if after is None:
            return taken

        def both() -> None:
            taken()
            after()

        return both

    def process_end(self, end: End) -> None:
        """The stream has ended and everything before was processed."""
        if self._id_in_use and end.reason is EndReason.BY_TWS:
            end = End(EndReason.ID_IN_USE, end.detail)
        self.finished = True
        try:
            self._on_end(self, end)
        finally:
            if self.source is not None:
                self.source.tell()  # for another thread that waits on this stream

    def await_closed(self) -> None:
        """Wait until connectionClosed has been called by the thread that ends this connection.

        Not for ever: the callback may itself be waiting for this thread.
        """
        end = time.monotonic() + CLOSED_IS_TOLD
        while not self.lifecycle.told.is_set() and time.monotonic() < end:
            self.lifecycle.told.wait(0.1)  # in slices: an interrupt is seen

    # --- processes ---

    def forked(self) -> None:
        """In a child process: the connection is the parent's, and nothing is to be processed here
        any more.
        """
        self.lifecycle.forked()
        self.processing = threading.RLock()
        self.connection.forked()
        self.finished = True
        self.queue.items.clear()


ID_IN_USE = 326


def _turn_over() -> None:
    """Stand in the queue where processing pauses, for an event loop or for the thread in run()."""


def _weakly(method: Callable[[End], None]) -> Callable[[End], None]:
    """Call a method as long as its object is there: the reader's thread holds the queue, which must
    not hold the client.
    """
    reference = weakref.WeakMethod(method)

    def call(end: End) -> None:
        found = reference()
        if found is not None:
            found(end)

    return call


__all__ = ["Session"]

"""What the EReader thread does: bytes off the connection, frames into the queue, the end of the
stream as the last thing.

A thread in run() that has nothing to process may read for itself (`lead`), which saves waking two
threads for each message; the EReader thread stands by then, and reads as soon as callbacks keep the
other one. An event loop may do the same without waiting (`let_loop_lead`, loop_leader.py).

It knows neither Session nor client: a thread that keeps a client alive would keep a forgotten
connection open.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import sys
import threading
import time
from _thread import get_ident
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from ..protocol.exceptions import ProtocolError
from ..protocol.framing import LENGTH, LIMIT, FrameBuffer
from ..protocol.text.codec import Codec
from .frame_queue import MessageQueue
from .log_limit import RateLimit
from .signal_handlers import codes_of_handlers
from .state import End, EndReason
from .transport import DONT_WAIT, Connection, is_readable
from .watchdog import Watchdog

logger = logging.getLogger("ibapi_port.reader")
logger.addFilter(RateLimit())

# seconds that messages may wait for a program that does not process them, before this is logged
UNHEARD = 2.0
# Seconds that callbacks may take until the EReader thread reads. It looks ever more rarely, up to
# the second one, while they take less: with each look the system may put two threads that have
# much to do on one processor for some milliseconds.
KEPT, LONGEST_LOOK = 0.02, 1.0
SILENT = 0.2  # seconds that a receive takes where the reading is shared
# As KEPT, for an event loop: it is the time between two looks whether bytes wait for it.
LOOP_KEPT = 0.1
CAN_LEAD = sys.platform != "win32"  # a receive with a time limit cannot be interrupted there


class Signal(Protocol):
    """What the thread is woken by that processes messages."""

    def issueSignal(self) -> None:
        """Say that there is something to process."""

    def waitForSignal(self) -> object:
        """Return once there is something to process."""


class FrameSource:
    """Reads one connection. `watchdog`: seconds of silence after which TWS is asked for the time;
    None: it never is.
    """

    def __init__(
        self,
        connection: Connection,
        queue: MessageQueue,
        signal: Signal,
        codec: Codec | None,
        watchdog: float | None,
    ) -> None:
        self.connection = connection
        self.queue = queue
        self.signal = signal
        self.processed_any = False  # a thread has begun to process what comes
        self._may_begin = [True]  # taken, by an atomic pop(), by the EReader thread
        # The signal and the reader are ours: nothing can tell who has read.
        self.may_share = False
        self._leads = False  # a thread in run(), or an event loop, reads where it can
        self._by_loop = False  # an event loop does
        self._call_when_free: Callable[[], object] = lambda: None
        self._turn = 0  # how often it has come to read
        self._in_turn = False
        self._stand_by_over = threading.Lock()  # released to wake the EReader thread
        self._stand_by_over.acquire()
        # Held by the thread that reads. What was received and not cut yet is in `_raw`: who reads
        # next goes on with it. It is held from the start, for the EReader thread: that one has to
        # queue what came with the handshake before anybody receives.
        self._reading = threading.Lock()
        self._reading.acquire()
        self._raw: deque[bytes] = deque()
        self._torn = False  # an interrupt may have left frames uncut, or cut and not queued
        self._found: End | Exception | None = None  # by the leader: how the stream has ended
        self._more_signals: list[Signal] = []
        self._codec = codec
        self._watchdog = Watchdog(watchdog, self._ask_for_time) if watchdog else None
        self._buffer = FrameBuffer(LIMIT)
        # One whole frame can be queued as it is: nothing of another one is held, and nobody counts.
        self._nobody_counts = self._watchdog is None and queue.size is None
        self._plain = self._nobody_counts
        self._waiting_since: float | None = None
        self._limited = self._watchdog is not None  # receiving has a time limit
        self._leader = 0
        if self._watchdog is not None:  # here: later it would undo the limit of `let_lead`
            with contextlib.suppress(OSError):  # receiving will meet it too
                connection.limit_receiving(self._watchdog.interval)

    # --- the signal ---

    def add_signal(self, signal: Signal) -> None:
        """Tell another signal of what comes, too."""
        self._more_signals.append(signal)
        self.stop_leading()

    def tell(self) -> None:
        """Issue the signal. It may be the program's own: what it raises ends nothing."""
        for each in (self.signal, *self._more_signals):
            try:
                each.issueSignal()
            except Exception:  # the program's signal may raise anything
                logger.exception("issueSignal() raised")

    # --- reading ---

    @property
    def begun(self) -> bool:
        """Whether a thread has begun to read."""
        return not self._may_begin

    def read_all(self) -> None:
        """Read to the end of the stream, which is the last thing in the queue. Only the first
        thread that calls it does so.
        """
        if not self._begin():
            logger.warning("this connection has a reader already")
            return
        end = End(EndReason.RESET, "the reader failed")
        try:
            end = self._read()
        except OSError as e:
            end = End(EndReason.RESET, e.strerror or str(e))
        except Exception as e:  # no memory, for one
            logger.exception("the reader failed")
            end = End(EndReason.RESET, f"the reader failed ({type(e).__name__})")
        finally:
            self._leads = False
            with contextlib.suppress(RuntimeError):  # see `_stand_by`: nobody may hold it
                self._reading.release()
            self.queue.append(self._over(end))
            self.tell()

    def _begin(self) -> bool:
        """Take the reading. False: another EReader has it."""
        try:
            self._may_begin.pop()
        except IndexError:
            return False
        return True

    def _over(self, end: End) -> End:
        """Give up the connection, unless it is being closed in order. Return its end, with what may
        or may not have arrived.
        """
        connection = self.connection
        if connection.aborted:
            if end.reason not in (EndReason.SILENT, EndReason.FRAME_TOO_LONG):
                end = End(EndReason.SILENT, connection.aborted)
        elif connection.closed_by_us:
            return end
        else:
            connection.end(end.text)
        connection.close_aborted()
        doubt = connection.doubt()
        return End(end.reason, f"{end.text}; {doubt}") if doubt else end

    def _read(self) -> End:
        """Read and queue until the stream ends. Return why it ended."""
        end = self._take(self.connection.unread)
        turn = self._turn
        while end is None:
            if self._leads and self._turn != turn:
                if self._by_loop:
                    end = self._stand_by_loop()
                else:
                    self._stand_by()
                turn = self._turn
            if end is None:
                end = self._step()
        return end

    def _step(self, wait: bool = True) -> End | None:
        """Receive once and queue what is whole. Return the end of the stream; None: it goes on."""
        if self._found is not None:
            if isinstance(self._found, End):
                return self._found
            raise self._found
        try:
            if not self._raw:
                self.connection.receive(self._raw, wait)
        except (BlockingIOError, TimeoutError) as e:
            # The time limit is over, which is the watchdog's or the leader's; without one it is the
            # system that has given the other host up; or a signal handler has raised it.
            if not self._limited or e.errno == _ETIMEDOUT or self._is_of_program(e):
                raise
            return self._take(b"")
        if self._torn:  # nobody can tell where a frame begins: the connection is being closed
            return None if self._raw.popleft() else self._ended()
        self._torn = True
        try:
            data = self._raw.popleft()
        except IndexError:  # a signal handler has given the reading away: see give_reading_away
            end = None
        else:
            end = None
            # `_take`, written out for what comes by day: one whole frame, which this thread
            # processes itself
            if (
                self._in_turn
                and self._plain
                and (size := len(data) - _HEADER) > 0
                and _length(data)[0] == size
            ):
                # at once: if the queue was abandoned, who processes it drops this
                self.queue.items.append(data[_HEADER:])
            else:
                end = self._take(data) if data else self._ended()
        self._torn = False
        return end

    # --- the processing thread reads for itself ---

    def let_lead(self, seconds: float) -> None:
        """A thread in run() may read from now on, for so long at a time."""
        if self._limit_sharing(seconds):
            self._by_loop = False
            self._leads = True

    def let_loop_lead(self, call_when_free: Callable[[], object]) -> bool:
        """An event loop may read from now on, without waiting. False: not this connection.

        `call_when_free` is called when the EReader thread takes the reading over: it lets the loop
        call `miss_turn` as soon as it can. For bytes alone the loop might never come: whoever waits
        in a receive is often the first to take them.
        """
        if not DONT_WAIT or self.connection.closed_by_us or not self._limit_sharing(SILENT):
            return False
        self._call_when_free = call_when_free
        self._by_loop = True
        self._turn += 1  # the loop is free now
        self._leads = True
        return True

    def _limit_sharing(self, seconds: float) -> bool:
        """Let receiving take no longer than this, so that another thread can read in between.
        False: this connection cannot be shared.
        """
        if not (CAN_LEAD and self.may_share and type(self.connection.socket) is socket.socket):
            return False
        limit = self._watchdog.interval if self._watchdog is not None else seconds
        try:
            self.connection.limit_receiving(min(limit, seconds))
        except Exception:  # the EReader thread will meet it too, if it is more than this option
            return False
        self._limited = True
        return True

    @property
    def leads(self) -> bool:
        """Whether another thread than the EReader's reads where it can."""
        return self._leads

    def stop_leading(self) -> None:
        """Let the EReader thread alone read: the connection is being closed, or run() ends."""
        self._leads = False
        self._wake()

    def give_reading_away(self) -> None:
        """As `stop_leading`, for a thread that waits then until the EReader thread has read to the
        end, which may be a signal handler in the middle of `lead`. So the EReader thread gets the
        reading at once, unless frames are just being cut.
        """
        self._leads = False
        if self._in_turn and not self._torn and self._leader == threading.get_ident():
            self._in_turn = False
            self._reading.release()
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # it is awake
            self._stand_by_over.release()

    def lead(self, wait: bool = True) -> bool | None:
        """Receive once in this thread, waiting for it or not. Return whether anything came; None:
        this thread must wait for the signal, as the EReader thread reads.
        """
        self._turn += 1
        if not self._leads or not self._reading.acquire(False):
            return None
        self._leader = get_ident()
        self._in_turn = True
        items = self.queue.items
        try:
            if not self._leads or items:  # the EReader thread has just queued something
                return True
            self._found = self._step(wait)
        except Exception as e:
            if self._is_of_program(e):
                raise
            self._found = e  # the EReader thread tells it
        finally:
            if self._in_turn:
                self._in_turn = False
                self._reading.release()
        if self._found is not None:
            self.stop_leading()
        if self._more_signals and items:  # of a reader that was made during this turn
            self.tell()
        return bool(items)

    def miss_turn(self) -> None:
        """Say that the loop is free: the EReader thread gives the reading back."""
        self._turn += 1

    def _is_of_program(self, e: BaseException) -> bool:
        """Return whether a signal handler of the program has raised this in the leader: it is to
        end run(), and says nothing of the connection.
        """
        trace = e.__traceback__ if self._leader == threading.get_ident() else None
        while trace is not None:
            code = trace.tb_frame.f_code
            if not code.co_filename.startswith(_OURS):
                return code in codes_of_handlers()
            trace = trace.tb_next
        return False

    def _stand_by(self) -> None:
        """Let the leader read until it is kept by callbacks, or leads no more."""
        self._reading.release()
        look = KEPT
        while self._leads:
            turn = self._turn
            in_turn = self._in_turn
            self._stand_by_over.acquire(timeout=look)
            if self._turn != turn or in_turn:  # each look costs as much as some messages
                look = min(2 * look, LONGEST_LOOK)
            elif not self._in_turn and self._reading.acquire(blocking=False):
                return
        self._take_reading()

    def _take_reading(self) -> None:
        """Wait until no leader reads any more."""
        while not self._reading.acquire(timeout=SILENT):
            if not self._in_turn:
                # Either an interrupt in the leader has left it locked, or it was released just now
                # and must be held all the same.
                self._reading.acquire(blocking=False)
                return

    def _stand_by_loop(self) -> End | None:
        """Let the event loop read until bytes wait for it that it does not take, or it leads no
        more. Return the end of the stream where this thread finds it: TWS is silent.

        A loop is not in its turn while it waits, so that the bytes have to tell whether it is kept.
        """
        self._reading.release()
        limit = SILENT if self._watchdog is None else min(SILENT, self._watchdog.interval)
        look = min(LOOP_KEPT, limit)
        while self._leads:
            turn = self._turn
            self._stand_by_over.acquire(timeout=look)
            if self._turn != turn:
                look = min(LOOP_KEPT, limit)
            elif self._reading.acquire(blocking=False):
                if not self._leads:
                    return None
                if self._bytes_wait():
                    self._call_when_free()
                    return None
                end = self._take(b"")  # the watchdog has its look
                if end is not None:
                    return end
                self._reading.release()
                look = limit
        self._take_reading()
        return None

    def _bytes_wait(self) -> bool:
        sock = self.connection.socket
        return sock is None or bool(self._raw) or is_readable(sock, 0)

    def _take(self, data: bytes) -> End | None:
        """Queue the frames that are whole with these bytes. Return the end if the connection has to
        be given up.
        """
        connection = self.connection
        frames, failure = self._buffer.feed_until(data)
        self._plain = self._nobody_counts and not self._buffer.pending
        if self._in_turn and failure is None and self._watchdog is None:
            self.queue.extend(frames)  # this thread processes them itself
            return None
        # After disconnect() too: what comes until TWS has taken everything and closed its side may
        # be a fill.
        if frames:
            self._queue(frames)
        if failure is not None:
            connection.abort(str(failure))
            return End(EndReason.FRAME_TOO_LONG, str(failure))
        watchdog = self._watchdog
        if watchdog is not None and not connection.started:
            watchdog.heard()  # TWS has nothing to say before startApi
        elif watchdog is not None and watchdog.is_over():
            text = f"nothing was heard from TWS for {2 * watchdog.seconds:g} s"
            connection.abort(text)
            return End(EndReason.SILENT, text)
        return None

    def _queue(self, frames: list[bytes]) -> None:
        queue = self.queue
        queue.extend(frames)
        if not self._in_turn:  # else this thread processes them itself
            self.tell()
            if queue.is_full():
                queue.await_room(_StandStill(self.connection, queue))
        if not self.processed_any:
            self._warn_if_unheard()
        if self._watchdog is not None:
            self._watchdog.heard()

    def _ended(self) -> End:
        if self._buffer.pending and not self.connection.closed_by_us:
            logger.warning(
                "%d bytes of a frame that did not come whole were left", self._buffer.pending
            )
        return End(EndReason.BY_TWS, EndReason.BY_TWS.meaning)

    def _ask_for_time(self) -> None:
        """Ask TWS for the time without waiting: who cannot send must not keep the watchdog from
        noticing.
        """
        if self._codec is None:
            return
        try:
            frame = self._codec.encode_request("reqCurrentTime")
        except ProtocolError:  # no version of TWS refuses it
            logger.exception("the watchdog's question cannot be encoded")
        else:
            self.connection.send_without_waiting(frame)

    def _warn_if_unheard(self) -> None:
        """Log once that messages have waited for long and nothing has processed any: run() may have
        been forgotten.
        """
        now = time.monotonic()
        if self._waiting_since is None:
            self._waiting_since = now
        elif now - self._waiting_since > UNHEARD:
            self.processed_any = True
            logger.warning(
                "%d messages wait and nothing processes them: call run() (or processMsgs()) on "
                "this connection",
                self.queue.qsize(),
            )

    def wait(self, seconds: float) -> bool:
        """Wait until the reader has signalled, for a program with a loop of its own."""
        try:
            # one of ours takes the time; a program's own may not
            wait = cast(Callable[[float], object], self.signal.waitForSignal)
            return bool(wait(seconds))
        except TypeError:  # a signal of the program's, which takes no time limit
            time.sleep(min(seconds, 0.005))
            return False


class _StandStill:
    """Asked by a reader that waits for room: whether to wait no longer. Warns where neither side
    can go on.
    """

    def __init__(self, connection: Connection, queue: MessageQueue) -> None:
        self._connection = connection
        self._queue = queue
        self._waiting = queue.qsize()
        self._since = time.monotonic()
        self._told = False

    def __call__(self) -> bool:
        connection = self._connection
        now, waiting = time.monotonic(), self._queue.qsize()
        if waiting != self._waiting:
            self._waiting, self._since = waiting, now
        elif now - self._since > UNHEARD and not self._told and connection.is_sending():
            self._told = True
            logger.warning(
                "nothing was processed for %g s: a request waits for TWS, which may not read "
                "before it has written, and %d messages wait for the program, so that nothing is "
                "read (queueFrames, queueBytes); raise these limits, or set sendTimeout",
                UNHEARD,
                waiting,
            )
        return connection.closed_by_us or bool(connection.aborted)


_HEADER, _length = LENGTH.size, LENGTH.unpack_from
_ETIMEDOUT = errno.ETIMEDOUT
_OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep

__all__ = ["FrameSource"]

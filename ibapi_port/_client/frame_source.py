"""What the EReader thread does: bytes off the connection, frames into the queue, the end of the
stream as the last thing.

It knows neither Session nor client: a thread that keeps a client alive would keep a forgotten
connection open.
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from typing import Protocol, cast

from ..protocol.exceptions import ProtocolError
from ..protocol.framing import LIMIT, FrameBuffer
from ..protocol.text.codec import Codec
from .frame_queue import MessageQueue
from .log_limit import RateLimit
from .state import End, EndReason
from .transport import Connection
from .watchdog import Watchdog

logger = logging.getLogger("ibapi_port.reader")
logger.addFilter(RateLimit())

# seconds that messages may wait for a program that does not process them, before this is logged
UNHEARD = 2.0


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
        self._may_begin = [True]  # taken, by an atomic pop(), by the thread that reads
        self._more_signals: list[Signal] = []
        self._codec = codec
        self._watchdog = Watchdog(watchdog, self._ask_for_time) if watchdog else None
        self._buffer = FrameBuffer(LIMIT)
        self._waiting_since: float | None = None

    # --- the signal ---

    def add_signal(self, signal: Signal) -> None:
        """Tell another signal of what comes, too."""
        self._more_signals.append(signal)

    def tell(self) -> None:
        """Issue the signal. It may be the program's own: what it raises ends nothing."""
        for signal in (self.signal, *self._more_signals):
            try:
                signal.issueSignal()
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
        try:
            self._may_begin.pop()
        except IndexError:
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
            self.queue.append(self._over(end))
            self.tell()

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
        connection = self.connection
        watchdog = self._watchdog
        data = connection.unread
        if watchdog is not None:
            connection.limit_receiving(watchdog.interval)
        while True:
            end = self._take(data)
            if end is not None:
                return end
            try:
                data = connection.recvMsg()
            except (BlockingIOError, TimeoutError) as e:
                # The watchdog's interval is over; without one it is the system that has given the
                # other host up.
                if watchdog is None or e.errno == _ETIMEDOUT:
                    raise
                data = b""
                continue
            if not data:
                return self._ended()

    def _take(self, data: bytes) -> End | None:
        """Queue the frames that are whole with these bytes. Return the end if the connection has to
        be given up.
        """
        connection = self.connection
        frames, failure = self._buffer.feed_until(data)
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


_ETIMEDOUT = errno.ETIMEDOUT

__all__ = ["FrameSource"]

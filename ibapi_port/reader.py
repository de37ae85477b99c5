"""Between the socket and the thread that processes messages: the EReader thread, its queue, and the signal that wakes the processor.

The thread takes what the socket has, cuts all whole frames out of it, queues them as one batch and signals once. The last thing
that it queues is how the stream ended; so everything that was received is processed before the end is.
"""

from __future__ import annotations

import logging
import threading
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from .limited_log import RateLimit
from .message_queue import EndOfStream, MessageQueue
from .protocol.framing import LIMIT, FrameBuffer
from .watchdog import Watchdog

if TYPE_CHECKING:
    from .client import EClientSocket

logger = logging.getLogger("ibapi_port.reader")
logger.addFilter(RateLimit())

INTERRUPTIBLE = 0.2  # seconds after which a wait looks whether Ctrl-C was pressed


class EReaderSignal(Protocol):
    """How the EReader tells the processing thread that there is something to process."""

    def issueSignal(self) -> None:
        """Called by the EReader thread after each batch, and at the end of the stream."""

    def waitForSignal(self) -> Any:
        """Called by the processing thread: returns once a signal was issued since the last return."""


class EReaderMonitorSignal:
    """A signal that is kept until it is waited for; several issued meanwhile count as one. Waiting costs no processor time."""

    def __init__(self) -> None:
        self._none = threading.Lock()  # held while no signal is there: a fraction of what a threading.Condition costs
        self._none.acquire()

    def issueSignal(self) -> None:
        try:  # noqa: SIM105 - suppress() costs more than all of this
            self._none.release()
        except RuntimeError:  # the last one was not waited for yet
            pass

    def waitForSignal(self, timeout: float | None = None) -> bool:
        """Returns once a signal was issued since the last return; False when none was within the timeout (seconds)."""
        # a wait without end would miss an interrupt that comes just before it, and on Windows every one
        while not self._none.acquire(timeout=INTERRUPTIBLE if timeout is None else max(timeout, 0)):
            if timeout is not None:
                return False
        return True


EJavaSignal = EReaderMonitorSignal


class EReader(threading.Thread):
    """Takes frames off the client's connection. `start()` begins reading; `processMsgs()` makes the callbacks of what has come.

    The thread itself does not keep the client alive: who drops the last reference to a connected client has it closed.
    """

    def __init__(self, client: EClientSocket, signal: EReaderSignal) -> None:
        super().__init__(name="EReader", daemon=True)
        self._client = weakref.ref(client)
        self.signal = signal
        self.conn = client._attach(self)
        self.msg_queue = MessageQueue(client.queueFrames, client.queueBytes)
        self.watchdog = Watchdog(client.watchdogSeconds, self._ask) if client.watchdogSeconds else None
        self.finished = False  # the end of the stream was processed

    @property
    def client(self) -> EClientSocket | None:
        """The client; None when it is no more."""
        return self._client()

    def _ask(self) -> None:
        client = self._client()
        if client is not None:
            client._ask_for_time()

    def run(self) -> None:
        """The thread's body: batches into the queue until the stream ends."""
        reason = "the reader failed"
        try:
            reason = self._read()
        except OSError as e:
            reason = e.strerror or str(e)
        finally:
            self.msg_queue.append(EndOfStream(reason))
            self.signal.issueSignal()

    def _read(self) -> str:
        """Read to the end of the stream; why it ended."""
        conn, queue = self.conn, self.msg_queue
        if conn is None:
            return "not connected"
        buffer, data = FrameBuffer(LIMIT), conn.unread
        while True:
            frames, failure = buffer.feed_until(data)
            if frames:
                queue.extend(frames)
                self.signal.issueSignal()
                if queue.full():
                    queue.await_room(lambda: conn.closed_by_us)
            if failure is not None:
                return str(failure)
            if self.watchdog is not None and not self.watchdog.wait(conn):
                return f"nothing was heard from TWS for {2 * self.watchdog.seconds:g} s"
            data = conn.recvMsg()
            if not data:
                break
        if buffer.pending and not conn.closed_by_us:
            logger.warning("%d bytes of a frame that did not come whole were left", buffer.pending)
        return "TWS closed the connection"

    def processMsgs(self) -> None:
        """Make the callbacks of all messages that have come, in the calling thread; at the end of the stream, end the connection."""
        client = self._client()
        if client is None:
            return
        while (end := self._process_to_end(client)) is not None:
            self.finished = True
            try:
                client._ended(self, end.reason)
            finally:
                self.signal.issueSignal()  # for another thread that waits on this stream
        self.msg_queue.emptied()

    def _process_to_end(self, client: EClientSocket) -> EndOfStream | None:
        queue, end = self.msg_queue.items, None
        if client.decoder is not None and client.reader is self:
            end = client.decoder.process_queued(queue, client, self.conn, client._after_message)
        else:  # made without a connection, or the client has begun the next one: there is but the end
            while queue and not isinstance(end, EndOfStream):
                end = queue.popleft()
        return end if isinstance(end, EndOfStream) else None

    def forked(self) -> None:
        """In a child process, which has no such thread: nothing is to be processed here any more."""
        self.finished = True
        self.msg_queue.clear()


__all__ = ["EJavaSignal", "EReader", "EReaderMonitorSignal", "EReaderSignal"]

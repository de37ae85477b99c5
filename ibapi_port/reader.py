"""Between the socket and the thread that processes messages: the EReader thread, its queue, and the signal that wakes the processor.

The thread takes what the socket has, cuts all whole frames out of it, queues them as one batch and signals once. The last thing
that it queues is how the stream ended; so everything that was received is processed before the end is.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from .protocol.framing import LIMIT, FrameBuffer

if TYPE_CHECKING:
    from .client import EClientSocket

logger = logging.getLogger("ibapi_port.reader")


class EReaderSignal(Protocol):
    """How the EReader tells the processing thread that there is something to process."""

    def issueSignal(self) -> None:
        """Called by the EReader thread after each batch, and at the end of the stream."""

    def waitForSignal(self) -> Any:
        """Called by the processing thread: returns once a signal was issued since the last return."""


class EReaderMonitorSignal:
    """A signal that is kept until it is waited for; several issued meanwhile count as one. Waiting costs no processor time."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._issued = False

    def issueSignal(self) -> None:
        with self._condition:
            self._issued = True
            self._condition.notify()

    def waitForSignal(self, timeout: float | None = None) -> bool:
        """Returns once a signal was issued since the last return; False when none was within the timeout (seconds)."""
        with self._condition:
            issued = self._condition.wait_for(lambda: self._issued, timeout)
            self._issued = False
            return issued


EJavaSignal = EReaderMonitorSignal


@dataclass(frozen=True)
class EndOfStream:
    """How the stream ended."""

    reason: str


class MessageQueue:
    """Received payloads in order. One thread fills it, one empties it."""

    def __init__(self) -> None:
        self.items: deque[bytes | EndOfStream] = deque()

    def extend(self, payloads: Iterable[bytes | EndOfStream]) -> None:
        self.items.extend(payloads)

    def qsize(self) -> int:
        return len(self.items)

    def empty(self) -> bool:
        return not self.items


class EReader(threading.Thread):
    """Takes frames off the client's connection. `start()` begins reading; `processMsgs()` makes the callbacks of what has come."""

    def __init__(self, client: EClientSocket, signal: EReaderSignal) -> None:
        super().__init__(name="EReader", daemon=True)
        self.client = client
        self.signal = signal
        self.conn = client.attach(self)
        self.decoder = client.decoder
        self.msg_queue = MessageQueue()
        self.after_message: Callable[[], None] | None = None  # called after each message
        self.finished = False  # the end of the stream was processed

    def run(self) -> None:
        """The thread's body: batches into the queue until the stream ends."""
        reason = "the reader failed"
        try:
            reason = self._read()
        except OSError as e:
            reason = e.strerror or str(e)
        finally:
            self.msg_queue.extend((EndOfStream(reason),))
            self.signal.issueSignal()

    def _read(self) -> str:
        """Read to the end of the stream; why it ended."""
        conn = self.conn
        if conn is None:
            return "not connected"
        buffer, data = FrameBuffer(LIMIT), conn.unread
        while True:
            frames, failure = buffer.feed_until(data)
            if frames:
                self.msg_queue.extend(frames)
                self.signal.issueSignal()
            if failure is not None:
                return str(failure)
            data = conn.recvMsg()
            if not data:
                break
        if buffer.pending and not conn.closed_by_us:
            logger.warning("%d bytes of a frame that did not come whole were left", buffer.pending)
        return "TWS closed the connection"

    def processMsgs(self) -> None:
        """Make the callbacks of all messages that have come, in the calling thread; at the end of the stream, end the connection."""
        while (end := self._process_to_end()) is not None:
            self.finished = True
            try:
                self.client.ended(self, end.reason)
            finally:
                self.signal.issueSignal()  # for another thread that waits on this stream

    def _process_to_end(self) -> EndOfStream | None:
        queue, end = self.msg_queue.items, None
        if self.decoder is not None:
            end = self.decoder.process_queued(queue, self.client, self.conn, self.after_message)
        elif queue:  # made without a connection: there is but the end
            end = queue.popleft()
        return end if isinstance(end, EndOfStream) else None


__all__ = ["EJavaSignal", "EReader", "EReaderMonitorSignal", "EReaderSignal"]

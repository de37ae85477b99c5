"""Between the socket and the thread that processes messages: the EReader thread, and the signal
that wakes the processor.

The thread takes what the socket has, cuts all whole frames out of it, queues them as one batch and
signals once. The last thing that it queues is how the stream ended; so everything that was received
is processed before the end is.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from .callbacks import stands_in
from .frame_queue import MessageQueue
from .frame_source import FrameSource
from .own_loop import read_into
from .session import Session
from .state import End, EndReason

LAST_CALLBACKS = 10.0  # seconds that a process lives on for the callbacks after the end of a stream
LOOK = 0.1  # seconds after which it looks whether anybody makes them
INTERRUPTIBLE = 0.2  # seconds after which a wait looks whether Ctrl-C was pressed


class EReaderSignal(Protocol):
    """How the EReader tells the processing thread that there is something to process."""

    def issueSignal(self) -> None:
        """Called by the EReader thread after each batch, and at the end of the stream."""

    def waitForSignal(self) -> object:
        """Return once a signal was issued since the last return; the processing thread calls it."""


class EReaderMonitorSignal:
    """A signal that is kept until it is waited for; several issued meanwhile count as one. Waiting
    costs no processor time.
    """

    def __init__(self) -> None:
        # held while no signal is there: a fraction of what a threading.Condition costs
        self._none = threading.Lock()
        self._none.acquire()

    def issueSignal(self) -> None:
        try:  # noqa: SIM105 - suppress() costs more than all of this
            self._none.release()
        except RuntimeError:  # the last one was not waited for yet
            pass

    def waitForSignal(self, timeout: float | None = None) -> bool:
        """Returns once a signal was issued since the last return; False when none was within the
        timeout (seconds).
        """
        # a wait without end would miss an interrupt that comes just before it, and on Windows every
        # one
        while not self._none.acquire(timeout=INTERRUPTIBLE if timeout is None else max(timeout, 0)):
            if timeout is not None:
                return False
        return True


EJavaSignal = EReaderMonitorSignal


def _nothing() -> None:
    """Stand for the weak reference to a client where there is none."""


class HasSession(Protocol):
    """What an EReader needs of a client: its inner object, and the options of the queue."""

    _ibapi_port: Any


def _await_the_end(session: Session) -> None:
    """Return when connectionClosed was called, nobody processes messages, or the time is over."""
    until = time.monotonic() + LAST_CALLBACKS
    while session.runs and time.monotonic() < until:
        if session.lifecycle.told.wait(LOOK):
            return


class EReader(threading.Thread):
    """Takes frames off the client's connection. `start()` begins reading; `processMsgs()` makes the
    callbacks of what has come.

    The thread itself does not keep the client alive: who drops the last reference to a connected
    client has it closed. Where this package stands in for `ibapi` it is no daemon thread, as in the
    official client: a program whose run() is in a daemon thread goes on after its last line.
    """

    def __init__(self, client: HasSession, signal: EReaderSignal) -> None:
        """A program that makes its connection itself gives that and a queue, as officially."""
        super().__init__(name="EReader", daemon=not stands_in())
        core = getattr(client, "_ibapi_port", None)
        self.conn: Any = None
        self.msg_queue: Any
        self._own = core is None
        self._source: FrameSource | None = None
        if core is None:
            self.conn, self.msg_queue = client, signal
            self._client: Callable[[], Any] = _nothing
            self._session = None
            return
        self._client = weakref.ref(client)
        self.signal = signal
        session: Session | None = core.session_of_thread()
        self._session = weakref.ref(session) if session is not None else None
        self.conn = session.connection if session is not None else None
        if session is None:
            self.msg_queue = MessageQueue()
        else:
            self._source = core.attach(session, self, signal)
            self._source.may_share = type(self) is EReader and type(signal) is EReaderMonitorSignal
            self.msg_queue = session.queue

    @property
    def client(self) -> Any:
        """The client; None when it is no more."""
        return self._client()

    @property
    def finished(self) -> bool:
        """Whether the end of the stream was processed."""
        session = self._session() if self._session is not None else None
        return session is None or session.finished

    def run(self) -> None:
        """The thread's body: batches into the queue until the stream ends."""
        if self._own:
            read_into(self.conn, self.msg_queue)
        elif self._source is not None:
            self._source.read_all()
            if not self.daemon:
                self._keep_process_alive()
        else:
            self.msg_queue.append(End(EndReason.NOT_REACHED, "not connected"))
            self.signal.issueSignal()

    def _keep_process_alive(self) -> None:
        """Let the process live until connectionClosed was called by a run() in a daemon thread.

        In a thread of its own: disconnect() waits for this one.
        """
        session = self._session() if self._session is not None else None
        if session is not None and session.runs:
            with contextlib.suppress(RuntimeError):  # the system has no thread left
                threading.Thread(target=_await_the_end, args=(session,), name="EReader end").start()

    def processMsgs(self) -> None:
        """Make the callbacks of all messages that have come, in the calling thread; at the end of
        the stream, end the connection.
        """
        session = self._session() if self._session is not None else None
        if session is not None and self._client() is not None:
            session.process()


__all__ = ["EJavaSignal", "EReader", "EReaderMonitorSignal", "EReaderSignal"]

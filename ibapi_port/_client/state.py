"""The life of one connection: its states, what changes them, and why it ended. Everything that
changes a state is in this file.

    CONNECTING -- accepted --> OPENING ---------- started --> CONNECTED -- ready --> READY
        |                      AWAITING_START -- started -->     |                    |
        |  (AsyncEConnect: the program calls startAPI)           |                    |
        +-------------------------- lose / close ----------------+--------------------+
                                          |
                                LOST (the end is being reported)
                                          |
                                CLOSING (the transport is being closed) --> CLOSED

A client that has no connection is DISCONNECTED: it has no Lifecycle at all.
"""

from __future__ import annotations

import enum
import logging
import threading
from collections.abc import Callable
from typing import NamedTuple

from ..errors import CONNECT_FAIL, UPDATE_TWS

logger = logging.getLogger("ibapi_port.client")


class State(enum.Enum):
    """Where a connection is. Requests are taken in CONNECTED and READY; in the two before them
    startApi alone.
    """

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"  # reaching TWS, handshake
    OPENING = "opening"  # TWS has answered; startApi is not out yet
    AWAITING_START = "awaiting start"  # the same, where the program calls startAPI() itself
    CONNECTED = "connected"  # startApi is out
    READY = "ready"  # nextValidId has come
    LOST = "lost"  # the stream has ended and all of it was processed; the program is being told
    CLOSING = "closing"  # the transport is being closed; connectionClosed follows
    CLOSED = "closed"  # connectionClosed was called

    # For each request: a look at an attribute is a fraction of a look into a set, for which an enum
    # is hashed by Python code.
    is_connected: bool
    takes_requests: bool
    takes_start: bool


class EndReason(enum.Enum):
    """Why a connection ended, or was never made: what it means, and whether it makes sense to try
    again without a change.
    """

    BY_US = ("disconnect() was called", False)
    BY_TWS = ("TWS closed the connection", True)
    RESET = ("the connection broke", True)
    SILENT = ("TWS does not answer any more", True)
    FRAME_TOO_LONG = ("TWS announced a frame that is too long", True)
    NOT_REACHED = ("TWS was not reached", True)
    REFUSED = ("nothing listens on this port", True)
    CLOSED_AT_ONCE = ("TWS accepted the connection and closed it", True)
    NOT_A_TWS = ("what answers is no TWS", False)
    ID_IN_USE = ("the client id is in use", False)
    REDIRECTED = ("TWS names another host", False)
    VERSION = ("TWS and the client have no version in common", False)

    def __init__(self, meaning: str, can_retry: bool) -> None:
        self.meaning = meaning
        self.can_retry = can_retry


_NEVER_MADE = frozenset(
    {
        EndReason.NOT_REACHED,
        EndReason.REFUSED,
        EndReason.CLOSED_AT_ONCE,
        EndReason.NOT_A_TWS,
        EndReason.REDIRECTED,
    }
)


class End(NamedTuple):
    """How one connection ended: the reason, and the particulars as text."""

    reason: EndReason
    detail: str = ""

    @property
    def text(self) -> str:
        """The particulars, or else what the reason means."""
        return self.detail or self.reason.meaning

    def code(self, lost: int | None = 507) -> int | None:
        """The error code that tells a program of this end, `lost` for a connection that was lost.
        None: no error is made of it.
        """
        if self.reason is EndReason.VERSION:
            return UPDATE_TWS.code()
        if self.reason in _NEVER_MADE:
            return CONNECT_FAIL.code()
        return None if self.reason is EndReason.BY_US else lost


OnState = Callable[[State, State, "End | None"], None]

# Bound once: a look-up on the enum class may run Python code, in which a signal handler can get
# between a test and its assignment.
_CONNECTING, _OPENING, _AWAITING_START = State.CONNECTING, State.OPENING, State.AWAITING_START
_CONNECTED, _READY = State.CONNECTED, State.READY
_LOST, _CLOSING, _CLOSED = State.LOST, State.CLOSING, State.CLOSED

for _state in State:
    _state.is_connected = _state in (_AWAITING_START, _CONNECTED, _READY, _LOST)
    _state.takes_requests = _state in (_CONNECTED, _READY, _LOST)
    _state.takes_start = _state in (_OPENING, _AWAITING_START)


class Lifecycle:
    """The state of one connection. Each method is an event; any thread, a signal handler included,
    may bring it.

    `lose` and `close` are claimed by whoever comes first: a list's pop() is atomic, also against a
    signal handler in the same thread, which the lock (reentrant, so that the handler does not wait
    for its own thread) does not keep out.
    """

    def __init__(self, on_state: Callable[[], OnState | None]) -> None:
        self.state = State.CONNECTING
        self.end: End | None = None  # why it ended; None as long as it has not
        self._on_state = on_state
        # Any two threads may bring an event at once. Reentrant: a signal handler may bring one in
        # the middle of another of its own thread.
        self._lock = threading.RLock()
        self._may_lose = [True]
        self._may_close = [True]
        self._acknowledging: int | None = None  # the thread that is about to tell connectAck
        self.closed_by: int | None = None  # the thread that closed it
        self.closed_from: State | None = None  # the state that it was in
        self._is_closed = False
        # connectionClosed was called for meanwhile: it is told after connectAck
        self._close_is_due = False
        self.told = threading.Event()  # connectionClosed has been called, or never will be
        self._tell(State.DISCONNECTED, None)

    # --- the way up ---

    def accept(self, asynchronous: bool) -> bool:
        """TWS has answered the handshake. False: the connection was closed meanwhile."""
        with self._lock:
            old = self.state
            self._acknowledging = threading.get_ident()
            if old is _CONNECTING and self._may_close:
                self._enter(_AWAITING_START if asynchronous else _OPENING)
        return self._changed(old)

    def start(self) -> None:
        """startApi went out, or failed: the end of the connection tells the latter."""
        with self._lock:
            old = self.state
            if old.takes_start:
                self._enter(_CONNECTED)
        self._changed(old)

    def ready(self) -> None:
        """nextValidId has come. Later ones, which reqIds brings, change nothing."""
        old = self.state
        if old is _READY:
            return
        with self._lock:
            old = self.state
            if old is _CONNECTED:
                self._enter(_READY)
        self._changed(old)

    def _enter(self, state: State) -> None:
        """Take a state, the lock held; unless a signal handler of this very thread has closed the
        connection meanwhile.
        """
        self.state = state
        if not self._may_close:
            self.state = _CLOSED if self._is_closed else _CLOSING

    # --- the way down ---

    def lose(self, end: End) -> bool:
        """The stream has ended by itself and all of it was processed. False: somebody else ends
        this connection.
        """
        with self._lock:
            old = self.state
            if not self._may_close or old is _CONNECTING:
                return False
            try:
                self._may_lose.pop()
            except IndexError:
                return False
            if self._may_close:
                self.end = end
                self._enter(_LOST)
        return self._changed(old)

    def close(self, end: End) -> bool:
        """The connection is to be closed. False: somebody else is closing it, or has closed it."""
        try:
            self._may_close.pop()
        except IndexError:
            return False
        with self._lock:
            old = self.state
            self.end = self.end or end
            self.closed_by = threading.get_ident()
            self.closed_from = old
            self.state = _CLOSING
        self._changed(old)
        return True

    def closed(self) -> None:
        """The transport is closed."""
        old = self.state
        self._is_closed = True
        self.state = _CLOSED
        self._changed(old)

    # --- connectAck before connectionClosed ---

    def defer_closed(self) -> bool:
        """Whether connectionClosed must wait: another thread is about to tell connectAck, and tells
        it afterwards.
        """
        with self._lock:
            if self._acknowledging in (None, threading.get_ident()):
                return False
            self._close_is_due = True
            return True

    def acknowledged(self) -> bool:
        """connectAck was told. True: connectionClosed is due."""
        with self._lock:
            self._acknowledging = None
            due, self._close_is_due = self._close_is_due, False
            return due

    def is_acknowledging(self) -> bool:
        """Whether this thread is the one that is connecting, and has not told connectAck yet."""
        return self._acknowledging == threading.get_ident()

    # --- what others see ---

    def forked(self) -> None:
        """In a child process: the locks may be held by threads that it does not have."""
        self._lock = threading.RLock()
        self.state = _CLOSED
        self._may_close.clear()
        self.told = threading.Event()
        self.told.set()

    def _changed(self, old: State) -> bool:
        new = self.state
        if new is not old:
            self._tell(old, self.end)
        return new is not old

    def _tell(self, old: State, end: End | None) -> None:
        # The lock is not held here: what listens may connect, disconnect or wait.
        on_state = self._on_state()
        if on_state is not None:
            try:
                on_state(old, self.state, end)
            except Exception:  # what listens must not keep a connection from being closed
                logger.exception("on_state raised")


__all__ = ["End", "EndReason", "Lifecycle", "OnState", "State"]

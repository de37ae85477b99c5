"""The thread that is in run(): it processes one connection after the other, and makes the callbacks
that belong to none in between.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from .._client.core import ClientCore
from .._client.message_loop import NEXT, MessageLoop
from .line import Line

if TYPE_CHECKING:
    from .._client.session import Session

logger = logging.getLogger("ibapi_port.supervised")
IDLE = 0.5  # seconds after which it looks whether Ctrl-C was pressed


class Turns:
    """What is to be called there, in its order. `changed` is the supervisor's condition."""

    def __init__(
        self,
        core: ClientCore,
        line: Line,
        changed: threading.Condition,
        is_over: Callable[[], bool],
    ) -> None:
        self._core = core
        self._line = line
        self._changed = changed
        self._is_over = is_over
        self._calls: deque[Callable[[], None]] = deque()
        self._posted: deque[tuple[Session, Callable[[], None]]] = deque()
        self._loss_told_by: int | None = None
        self._has_warned = False
        self.patience = NEXT  # seconds that run() waits for another thread to connect anew

    # --- what is posted ---

    def post(self, call: Callable[[], None]) -> None:
        """Call this in its turn: behind the messages that wait, before those that come later."""
        session = self._line.session
        if session is None:
            self.post_outside(call)
            return
        # The queue gets a mark only: it may be dropped with a connection that is over, and the call
        # must not be lost with it.
        self._posted.append((session, call))
        if not session.post(lambda: self._make_posted(session)):
            with self._changed:
                self._changed.notify_all()

    def post_to_connection(self, call: Callable[[], None]) -> None:
        """Call this as `post` does, unless the connection ends before."""
        session = self._line.session
        if session is not None:
            session.post(call)

    def _make_posted(self, session: Session) -> None:
        """Make the oldest call that was posted to this connection."""
        for entry in tuple(self._posted):
            if entry[0] is session:
                try:
                    self._posted.remove(entry)
                except ValueError:  # another thread in run() has it
                    continue
                entry[1]()
                return

    def _take_over(self) -> None:
        """Take the calls that were posted to a connection which is over."""
        for entry in tuple(self._posted):
            if entry[0].finished:
                with contextlib.suppress(ValueError):
                    self._posted.remove(entry)
                    self._calls.append(entry[1])

    def post_outside(self, call: Callable[[], None]) -> None:
        """Call this before the messages of the next connection."""
        with self._changed:
            self._calls.append(call)
            self._changed.notify_all()

    # --- the loop ---

    def run(self, loop: MessageLoop) -> None:
        """Process connections until all is over. What a callback raises on purpose ends it."""
        served: Session | None = None
        while (session := self._next(served)) is not None:
            served = session
            loop.serve(session)

    def _next(self, served: Session | None) -> Session | None:
        """Return the next connection; meanwhile make the callbacks that belong to none. None: all
        is over.
        """
        patience = self.patience
        self._loss_told_by = None
        while True:
            self._make_calls()
            with self._changed:
                self._take_over()
                if self._calls:
                    continue
                session = self._line.session
                if session is not None and session is not served and not session.finished:
                    return session
                if not self._is_over():
                    patience = self.patience
                    self._changed.wait(IDLE)
                elif patience <= 0:
                    return None
                else:
                    self._changed.wait(patience)  # another thread may connect anew
                    patience = 0.0

    def _make_calls(self) -> None:
        while True:
            try:
                call = self._calls.popleft()
            except IndexError:
                return
            # What comes without a connection tells of a loss, or of a try that has failed.
            self._loss_told_by = None if self._core.is_connected else threading.get_ident()
            try:
                call()
            finally:
                self._loss_told_by = None

    # --- programs that reconnect by themselves ---

    def loss_is_told(self) -> None:
        """This thread tells the program of a loss, until its next turn."""
        self._loss_told_by = threading.get_ident()

    @property
    def is_told_of_loss(self) -> bool:
        """Whether this thread is in a callback that tells of a loss: there an old program's own
        loop for reconnecting stands.
        """
        return self._loss_told_by == threading.get_ident()

    def warn(self, method: str) -> None:
        """Log once that a call was ignored."""
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                "%s() was ignored: the supervised connection comes back by itself, and stop() "
                "ends it",
                method,
            )

    def begin(self) -> None:
        """A supervision begins."""
        self._has_warned = False
        self.patience = NEXT


__all__ = ["IDLE", "Turns"]

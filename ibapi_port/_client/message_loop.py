"""EClient.run(): process messages until the connection has ended, and go on with the next one where
the program has made it.
"""

from __future__ import annotations

import threading
from typing import Any

from .core import ClientCore
from .dispatcher import ENDING
from .frame_source import FrameSource
from .session import Session
from .state import End, EndReason

IDLE = 0.2  # seconds without a message after which msgLoopTmo is called
INTERRUPTS = frozenset({"keyboardInterrupt", "keyboardInterruptHard"})
NEXT = 0.05  # seconds that run() waits for a connect() when another thread has called disconnect()


class MessageLoop:
    """One call of run()."""

    def __init__(self, core: ClientCore, client: Any, hooks: frozenset[str]) -> None:
        """`hooks`: those of msgLoopRec, msgLoopTmo, keyboardInterrupt and keyboardInterruptHard
        that the program overrides.
        """
        self._core = core
        self._client = client
        self._hooks = hooks
        self._source: FrameSource | None = None  # that this loop has been told of

    def run(self) -> None:
        """Return when there is no connection any more and everything that was received has been
        delivered.
        """
        session = self._core.session
        while session is not None:
            self.serve(session)
            session = self._core.await_next(session, self._patience(session))

    def serve(self, session: Session) -> None:
        """Process one connection to its end."""
        session.runs += 1
        session.goes_on_after_interrupts = bool(self._hooks & INTERRUPTS)
        try:
            self._serve(session)
        finally:
            session.runs -= 1

    def _patience(self, session: Session) -> float:
        """Return how long to wait for the next connection: a moment where another thread has ended
        this one and may connect anew.
        """
        by_us = (
            session.lifecycle.end is not None and session.lifecycle.end.reason is EndReason.BY_US
        )
        return NEXT if by_us and session.lifecycle.closed_by != threading.get_ident() else 0.0

    def _serve(self, session: Session) -> None:
        try:
            while not session.finished:
                try:
                    self._turn(session)
                except KeyboardInterrupt:
                    if not self._goes_on_after_interrupt():
                        raise
        except ENDING as e:
            if isinstance(e, SystemExit) or not self._hooks & INTERRUPTS:
                self._client.keyboardInterrupt()
                self._client.keyboardInterruptHard()
            raise
        finally:
            self._core.finish(session, End(EndReason.BY_US))
        session.await_closed()

    def _goes_on_after_interrupt(self) -> bool:
        """Call the program's own keyboardInterrupt. Return whether the processing goes on, as it
        does in the official client.
        """
        if not self._hooks & INTERRUPTS:
            return False
        self._client.keyboardInterrupt()
        self._client.keyboardInterruptHard()  # ends the program after some interrupts
        return True

    def _turn(self, session: Session) -> None:
        """Process what has come, or wait for it; of several threads in run() one does so, and
        another takes over when it ends.
        """
        source = session.source
        if source is None:
            self._core.await_reader(session, IDLE)
            return
        lock = session.processing  # a fork in a callback puts another one in its place
        if session.processing_thread not in (None, threading.get_ident()):
            if lock.acquire(timeout=IDLE):  # not without end, which no interrupt ends on Windows
                lock.release()
            return
        came = None
        with lock:  # by `with`: an interrupt right after an acquire() would leave it locked
            session.process()
            if not (session.finished or self._core.led_by_loop):
                came = self._lead(session, source)
        if session.finished:
            return
        # An event loop that leads has to find the lock free. In other programs nobody needs it
        # meanwhile: another thread in run() waits, too.
        if not (self._wait(session, source) if came is None else came):
            self._call("msgLoopTmo")

    def _wait(self, session: Session, source: FrameSource) -> bool:
        """Wait for the signal, or for a moment."""
        came = source.wait(IDLE)
        while self._core.led_by_loop and not (came or session.finished):
            if session.queue.items and session.processing_thread is None:
                return True  # a loop that was about to process it has been stopped
            came = source.wait(IDLE)
        return came

    def _lead(self, session: Session, source: FrameSource) -> bool | None:
        if source is not self._source:
            self._source = source
            if not session.goes_on_after_interrupts:
                source.let_lead(IDLE)
        return session.lead(source)

    def _call(self, hook: str) -> None:
        """Call a hook as a callback is called: what it raises does not end the loop."""
        try:
            getattr(self._client, hook)()
        except BaseException as e:  # a hook of the program may raise anything
            self._core.callback_raised(e)


__all__ = ["MessageLoop"]

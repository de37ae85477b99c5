"""Sending what may go, and later what has to wait: in the thread that asks if it may go at once,
else in a thread of its own, which lives while something waits.
"""

from __future__ import annotations

import copy
import logging
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ..client import EClient
from ..protocol.schema.conversations import CONVERSATIONS, Rate, is_warning
from ..seams import End, Refused, State, seams
from .limits import Pacing
from .pacer import Pacer
from .progress import Bar, LogLines, Progress, is_terminal
from .tickets import Ticket, ends_by_itself, slot_of, ticket_of

logger = logging.getLogger("ibapi_port.pacing")
Send = Callable[[tuple[object, ...]], None]
Refuse = Callable[[Refused], None]

TICK = 1.0  # seconds between two reports; those that wait less are not reported
# Seconds without a request of a kind after which `Progress.sent` begins anew.
QUIET = {Rate.HISTORY: 60.0}
NOT_CONNECTED = 504
CANCELLED = 162


@dataclass(eq=False)
class Waiting:
    """A request that waits. `over` is fulfilled when it waits no more, whatever became of it."""

    ticket: Ticket
    arguments: tuple[object, ...]
    send: Send
    refuse: Refuse
    over: Future[None] = field(default_factory=Future)


class Clock:
    """The time, and waiting; tests have another one."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, changed: threading.Condition, seconds: float) -> None:
        """Wait for a change, or so long."""
        changed.wait(None if seconds == math.inf else seconds)


class PacedSender:
    """Sends the requests of one client as fast as TWS's limits allow. Any thread may call."""

    def __init__(self, client: EClient, pacing: Pacing, clock: Clock | None = None) -> None:
        self._client = client
        self._pacing = pacing
        self._clock = Clock() if clock is None else clock
        self._pacer = Pacer(pacing)
        # Guards what follows. It is reentrant: a signal handler may make a request in the middle
        # of one of its own thread.
        self._changed = threading.Condition(threading.RLock())
        self._waiting: dict[Ticket, Waiting] = {}
        self._thread: threading.Thread | None = None
        # While the thread is sending, what is asked for goes behind it: orders keep their order.
        self._is_sending = False
        self._report = _Report(pacing, self._clock)
        joined = seams(client)
        joined.listen(_Ends(self.ended))
        joined.add_on_refused(self._not_sent)
        joined.add_on_state(self._state_changed)

    def enter(
        self,
        name: str,
        arguments: tuple[object, ...],
        send: Send,
        refuse: Refuse,
        *,
        copies: bool = True,
        ends: bool = False,
    ) -> Waiting | None:
        """Return None where a request may go now: the caller sends it. Else return what waits.

        Then `send(arguments)` is called later, in the sender's thread, with copies of the arguments
        (the program may change its objects meanwhile), or `refuse(why)` if the connection ends
        before. Refused: it can never go. `ends`: the caller ends the request after its first set.
        """
        ticket = ticket_of(name, arguments, self._pacing)
        ticket.ends = ticket.ends or ends
        cancelled: Waiting | None = None
        waiting: Waiting | None = None
        with self._changed:
            if ticket.frees and ticket.request_id is not None:
                cancelled = self._drop_request(ticket.request_id)
                self._pacer.ended(ticket.request_id)
            self._pacer.put(ticket)
            if not self._admit(ticket):
                waiting = Waiting(ticket, arguments, send, refuse)
                self._let_wait(waiting, copies)
            elif ticket.frees:
                self._changed.notify_all()  # what it has freed may let another one go
        if cancelled is not None:
            cancelled.refuse(Refused("Pacing: it was cancelled before it was sent.", CANCELLED))
            cancelled.over.set_result(None)
        if ticket.refused is not None and waiting is None:
            raise ticket.refused
        return waiting

    def call(
        self,
        name: str,
        arguments: tuple[object, ...],
        send: Send,
        refuse: Refuse,
        *,
        ends: bool = False,
    ) -> Waiting | None:
        """As `enter`, but send what may go now, and refuse what cannot."""
        try:
            waiting = self.enter(name, arguments, send, refuse, ends=ends)
        except Refused as e:
            refuse(e)
            return None
        if waiting is None:
            send(arguments)
        return waiting

    def _admit(self, ticket: Ticket) -> bool:
        """Take this ticket out of the queue if it is its turn, or it is refused."""
        if not self._client.isConnected():  # then it has an error of its own, at once
            self._pacer.queue.remove(ticket)
            return True
        if self._is_sending:
            return False
        now = self._clock.now()
        if self._pacer.next(now)[0] is not ticket:
            return False
        self._pacer.admit(ticket, now)
        self._report.count(ticket, now)
        return True

    def _let_wait(self, waiting: Waiting, copies: bool) -> None:
        if copies:
            try:
                waiting.arguments = copy.deepcopy(waiting.arguments)
            except BaseException:
                self._pacer.queue.remove(waiting.ticket)
                raise
        self._waiting[waiting.ticket] = waiting
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="ibapi_port.pacing", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def drop(self, waiting: Waiting) -> bool:
        """Take back a request that waits. False: it has gone already."""
        with self._changed:
            there = self._waiting.pop(waiting.ticket, None) is not None
            if there:
                self._pacer.queue.remove(waiting.ticket)
                self._changed.notify_all()
        if there:
            waiting.over.set_result(None)
        return there

    def _drop_request(self, request_id: int) -> Waiting | None:
        """Take back the request with this id, if it waits."""
        for ticket, waiting in self._waiting.items():
            if ticket.request_id == request_id and not ticket.first:
                del self._waiting[ticket]
                self._pacer.queue.remove(ticket)
                return waiting
        return None

    def ended(self, request_id: int) -> None:
        """A request has ended: what it held is free."""
        with self._changed:
            if self._pacer.ended(request_id):
                self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return len(self._waiting)

    @property
    def is_in_own_thread(self) -> bool:
        """Whether this is the thread that sends what has waited: it cannot wait itself."""
        return threading.current_thread() is self._thread

    def join(self, seconds: float) -> None:
        """Wait for the sender's thread to end, which it does when nothing waits."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    # --- the thread ---

    def _run(self) -> None:
        while True:
            with self._changed:
                self._is_sending = False
                now = self._clock.now()
                waiting, when = self._next(now)
                progress = self._report.due(self._pacer, now)
                if waiting is not None:
                    self._is_sending = True
                elif not self._waiting:
                    self._thread = None
                elif progress is None:
                    self._clock.wait(self._changed, min(when - now, TICK))
            if progress is not None:
                self._report.tell(progress)
            if waiting is not None:
                self._go(waiting)
            elif self._thread is not threading.current_thread():
                return

    def _next(self, now: float) -> tuple[Waiting | None, float]:
        ticket, when = self._pacer.next(now)
        if ticket is None:
            return None, when
        self._pacer.admit(ticket, now)
        self._report.count(ticket, now)
        return self._waiting.pop(ticket, None), when

    @staticmethod
    def _go(waiting: Waiting) -> None:
        """Send a request, or tell why not."""
        try:
            if waiting.ticket.refused is not None:
                waiting.refuse(waiting.ticket.refused)
            else:
                waiting.send(waiting.arguments)
        except Exception:  # a program's hook: the others that wait have to go all the same
            logger.exception("a request that had waited could not be sent")
        finally:
            waiting.over.set_result(None)

    # --- what the client tells ---

    def _not_sent(self, name: str, arguments: tuple[Any, ...], code: int, text: str) -> None:
        """A request was refused elsewhere: it holds nothing."""
        ticket = ticket_of(name, arguments, self._pacing)
        if ticket.slot is not None and ticket.request_id is not None:
            self.ended(ticket.request_id)

    def _state_changed(self, old: State, new: State, end: End | None) -> None:
        """With the connection all ends that waits: it must not go to the next one."""
        if new not in (State.CLOSING, State.CLOSED):
            return
        with self._changed:
            dropped = [self._waiting.pop(each, None) for each in self._pacer.end_connection()]
            self._changed.notify_all()
        text = "Not connected: the connection ended while the request waited; nothing was sent"
        for waiting in dropped:
            if waiting is not None:
                waiting.ticket.refused = Refused(text, NOT_CONNECTED)
                self._go(waiting)


class _Report:
    """Counts what goes, and says when the program is to be told."""

    def __init__(self, pacing: Pacing, clock: Clock) -> None:
        self._pacing = pacing
        self._clock = clock
        self._shown: tuple[Callable[[Progress], None], ...] | None = None
        self._sent: dict[Rate, int] = {}
        self._last: dict[Rate, float] = {}
        self._told: Rate | None = None  # what the last report was about; None: it is over
        self._next = -math.inf

    def count(self, ticket: Ticket, now: float) -> None:
        if ticket.refused is not None:
            return
        rate = ticket.rate
        quiet = now - self._last.get(rate, -math.inf) > QUIET.get(rate, TICK)
        begins_anew = quiet and self._told is not rate
        self._sent[rate] = 1 if begins_anew else self._sent.get(rate, 0) + 1
        self._last[rate] = now

    def due(self, pacer: Pacer, now: float) -> Progress | None:
        """Return what is to be told now, or None."""
        if not pacer.queue:
            if self._told is None:
                return None
            rate = self._told
            self._told = None
            return Progress(rate.value, self._sent.get(rate, 0), 0, 0.0)
        if now < self._next:
            return None
        self._next = now + TICK
        seconds = pacer.forecast(now)
        if seconds < TICK and self._told is None:
            return None
        rates = [each.rate for each in pacer.queue]
        rate = self._told = max(rates, key=rates.count)
        return Progress(rate.value, self._sent.get(rate, 0), rates.count(rate), seconds)

    def tell(self, progress: Progress) -> None:
        """Call the program, show the bar, or log it."""
        if self._shown is None:
            self._shown = tuple(self._who_shows())
        for tell in self._shown:
            try:
                tell(progress)
            except Exception:  # whatever it raises: sending goes on
                logger.exception("on_wait raised")

    def _who_shows(self) -> Iterator[Callable[[Progress], None]]:
        pacing = self._pacing
        if pacing.on_wait is not None:
            yield pacing.on_wait
        if pacing.bar or (self._is_left_to_us and is_terminal(sys.stderr)):
            yield Bar()
        elif self._is_left_to_us:
            yield LogLines(self._clock.now)

    @property
    def _is_left_to_us(self) -> bool:
        """Whether the program has not said how it wants to be told."""
        return self._pacing.on_wait is None and self._pacing.bar is None


class _Ends:
    """Hears what ends the requests that hold something: a method for each callback."""

    def __init__(self, ended: Callable[[int], None]) -> None:
        self._ended = ended

    def error(self, req_id: int, time: int, code: int, *rest: object) -> None:
        if not is_warning(code):
            self._ended(req_id)


def _install() -> None:
    """Give _Ends its methods, as the conversations say."""
    for entries in CONVERSATIONS.values():
        for entry in entries:
            if slot_of(entry) is not None and ends_by_itself(entry):
                for name in filter(entry.ends_with, entry.answers):
                    setattr(_Ends, name, _hears(bool(entry.done_argument)))


def _hears(has_done_argument: bool) -> Callable[..., None]:
    def hears(self: _Ends, req_id: int, *rest: object) -> None:
        if not has_done_argument or rest[-1]:
            self._ended(req_id)

    return hears


_install()

__all__ = ["Clock", "PacedSender", "Waiting"]

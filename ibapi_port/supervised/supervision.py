"""The supervisor of one client: it drives the machine, and does what the machine says.

Threads: the supervisor's own one waits for what is due, connects and gives connections up. The
repeater's sends requests again. Messages are processed, and all callbacks made, by the thread that
is in `run()`; only what a program's own call brings (a refused request, disconnect()) comes in the
thread that makes it, as with EClient.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._client.core import ClientCore
from .._client.message_loop import MessageLoop
from ..const import NO_VALID_ID
from ..errors import ALREADY_CONNECTED
from ..seams import End, EndReason, Seams, State
from . import events as ev
from .admission import NOT_CONNECTED, Admission
from .alarms import Alarms
from .books import Books
from .clock import Clock
from .events import OVER, Phase
from .inbound import Inbound
from .leases import Lease
from .line import Line
from .machine import Machine
from .policy import Policy
from .reconciling import Reconciling
from .registry import Pending
from .repeater import Repeater
from .restoring import Restoring
from .shared import Shared
from .telling import Telling
from .turns import IDLE, Turns

if TYPE_CHECKING:
    from .._client.session import Session

logger = logging.getLogger("ibapi_port.supervised")

# ids of TWS's notices; 0 may be a request's, too
_NO_ID = frozenset({NO_VALID_ID, 0})


class Supervision:
    """See above. It stands at the client's seams; see `seams.Supervisor`."""

    def __init__(
        self,
        client: Any,
        policy: Policy,
        clock: Clock,
        draw: Callable[[], float],
        with_reader: Callable[[], threading.Thread],
    ) -> None:
        self._client = client
        self._core: ClientCore = client._ibapi_port
        self.policy = policy
        self._clock = clock
        self._draw = draw
        self._with_reader = with_reader
        self.host, self.port = "", 0
        self.books = Books(policy)
        self.line = Line(self.books, clock)
        self.alarms = Alarms()
        # Guards the machine and the actions below; never held while anything of the program is
        # called.
        self._changed = threading.Condition(threading.RLock())
        self.turns = Turns(self._core, self.line, self._changed, lambda: self.machine.phase in OVER)
        self.telling = Telling(self._core, self.turns.post, self.alarms)
        self.machine = Machine(policy, Lease(0), draw)
        self._actions: deque[tuple[int, Any]] = deque()
        self._runs = 0  # how often the supervision was started
        self._thread: threading.Thread | None = None
        self._runner: threading.Thread | None = None
        self._has_id = self._has_accounts = self._was_synced = False
        self._gap_began: float | None = None
        self._repeater = Repeater(clock, self._pause)
        self.filter = Inbound(self.books, self, policy.retry_safe)
        shared = Shared(self.books, self.line, self._repeater, policy, clock)
        telling = self.telling
        self._admission = Admission(shared, lambda: self.machine.phase, self._hear_computations)
        self._restoring = Restoring(
            shared, self.filter, telling.error, telling.gap, self._listen_anew
        )
        self._restoring.farms_ok = lambda: "broken" not in self.machine.farms.values()
        self._restoring.on_stale = telling.silent
        self._reconciling = Reconciling(shared, telling.reconciled, telling.order_ended)
        seams: Seams = self._core.seams
        seams.supervisor = self

    # --- the program's side ---

    @property
    def phase(self) -> Phase:
        return self.machine.phase

    def start(self, host: str, port: int, client_id: int) -> threading.Thread | None:
        """Begin, with a thread of its own that makes the callbacks. Return that; None: it is begun
        already, by connect().
        """
        if self._begin(host, port, client_id, ev.Start()):
            self._runner = threading.Thread(
                target=self._client.run, name="ibapi_port supervised run", daemon=True
            )
            self._runner.start()
        return self._runner

    def forget(self, request: str, request_id: int | None) -> None:
        """Do not make a request again after a loss."""
        with self.books.lock:
            self.books.registry.forget(request, request_id)

    def connect(self, host: str, port: int, client_id: int, timeout: float) -> None:
        """Begin as EClient.connect does: the first try is made in this thread. What follows is the
        supervisor's.
        """
        is_told_of_loss = self.turns.is_told_of_loss
        if not is_told_of_loss and self._core.is_connected:
            self._core.report(ALREADY_CONNECTED.code(), ALREADY_CONNECTED.msg())
        elif is_told_of_loss or self.machine.phase not in OVER:
            self.turns.warn("connect")
        elif self._begin(host, port, client_id, ev.Start(connecting=True)):
            self._try(client_id, port, timeout)

    def _begin(self, host: str, port: int, client_id: int, event: ev.Start) -> bool:
        with self._changed:
            if self.machine.phase not in OVER:
                return False
            self.host, self.port = host, port
            if self.machine.lease.home != client_id or not self._runs:
                lease = Lease(client_id, self.policy.pool)
                self.machine = Machine(self.policy, lease, self._draw)
            self._runs += 1
            self._actions.clear()
            self._repeater.open()
            with self.books.lock:
                self.books.registry.clear()
            self.turns.begin()
            self._handle(event)
            self._thread = threading.Thread(
                target=self._run, args=(self._runs,), name="ibapi_port supervisor", daemon=True
            )
            self._thread.start()
        return True

    def disconnect(self) -> None:
        """End the supervision and the connection, as EClient.disconnect does."""
        if self.turns.is_told_of_loss:
            self.turns.warn("disconnect")
            return
        self._end()

    def _end(self) -> None:
        self._tell(ev.Stop())
        self._repeater.close()
        self._core.disconnect()

    def stop(self, timeout: float) -> bool:
        """End all within so many seconds. Return whether all threads have ended."""
        until = self._clock.monotonic() + timeout
        self.turns.patience = 0.0
        giving_up = threading.Timer(timeout * 0.7, lambda: self.line.give_up("stop()"))
        giving_up.daemon = True
        giving_up.start()
        try:
            self._end()
        finally:
            giving_up.cancel()
        ended = True
        for thread in (self._thread, self._runner):
            if thread is not None and thread is not threading.current_thread():
                thread.join(max(until - self._clock.monotonic(), 0.01))
                ended = ended and not thread.is_alive()
        left = max(until - self._clock.monotonic(), 0.01)
        return self._repeater.join(left) and ended

    def never_wait_in(self, thread: int | None) -> None:
        """See SupervisedClient."""
        self._admission.never_waits = thread

    def wait_ready(self, timeout: float | None) -> bool:
        """Wait until requests and orders are taken. Return False if that takes too long, or if
        nothing is tried any more.
        """
        until = None if timeout is None else self._clock.monotonic() + timeout
        with self._changed:
            while self.machine.phase is not Phase.READY:
                left = IDLE if until is None else until - self._clock.monotonic()
                if left <= 0 or self.machine.phase in OVER:
                    return False
                self._clock.wait(self._changed, min(left, IDLE))
        return True

    def run(self, loop: MessageLoop) -> None:
        """Process messages of one connection after the other, until all is over."""
        runner = self._runner
        if runner is not None and runner.is_alive() and runner is not threading.current_thread():
            runner.join()
            return
        try:
            self.turns.run(loop)
        except BaseException:
            self._tell(ev.Stop())
            raise

    # --- the supervisor's thread ---

    def _tell(self, event: Any) -> None:
        with self._changed:
            self._handle(event)

    def _handle(self, event: Any) -> None:
        """Bring an event to the machine, the lock held."""
        machine = self.machine
        moment = ev.Moment(self._clock.monotonic(), self._clock.time())
        actions: list[Any] = []
        if self.line.heard_at > machine.heard_at:
            actions += machine.handle(ev.Heard(self.line.heard_at), moment)
        actions += machine.handle(event, moment)
        for action in actions:
            if isinstance(action, ev.Changed):
                self._phase_changed(action)
            else:
                self._actions.append((self._runs, action))
        self._changed.notify_all()

    def _phase_changed(self, change: ev.Changed) -> None:
        logger.info("%s -> %s: %s", change.old.value, change.new.value, change.why)
        if change.new is Phase.UPSTREAM_LOST:
            with self.books.lock:
                stale = self.books.registry.stale()
            self.telling.stale(stale)
        self.telling.state(change)

    def _run(self, run: int) -> None:
        try:
            while (action := self._next_action(run)) is not None:
                self._perform(action)
        except BaseException as e:
            logger.exception("the supervisor failed")
            self._tell(ev.Crashed(f"the supervisor failed ({type(e).__name__}: {e})"))
            self.line.give_up("the supervisor failed")

    def _next_action(self, run: int) -> Any:
        """Return what is to be done next; None when this run is over."""
        with self._changed:
            while run == self._runs:
                if self._actions:
                    number, action = self._actions.popleft()
                    if number == run:
                        return action
                    continue
                if self.machine.phase in OVER:
                    return None
                due = self.machine.due
                left = None if due is None else due - self._clock.monotonic()
                if left is not None and left <= 0:
                    self._handle(ev.TimePassed())
                else:
                    self._clock.wait(self._changed, left)
        return None

    def _perform(self, action: Any) -> None:
        if isinstance(action, ev.Connect):
            self._try(action.client_id, action.port or self.port, self.policy.connect_timeout)
        elif isinstance(action, ev.Close):
            self.line.give_up(action.why)
        elif isinstance(action, ev.AskTime):
            self.line.ask_time()
        elif isinstance(action, ev.Restore):
            self._restore(action)
        elif isinstance(action, ev.WatchStreams):
            self.turns.post_to_connection(self._restoring.watch)
        elif isinstance(action, ev.Alarm):
            self.alarms.raise_(action)

    def _restore(self, action: ev.Restore) -> None:
        """Begin to restore, after the program has been told nextValidId: what it requests anew by
        itself there is not requested twice.
        """
        self._reconciling.is_home = self.machine.lease.is_home
        began = self._gap_began if self._gap_began is not None else self._clock.time()
        self._gap_began = None
        is_first = self.books.registry.connection == 1

        def restore() -> None:
            self._admission.id_told_by = None
            with self._repeater.batch():  # so that they go out by rank
                if action.reconcile:
                    self._reconciling.begin()
                if action.cancel:
                    self._restoring.repeat(began, action.summaries_only)
                elif not is_first:
                    self._restoring.begin(began)

        self.turns.post_to_connection(restore)

    def _try(self, client_id: int, port: int, timeout: float) -> None:
        """Connect once, in this thread."""
        with self._changed:
            self._has_id = self._has_accounts = False
        core = self._core
        before = core.session
        session = core.connect(self.host, port, client_id, timeout, self._with_reader)
        if session is not None:
            self._made(session, client_id)
            return
        failed = core.session
        end = failed.lifecycle.end if failed is not None and failed is not before else None
        reason = end.reason if end is not None else EndReason.NOT_REACHED
        self._tell(ev.NotMade(reason, end.text if end is not None else ""))

    def _made(self, session: Session, client_id: int) -> None:
        with self._changed:
            if self.machine.phase in OVER:  # stop() came meanwhile
                over = True
            else:
                over = False
                with self.books.lock:
                    self.books.registry.connection += 1
                    self.books.orders.client_id = client_id
                    self.books.client_ids.add(client_id)
                    self.line.session = session
                self.filter.forget_cancelled()
                self._handle(ev.Connected())
        if over:
            self.line.session = session
            self._core.disconnect()

    # --- seams ---

    def state_changed(self, old: State, new: State, end: End | None) -> None:
        """The state of a connection has changed."""
        session = self.line.session
        if session is None or self._core.session is not session:
            return
        if new is State.LOST and self.machine.phase not in OVER:
            self.turns.loss_is_told()
        if new is State.CLOSED:
            self._lost(end or End(EndReason.RESET))

    def _lost(self, end: End) -> None:
        """A connection that was made has ended. It is called by the thread that ends it, before
        connectionClosed.
        """
        with self._changed:
            is_stopped = self.machine.phase in OVER
            if end.reason is EndReason.BY_US and not is_stopped:
                self._handle(ev.Stop())  # an interrupt, or an exception, has ended run()
                is_stopped = True
        with self.books.lock:
            stale = self.books.registry.stale()
        failed = self._restoring.lost()
        if self._was_synced:
            self._was_synced = False
            self._reconciling.gap_begins()
            self._gap_began = self._gap_began or self._clock.time()
        self._tell(ev.Lost(end.reason, end.text))
        if is_stopped:
            return
        for pending in failed:
            self._report_failed(pending)
        self.telling.stale(stale)

    def _report_failed(self, pending: Pending) -> None:
        text = f"Not answered: the connection was lost ({pending.request})."
        request_id = pending.key if isinstance(pending.key, int) else NO_VALID_ID
        self._core.report(NOT_CONNECTED, text, request_id)

    def admit(self, name: str, arguments: tuple[Any, ...]) -> None:
        """A request is about to be encoded."""
        self._admission.admit(name, arguments)

    def not_sent(self, name: str, arguments: tuple[Any, ...], code: int, text: str) -> None:
        """A request was not sent, or perhaps in part."""
        self._admission.not_sent(name, arguments, code, text)

    def has_turns(self) -> bool:
        """Return whether this is the supervisor's thread, which leaves its callbacks to run()."""
        return threading.current_thread() is self._thread

    def in_turn(self, call: Callable[[], None]) -> None:
        """Let the thread in run() make a callback of connecting."""
        self.turns.post_outside(call)

    def attached(self, connection: Any) -> None:
        """A connection has been made, and is about to be read."""
        self.line.heard_at = self._clock.monotonic()
        connection.on_bytes = self.line.bytes_came

    # --- what messages say ---

    def id_came(self) -> None:
        """nextValidId is about to be told."""
        if not self._has_id:  # else the program has asked for it
            self._admission.id_told_by = threading.get_ident()
        self._has_id = True
        self._synced()

    def accounts_came(self) -> None:
        """managedAccounts is about to be told."""
        self._has_accounts = True
        self._synced()

    def _synced(self) -> None:
        if self._has_id and self._has_accounts and self.machine.phase is Phase.SYNCING:
            self._was_synced = True
            self._tell(ev.Synced())

    def error_came(self, request_id: int, code: int, text: str) -> None:
        """An error is about to be told."""
        if request_id != NO_VALID_ID:
            with self.books.lock:
                cut = self.books.registry.failed(request_id, code, text)
                self.books.orders.failed(request_id, code, text)
            if cut is not None:
                self._restoring.cut(cut)
        if request_id not in _NO_ID:
            return
        if code in (1100, 2110) and self.machine.upstream:
            self._reconciling.gap_begins()
            self._gap_began = self._gap_began or self._clock.time()
        self._tell(ev.Notice(code, text))

    def open_order_came(self, key: tuple[int, int]) -> None:
        """An open order is about to be told."""
        self._reconciling.open_order(key)

    def completed_order_came(self, contract: Any, order: Any, state: Any) -> None:
        """A completed order has come."""
        self._reconciling.completed_order(contract, order, state)

    def list_ended(self, request: str) -> None:
        """The answer to a question of the supervisor's is whole."""
        self._reconciling.list_ended(request)

    def answered(self) -> None:
        """TWS has answered the question for the time."""
        self._tell(ev.Heard(self._clock.monotonic()))

    def all_heard(self) -> None:
        """No stream is silent any more."""
        self._restoring.all_heard()

    def _hear_computations(self) -> None:
        self.filter.listen_for_computations(True)
        self._listen_anew()

    def _listen_anew(self) -> None:
        """Other messages are to be heard."""
        session = self.line.session
        if session is not None and session.decoder is not None:
            session.decoder.set_filter(self.filter)

    # --- looks from outside ---

    def _pause(self) -> float:
        with self.books.lock:
            return self.books.pacer.pause(self._clock.monotonic())

    def health(self) -> dict[str, Any]:
        """Return how it is, as plain data."""
        now, wall = self._clock.monotonic(), self._clock.time()
        with self._changed:
            machine = self.machine
            made: dict[str, Any] = {
                "state": machine.phase.value,
                "why": machine.why,
                "since": wall - (now - machine.since) if self._runs else None,
                "attempt": machine.attempt,
                "next_try": None if machine.try_at is None else max(machine.try_at - now, 0.0),
                "host": self.host,
                "port": machine.port or self.port,
                "lease": machine.lease.as_dict(),
                "last_rx_age": self.line.silence if machine.lease.taken is not None else None,
                "rtt": machine.rtt,
                "upstream": machine.upstream,
                "farms": dict(machine.farms),
                "connections": self.books.registry.connection,
            }
        with self.books.lock:
            made["subs"] = self.books.registry.counts()
            made["uncertain_orders"] = (
                [each.order_id for each in self.books.orders.uncertain()]
                if machine.phase is not Phase.READY or self._reconciling.is_running
                else []
            )
            made["next_order_id"] = self.books.floor.value
            made["raw_next_order_id"] = self.books.floor.raw
        made["reconciling"] = self._reconciling.is_running
        return made


__all__ = ["Supervision"]

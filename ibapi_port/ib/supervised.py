"""IB and AsyncIB on a supervised connection: after a loss subscriptions, trades and state go on as
the same objects, and each carries the gaps that it has been through.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from decimal import Decimal
from typing import Any, cast

from .._client.loop_leader import Loop, LoopLeader
from ..protocol.schema.conversations import Kind, conversation_of, group_of
from ..seams import End
from ..supervised import CUT, Fate, Gap, Phase, Policy, Report, SupervisedClient
from .answers import Answer
from .engine import Below, Engine, OpenRequest
from .exceptions import NotConnected, RequestFailed
from .face import Face
from .router import KEYED_REQUESTS, Router
from .state import AccountState
from .trades import Trade

_LOST = 504  # the code of what ends with the connection
_STOP = 5.0  # seconds for ending all threads
GAPS_KEPT = 1000


class SupervisedRouter(Router):
    """A Router that hears of the supervision, too."""

    def connectionState(self, old: Phase, new: Phase, why: str) -> None:
        """The phase of the connection has changed."""
        self.receive("connectionState", None, (old, new, why))

    def connectionGap(self, gap: Gap) -> None:
        """All that stood was requested again."""
        self.receive("connectionGap", None, (gap,))

    def ordersReconciled(self, report: Report) -> None:
        """The orders were looked for."""
        self.receive("ordersReconciled", None, (report,))


class SupervisedEngine(Engine):
    """An engine whose streams outlive the connection. `on_phase`, `on_lost`, `on_gap` and
    `on_report` are called in the processing thread.
    """

    def __init__(
        self,
        on_callback: Callable[[str, int | None, tuple[object, ...]], None],
        on_error: Callable[[int, int, str], None],
        on_closed: Callable[[End | None], None],
        below: Below,
        on_phase: Callable[[Phase, Phase, str], None],
        on_lost: Callable[[End | None], None],
        on_gap: Callable[[Gap], None],
        on_report: Callable[[Report], None],
        policy: Policy,
    ) -> None:
        self._policy = policy
        super().__init__(on_callback, on_error, on_closed, below)
        self._on_phase = on_phase
        self._on_lost = on_lost
        self._special: dict[str, Callable[..., None]] = {
            "connectionState": self._phase_changed,
            "connectionGap": on_gap,
            "ordersReconciled": on_report,
        }
        self._ready: OpenRequest[object] | None = None

    def make_client(self) -> SupervisedClient:
        """Return the client to stand on."""
        return SupervisedClient(SupervisedRouter(self._receive, self.streams), policy=self._policy)

    @property
    def supervised(self) -> SupervisedClient:
        """The client, as what it is."""
        return cast(SupervisedClient, self.client)

    def connect(self, host: str, port: int, client_id: int, timeout: float) -> Answer[None]:
        """Begin to connect and wait until TWS takes requests: tries that fail are followed by
        others, until the time is over.
        """
        arguments = (client_id, "")
        conversation = conversation_of("startApi", arguments)
        ready: OpenRequest[object] = OpenRequest(
            "startApi", arguments, conversation, lambda rows: None
        )
        self._ready = ready
        group = group_of(conversation, arguments)
        with self._guard:
            self._turns[group] = deque([ready])
        ready.future.add_done_callback(lambda _: self._turn_over(group, ready))
        client = self.supervised
        self.start(host, port, client_id)
        try:
            ready.future.exception(timeout)
        except FutureTimeout:
            why = client.health()["why"]
            ready.fail(NotConnected(f"no connection to {host}:{port} in {timeout:g} s: {why}"))
        if ready.future.exception() is not None:
            client.stop(_STOP)
        return cast("Answer[None]", ready.future)

    def start(self, host: str, port: int, client_id: int) -> None:
        """Begin to connect, and return at once: `on_phase` tells how far it is."""
        thread = self.supervised.start_at(host, port, client_id)
        self._thread = thread
        self._thread_id = None if thread is None else thread.ident

    def lead_by(
        self, loop: Loop, before: Callable[[], None], after: Callable[[], None]
    ) -> LoopLeader | None:
        """Return None: the threads of the supervision read and process."""
        return None

    def health(self) -> dict[str, object]:
        """Return how the connection is, with what the supervision knows."""
        return {**super().health(), **self.supervised.health()}

    def disconnect(self) -> None:
        """End the supervision. All that is open fails with NotConnected."""
        self.supervised.stop(_STOP)
        if self._paced is not None:
            self._paced.join(_STOP)

    def end(self, name: str, request_id: int, *arguments: object) -> None:
        """End a standing request, also one that would come back with the next connection."""
        super().end(name, request_id, *arguments)
        if name in KEYED_REQUESTS:
            self.supervised.forget(name, request_id)
        elif not any(stream.name == name for stream in self.streams.values()):
            self.supervised.forget(name, None)

    # --- in the processing thread ---

    def _receive(self, name: str, key: int | None, arguments: tuple[object, ...]) -> None:
        special = self._special.get(name)
        if special is not None:
            special(*arguments)
        else:
            super()._receive(name, key, arguments)

    def _phase_changed(self, old: Phase, new: Phase, why: str) -> None:
        if new is Phase.FAILED:
            if self._ready is not None:
                self._ready.fail(NotConnected(why))
            super()._closed()  # there will be no connection any more
        self._on_phase(old, new, why)

    def _error(self, request_id: int, time: int, code: int, text: str) -> None:
        is_own = getattr(self._within, "sending", None) or getattr(self._within, "stream", None)
        opened = self._open.get(request_id)
        if code == _LOST and not is_own and opened is not None:
            opened.fail(NotConnected(text))
            self._on_error(request_id, code, text)
            return
        stream = self.streams.get(request_id)
        if stream is not None and code in CUT:
            stream.warn(code, text)  # it is requested again
            self._on_error(request_id, code, text)
            return
        super()._error(request_id, time, code, text)
        if stream is not None and request_id not in self.streams:
            self.supervised.forget(stream.name, request_id)

    def _request_error(self, opened: OpenRequest[object], code: int, text: str) -> None:
        if opened is not self._ready:  # a try that fails is followed by another one
            super()._request_error(opened, code, text)

    def _closed(self) -> None:
        """The connection has ended; where it comes back, streams and first sets wait for it. The
        other requests that were sent were told by error 504, or cannot be answered.
        """
        if self.supervised.state in (Phase.STOPPED, Phase.FAILED):
            super()._closed()
            return
        with self._guard:
            waiting = [turn[0] for turn in self._turns.values() if turn]
            self._late.clear()
            for opened in (*self._open.values(), *waiting):
                opened.rows.clear()  # they come anew
                opened.ends_due = 1
        for opened in waiting:
            if opened is not self._ready and opened.conversation.kind is not Kind.STATE:
                opened.fail(self.not_connected())
        self._on_lost(self._end)


class Freshness:
    """Positions that were closed in a gap: TWS tells the others and the end of the list, and no
    more. The end of a portfolio names its account, and says nothing of the others'.
    """

    def __init__(self, state: AccountState) -> None:
        self._state = state
        # what has come since the loss, by account and contract id; None where the list is whole
        self._positions: set[tuple[str, int]] | None = None
        self._portfolio: set[tuple[str, int]] = set()
        self._due: set[str] = set()  # accounts whose portfolio has not come since the loss

    def lost(self) -> None:
        """The connection was lost."""
        self._positions = set()
        self._portfolio.clear()
        self._due = {item.account for item in self._state.portfolio()}

    def receive(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Take a callback in."""
        if name == "position":
            if self._positions is not None:
                self._positions.add((arguments[0], arguments[1].conId))
        elif name == "updatePortfolio":
            if arguments[-1] in self._due:
                self._portfolio.add((arguments[-1], arguments[0].conId))
        elif name == "positionEnd":
            self._close_positions()
        elif name == "accountDownloadEnd" and arguments[0] in self._due:
            self._due.remove(arguments[0])
            self._close_portfolio(arguments[0])

    def _close_positions(self) -> None:
        seen, self._positions = self._positions, None
        if seen is None:
            return
        for row in self._state.positions():
            if (row.account, row.contract.conId) not in seen:
                self._state.position(row.account, row.contract, Decimal(0), 0.0)

    def _close_portfolio(self, account: str) -> None:
        for item in self._state.portfolio(account):
            if (account, item.contract.conId) not in self._portfolio:
                gone = (item.marketPrice, 0.0, 0.0, 0.0, item.realizedPNL, account)
                self._state.portfolio_item(item.contract, Decimal(0), *gone)


class Supervisor:
    """Joins a face to a supervised engine."""

    def __init__(self, face: Face[Any], policy: Policy) -> None:
        self._face = face
        if face._leads_itself:
            policy = policy.without_waiting()
        engine = SupervisedEngine(
            self._callback,
            face._error,
            face._closed,
            face._below,
            face.events.connectionState,
            self._lost,
            self._gap,
            self._report,
            policy,
        )
        face._stand_on(engine)
        if face._leads_itself:  # it is made in its event loop
            engine.supervised.never_wait_in(threading.get_ident())
        self._engine = engine
        self._freshness = Freshness(face._state)

    def _callback(self, name: str, key: int | None, arguments: tuple[object, ...]) -> None:
        self._face._callback(name, key, arguments)
        self._freshness.receive(name, arguments)

    def _lost(self, end: End | None) -> None:
        self._freshness.lost()
        self._face._orders.fail_previews(self._engine.not_connected())
        self._face.events.disconnected(end)

    def _gap(self, gap: Gap) -> None:
        """Mark what has been through the gap."""
        face = self._face
        face.gaps = _with(face.gaps, gap)
        for stream in list(self._engine.streams.values()):
            stream.gaps = _with(stream.gaps, gap)
        for trade in face.trades():
            if not trade.isDone:
                trade.gaps = _with(trade.gaps, gap)
        face.events.reconnected(gap)

    def _report(self, report: Report) -> None:
        for order in report.orders:
            trade = self._face._orders._find(order.clientId, order.orderId, order.permId)
            if trade is not None and order.fate in (Fate.LOST, Fate.UNKNOWN):
                _note(trade, order.fate, order.detail)
                self._face._orders.look_at(trade)
        self._face.events.ordersReconciled(report)


def _with(gaps: tuple[Gap, ...], gap: Gap) -> tuple[Gap, ...]:
    """Return the last gaps: where the network is bad there are many in some weeks."""
    return (*gaps[1 - GAPS_KEPT :], gap)


def _note(trade: Trade, fate: Fate, detail: str) -> None:
    """Say in a trade that it is lost, or that nobody knows."""
    text = f"after the loss of the connection the order is {fate.value}: {detail}"
    trade._note(text, _LOST)
    if fate is Fate.LOST:
        trade.error = RequestFailed("placeOrder", _LOST, text)
        trade._is_lost = True
        trade._tell_waiting()


def supervise(face: Face[Any], supervised: bool | Policy) -> None:
    """Let a face that was not used yet stand on a supervised connection."""
    Supervisor(face, supervised if isinstance(supervised, Policy) else Policy())


__all__ = ["SupervisedEngine", "supervise"]

"""What becomes of a request that the program makes: it is noted, and an order passes only where
TWS is there to take it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from ..seams import NotNeeded, Refused
from .events import Phase
from .kinds import COMPUTATIONS, is_protobuf
from .registry import DATA_TYPE, Verdict
from .shared import Shared

logger = logging.getLogger("ibapi_port.supervised")

NOT_CONNECTED = 504
_ORDERS = ("placeOrder", "exerciseOptions")


def parts_of(request: str, arguments: tuple[Any, ...]) -> tuple[int, Any, Any]:
    """Return id, contract and order of an order, in either form."""
    if is_protobuf(arguments):
        message = arguments[0]
        order = getattr(message, "order", None)
        return int(getattr(message, "orderId", 0)), getattr(message, "contract", None), order
    if request == "placeOrder":
        return int(arguments[0]), arguments[1], arguments[2]
    return int(arguments[0]), arguments[1], None


class Admission:
    """Looks at each request before it is sent, in the thread that makes it."""

    def __init__(
        self, shared: Shared, phase: Callable[[], Phase], hear: Callable[[], None]
    ) -> None:
        """`hear` is called when a request waits for an answer that is not listened to yet."""
        self._books, self._line, _, self._policy, self._clock = shared
        self._phase = phase
        self._hear = hear
        self.never_waits: int | None = None  # the thread of an event loop
        self._within = threading.local()  # .order: the order that this thread is sending
        self._byte = threading.Condition()
        self._waiting = 0
        self._asked_at = float("-inf")
        # The thread that tells the program the first nextValidId of a connection; else None.
        self.id_told_by: int | None = None
        self._ordered_there = 0  # the first connection on which an order was placed in it
        self._has_warned = False

    def admit(self, request: str, arguments: tuple[Any, ...]) -> None:
        """Take note of a request. Raise Refused or NotNeeded where it is not to be sent."""
        self._within.order = None
        if request == "startApi":
            return
        with self._books.lock:
            self._books.pacer.sent(self._clock.monotonic())
        if request in _ORDERS:
            self._admit_order(request, arguments)
        elif request == "cancelOrder":
            self._note_cancel(arguments)
        else:
            self._admit_request(request, arguments)

    def _admit_request(self, request: str, arguments: tuple[Any, ...]) -> None:
        books = self._books
        switching = books.switching if request in ("reqMktData", DATA_TYPE) else nullcontext()
        with switching, books.lock:
            before = books.registry.find(request, arguments)
            verdict = books.registry.asked(request, arguments, self._clock.time())
        if request in COMPUTATIONS:
            self._hear()
        if verdict is Verdict.NOT_NEEDED:
            raise NotNeeded
        if verdict is Verdict.REPLACE and before is not None:
            name, values = before.cancel
            if name:
                self._line.send(self._line.number, name, values, False)

    def _note_cancel(self, arguments: tuple[Any, ...]) -> None:
        try:
            first = arguments[0]
            order_id = int(getattr(first, "orderId", 0) if is_protobuf(arguments) else first)
        except (TypeError, ValueError):
            return  # encoding it tells what is wrong
        with self._books.lock:
            self._books.orders.cancelled(order_id)

    def not_sent(self, request: str, arguments: tuple[Any, ...], code: int, text: str) -> None:
        """A request was not sent, or perhaps in part (504)."""
        if request in _ORDERS:
            self._order_not_sent(request, arguments, code, text)
        elif request != "startApi":
            with self._books.lock:
                # What is cancelled without a connection must not come back with the next one.
                self._books.registry.unsent(request, arguments, is_lost=code == NOT_CONNECTED)

    # --- orders ---

    def _admit_order(self, request: str, arguments: tuple[Any, ...]) -> None:
        why = self._why_not()
        if why:
            raise Refused(why, NOT_CONNECTED)
        try:
            order_id, contract, order = parts_of(request, arguments)
        except (TypeError, ValueError, IndexError):
            return  # encoding it tells what is wrong
        if getattr(order, "whatIf", False):
            return  # it only asks
        with self._books.lock:
            self._books.floor.used(order_id)
            self._books.orders.sent(order_id, contract, order, self._line.number)
            connection = self._books.registry.connection
        self._within.order = order_id
        if self.id_told_by == threading.get_ident():
            self._look_for_doubles(order_id, connection)

    def _look_for_doubles(self, order_id: int, connection: int) -> None:
        """Warn once of a program that places its orders in nextValidId, on each connection anew."""
        self._ordered_there = self._ordered_there or connection
        if self._ordered_there != connection and not self._has_warned:
            self._has_warned = True
            logger.warning(
                "order %s was placed in nextValidId, as on a connection before: is it the same "
                "order once more? nextValidId is called after each reconnection; place orders in "
                "it the first time only",
                order_id,
            )

    def _why_not(self) -> str:
        phase, policy = self._phase(), self._policy
        if phase is Phase.UPSTREAM_LOST and not policy.orders_without_upstream:
            return "Not sent: TWS has no connection to IB (1100)."
        if phase not in (Phase.SYNCING, Phase.READY, Phase.UPSTREAM_LOST):
            return f"Not sent: the connection is {phase.value}."
        if policy.probe_before_order and self._line.silence > policy.probe_after:
            early = policy.probe_after > policy.probe_timeout
            if early and self.never_waits == threading.get_ident():
                # it was asked by `Policy.without_waiting`, and has had its time to answer
                return f"Not sent: TWS has been silent for {self._line.silence:.1f} s."
            if not self._is_there():
                return f"Not sent: TWS has not answered within {policy.probe_timeout:g} s."
            if self._phase() not in (Phase.SYNCING, Phase.READY, phase):
                return f"Not sent: the connection is {self._phase().value}."
        return ""

    def _is_there(self) -> bool:
        """Ask TWS for the time and wait for a byte. Orders of several threads share one question.

        It may be called in the thread that processes messages: the bytes come in another one.
        """
        clock, line, timeout = self._clock, self._line, self._policy.probe_timeout
        began = clock.monotonic()
        with self._byte:
            is_answered = line.heard_at >= self._asked_at
            if is_answered or began - self._asked_at >= timeout:
                self._asked_at = began
                line.ask_time()
            self._waiting += 1
            line.on_bytes = self._byte_came
            try:
                while line.heard_at < began:
                    left = began + timeout - clock.monotonic()
                    if left <= 0:
                        return False
                    clock.wait(self._byte, left)
                return True
            finally:
                self._waiting -= 1
                if not self._waiting:
                    line.on_bytes = None

    def _byte_came(self) -> None:
        with self._byte:
            self._byte.notify_all()

    def _order_not_sent(
        self, request: str, arguments: tuple[Any, ...], code: int, text: str
    ) -> None:
        try:
            order_id, contract, order = parts_of(request, arguments)
        except (TypeError, ValueError, IndexError):
            return
        was_admitted = getattr(self._within, "order", None) == order_id
        self._within.order = None
        if was_admitted and code == NOT_CONNECTED:
            return  # a part of it may have gone out: it stays uncertain
        with self._books.lock:
            if was_admitted:
                self._books.orders.take_back(order_id)
            elif code == NOT_CONNECTED:
                self._books.orders.not_sent(order_id, contract, order, text)


__all__ = ["NOT_CONNECTED", "Admission", "parts_of"]

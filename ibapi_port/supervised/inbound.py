"""What the supervisor hears of messages, and what it keeps from the program: the answers to its own
questions, and executions that are known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..seams import HIDE, Renumber
from .books import Books
from .kinds import COMPUTED, DATA, ENDS, ROWS, STATE_ENDS
from .orders import OVER

# ids of the supervisor's own requests, far from those of programs
OWN_ID = 2_000_000_001
# what TWS says when a stream is cancelled that it does not have any more
_CANCELS_NOTHING = frozenset({300, 310, 365, 366, 385, 386})
_CANCELLED = 162


class Heard(Protocol):
    """Who is told of what messages say. All is called in the thread that processes messages."""

    def id_came(self) -> None:
        """nextValidId is about to be told."""

    def accounts_came(self) -> None:
        """managedAccounts is about to be told."""

    def error_came(self, request_id: int, code: int, text: str) -> None:
        """An error is about to be told."""

    def open_order_came(self, key: tuple[int, int]) -> None:
        """An open order is about to be told."""

    def completed_order_came(self, contract: Any, order: Any, state: Any) -> None:
        """A completed order has come, in answer to the supervisor."""

    def list_ended(self, request: str) -> None:
        """The answer to a question of the supervisor's is whole."""

    def answered(self) -> None:
        """TWS has answered the question for the time."""

    def all_heard(self) -> None:
        """No stream is silent any more."""


class Inbound:
    """The filter of the client's messages; see `seams.Supervisor`."""

    def __init__(self, books: Books, heard: Heard, retry_safe: bool) -> None:
        self._books = books
        self._heard = heard
        self._asked = frozenset((ENDS | STATE_ENDS) - set(_OWN))
        self._rows = ROWS if retry_safe else frozenset()
        self._is_watching = False
        self._is_computing = False
        self._cancelled: set[int] = set()  # streams that the supervisor has cancelled
        self._make()

    # --- what is listened to, beside the methods below ---

    def _make(self) -> None:
        """Put a method in place for each callback that is listened to now, and no other: what is
        not listened to costs nothing.
        """
        for name in {*ENDS, *STATE_ENDS, *ROWS, *DATA, COMPUTED} - set(_OWN):
            ends = name in self._asked or (name == COMPUTED and self._is_computing)
            row = name in self._rows
            data = self._is_watching and name in DATA
            if ends or row or data:
                setattr(self, name, self._hearing(name, ends, row, data))
            else:
                self.__dict__.pop(name, None)

    def _hearing(self, name: str, ends: bool, row: bool, data: bool) -> Callable[..., object]:
        def hear(*arguments: Any) -> object:
            with self._books.lock:
                registry = self._books.registry
                if row and arguments:
                    registry.row(arguments[0])
                done = registry.answered(name, arguments) if ends else None
                all_heard = data and arguments and not registry.heard(arguments[0])
                is_over = name == COMPUTED and ends and not registry.waits_for_computation
            if all_heard:
                self._heard.all_heard()
            if is_over:
                self.listen_for_computations(False)
            if done is None or not done.is_ours:
                return None
            self._heard.answered()
            return HIDE

        return hear

    def listen_for_data(self, on: bool) -> None:
        """Hear the data of streams, or no more."""
        self._is_watching = on
        self._make()

    def listen_for_computations(self, on: bool) -> None:
        """Hear what is computed for an option, or no more."""
        self._is_computing = on
        self._make()

    def cancelled(self, request_id: int) -> None:
        """The supervisor cancels a stream, to request it again."""
        self._cancelled.add(request_id)

    def forget_cancelled(self) -> None:
        """The connection is another one."""
        self._cancelled.clear()

    # --- session ---

    def nextValidId(self, orderId: int) -> object:
        with self._books.lock:
            self._books.registry.answered("nextValidId", (orderId,))
            floor = self._books.floor.told(orderId)
        self._heard.id_came()
        return Renumber(floor) if floor != orderId else None

    def managedAccounts(self, accountsList: str) -> object:
        with self._books.lock:
            self._books.registry.answered("managedAccounts", (accountsList,))
        self._heard.accounts_came()
        return None

    def error(
        self, reqId: int, errorTime: int, errorCode: int, errorString: str, *_: Any
    ) -> object:
        if reqId in self._cancelled and (
            errorCode in _CANCELS_NOTHING
            or (errorCode == _CANCELLED and "cancel" in errorString.lower())
        ):
            return HIDE
        self._heard.error_came(reqId, errorCode, errorString)
        return None

    # --- orders ---

    def openOrder(self, orderId: int, contract: Any, order: Any, orderState: Any) -> object:
        if getattr(order, "whatIf", False):
            return None
        with self._books.lock:
            if orderId > 0 and order.clientId in self._books.client_ids:
                self._books.floor.used(orderId)
            self._books.orders.open_order(orderId, contract, order, orderState.status)
        if orderState.status not in OVER:
            self._heard.open_order_came((order.clientId, orderId))
        return None

    def orderStatus(
        self,
        orderId: int,
        status: str,
        filled: Any,
        remaining: Any,
        avgFillPrice: float,
        permId: int,
        parentId: int,
        lastFillPrice: float,
        clientId: int,
        *_: Any,
    ) -> object:
        with self._books.lock:
            self._books.orders.status(
                clientId, orderId, status, filled, avgFillPrice, permId, lastFillPrice
            )
        return None

    def openOrderEnd(self) -> object:
        return self._ended("openOrderEnd", ())

    def execDetails(self, reqId: int, contract: Any, execution: Any) -> object:
        books = self._books
        with books.lock:
            known = books.orders.execution(execution)
            is_of_client = execution.clientId in books.client_ids
            if reqId != OWN_ID:
                books.executions.told(execution.execId)
                books.hears_all = books.hears_all or (reqId == -1 and not is_of_client)
                return None
            if not is_of_client and not books.hears_all:
                return HIDE
            is_new = books.executions.listed(execution.execId, known is not None)
        return Renumber(-1) if is_new else HIDE

    def execDetailsEnd(self, reqId: int) -> object:
        return self._ended("execDetailsEnd", (reqId,))

    def commissionAndFeesReport(self, report: Any) -> object:
        with self._books.lock:
            is_new = self._books.executions.commission(report.execId)
        return None if is_new else HIDE

    def completedOrder(self, contract: Any, order: Any, orderState: Any) -> object:
        with self._books.lock:
            is_ours = self._books.registry.is_ours("reqCompletedOrders")
        if not is_ours:
            return None
        self._heard.completed_order_came(contract, order, orderState)
        return HIDE

    def completedOrdersEnd(self) -> object:
        return self._ended("completedOrdersEnd", ())

    def _ended(self, name: str, arguments: tuple[Any, ...]) -> object:
        with self._books.lock:
            done = self._books.registry.answered(name, arguments)
        if done is None or not done.is_ours:
            return None
        self._heard.list_ended(done.request)
        return HIDE


_OWN = frozenset(name for name in vars(Inbound) if not name.startswith("_"))

__all__ = ["OWN_ID", "Heard", "Inbound"]

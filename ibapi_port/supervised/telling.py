"""What the program is told beside TWS's messages, each in its turn."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .._client.core import ClientCore
from .alarms import Alarms
from .events import Changed
from .orders import Order
from .reconcile import Report
from .restoring import Gap


class Telling:
    """Makes callbacks by `post`. Those that IB's wrapper does not have are made only where the
    program has them: connectionState, dataStale, connectionGap, ordersReconciled.
    """

    def __init__(
        self, core: ClientCore, post: Callable[[Callable[[], None]], None], alarms: Alarms
    ) -> None:
        self._core = core
        self._post = post
        self._alarms = alarms

    def state(self, change: Changed) -> None:
        """The phase has changed."""
        self._tell("connectionState", *change)

    def stale(self, ids: tuple[int, ...]) -> None:
        """The data of these streams are old."""
        if ids:
            self._tell("dataStale", ids)

    def silent(self, ids: tuple[int, ...]) -> None:
        """These streams stay silent, and are requested again."""
        self._alarms.stale(ids)
        self.stale(ids)

    def gap(self, gap: Gap) -> None:
        """All that stood was requested again."""
        self._tell("connectionGap", gap)

    def reconciled(self, report: Report) -> None:
        """The orders were looked for."""
        self._alarms.reconciled(report)
        self._tell("ordersReconciled", report)

    def error(self, code: int, text: str, request_id: int) -> None:
        """Make an error callback."""
        self._post(lambda: self._core.report(code, text, request_id))

    def order_ended(self, order: Order) -> None:
        """Tell the end of an order in a gap as TWS would have told it."""
        quantity = order.terms.quantity
        filled = (quantity or order.filled) if order.status == "Filled" else order.filled
        arguments = (
            order.order_id,
            order.status,
            filled,
            max(quantity - filled, Decimal(0)),
            order.average_price,
            order.perm_id,
            order.parent_id,
            order.last_price,
            order.client_id,
            "",
            0.0,
        )
        self._post(lambda: self._status(arguments))

    def _status(self, arguments: tuple[Any, ...]) -> None:
        if self._core.callbacks is not None:
            # it may be of an older form
            target: Any = self._core.callbacks.target(["orderStatus"])
            self._call(target.orderStatus, arguments)

    def _tell(self, name: str, *arguments: Any) -> None:
        callback = getattr(self._core.wrapper, name, None)
        if callback is not None:
            self._post(lambda: self._call(callback, arguments))

    def _call(self, callback: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        try:
            callback(*arguments)
        except BaseException as e:  # a callback may raise anything
            self._core.callback_raised(e)


__all__ = ["Telling"]

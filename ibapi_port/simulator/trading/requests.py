"""The requests about orders and executions."""

from __future__ import annotations

from collections.abc import Mapping

from ...execution import ExecutionFilter
from ..market.instruments import Instruments
from ..peer import Handler, Invalid, Peer, Refusal, Values
from ..times import parse
from .orders import Fill, OrderBook
from .reports import OrderReports

_SIDES = {"BUY": "BOT", "SELL": "SLD"}


class OrderService:
    """Answers placeOrder, cancelOrder and what asks for orders, executions and order ids."""

    def __init__(self, instruments: Instruments, book: OrderBook, reports: OrderReports) -> None:
        self._instruments, self._book, self._reports = instruments, book, reports

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "placeOrder": self._place,
            "cancelOrder": lambda peer, values: self._book.cancel(peer.client_id, values["orderId"]),
            "reqGlobalCancel": lambda peer, values: self._book.cancel_all(),
            "reqIds": lambda peer, values: peer.send("nextValidId", orderId=self._book.next_id(peer.client_id)),
            "reqOpenOrders": lambda peer, values: self._send_open(peer, peer.client_id),
            "reqAllOpenOrders": lambda peer, values: self._send_open(peer, None),
            "reqAutoOpenOrders": self._auto_bind,
            "reqExecutions": self._executions,
            "reqCompletedOrders": self._completed,
        }

    def forget(self, peer: Peer) -> None:
        """Orders stay when their client goes."""

    def greet(self, peer: Peer) -> None:
        """A client has connected: its next order id, and the orders that it left."""
        peer.send("nextValidId", orderId=self._book.next_id(peer.client_id))
        for live in self._book.active(peer.client_id):
            self._reports.describe(peer, live)

    def _place(self, peer: Peer, values: Values) -> None:
        contract, order = values["contract"], values["order"]
        if not contract.exchange:
            raise Invalid("Missing order exchange")
        instrument = self._instruments.tradable(contract)
        self._book.place(peer.client_id, values["orderId"], instrument, contract.exchange, order)

    def _send_open(self, peer: Peer, client_id: int | None) -> None:
        for live in self._book.active(client_id):
            self._reports.describe(peer, live)
        peer.send("openOrderEnd")

    def _auto_bind(self, peer: Peer, values: Values) -> None:
        if peer.client_id != 0:
            raise Refusal(327, "Only API connections with clientId set to 0 can set the auto bind TWS orders property.")

    def _executions(self, peer: Peer, values: Values) -> None:
        wanted: ExecutionFilter = values["execFilter"]
        since = parse(wanted.time) if wanted.time else None
        if wanted.time and since is None:
            raise Invalid(f"Invalid execution time filter [{wanted.time}]")
        for fill in self._book.fills:
            if _fits(fill, wanted) and (since is None or (parse(fill.execution.time) or 0) >= since):
                peer.send("execDetails", reqId=values["reqId"], contract=fill.contract, execution=fill.execution)
                peer.send("commissionAndFeesReport", commissionAndFeesReport=fill.report)
        peer.send("execDetailsEnd", reqId=values["reqId"])

    def _completed(self, peer: Peer, values: Values) -> None:
        for live in self._book.completed():
            self._reports.describe_completed(peer, live)
        peer.send("completedOrdersEnd")


def _fits(fill: Fill, wanted: ExecutionFilter) -> bool:
    contract, execution = fill.contract, fill.execution
    said = (
        (wanted.clientId, execution.clientId),
        (wanted.acctCode, execution.acctNumber),
        (wanted.symbol, contract.symbol),
        (wanted.secType, contract.secType),
        (wanted.exchange, execution.exchange),
        (_SIDES.get(wanted.side, wanted.side), execution.side),
    )
    return all(not filtered or filtered == own for filtered, own in said)

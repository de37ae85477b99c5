"""The requests about orders and executions."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from ...const import UNSET_DOUBLE, UNSET_INTEGER
from ...contract import Contract
from ...execution import ExecutionFilter
from ...order import Order
from ..account.money import ZERO
from ..errors import Invalid, Refusal
from ..market.instruments import NOT_FOUND, Instrument, Instruments
from ..net.clock import Clock
from ..options import BrokerBehaviour
from ..services import ClientSession, Handler, Service, Values
from ..times import BAD_TIME, ZONE_WARNING, day, is_date_alone, lacks_zone, local, order_time
from .lifecycle.clearing import Clearing
from .lifecycle.executions import Executions
from .lifecycle.order_book import OrderBook
from .live import API_CANCELLED, Fill
from .overnight import VENUE as OVERNIGHT
from .reports import OrderReports
from .validation.conditions import times_of

_SIDES = {"BUY": "BOT", "SELL": "SLD", "SSHORT": "SLD"}
NO_DEFINITION = 200
_TO_OVERNIGHT, _DIRECT = 10329, 10311  # what precautions say of an order's exchange
_BINDER = 0  # the client that can get hold of manual orders
_MAX_DAYS = 7  # how far back executions are kept
_OLD = 118  # servers below this report an unknown order as 135


class OrderService(Service):
    """Answers placeOrder, cancelOrder and what asks for orders, executions and order ids."""

    def __init__(
        self,
        instruments: Instruments,
        book: OrderBook,
        executions: Executions,
        clearing: Clearing,
        reports: OrderReports,
        clock: Clock,
        behaviour: BrokerBehaviour,
    ) -> None:
        self._instruments = instruments
        self._book = book
        self._executions = executions
        self._clearing = clearing
        self._reports = reports
        self._clock = clock
        self._time_warnings = behaviour.time_warnings
        self._direct_routing = behaviour.direct_routing
        self._undefined: dict[tuple[int, int], Decimal] = {}  # quantities, by client and order id

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "placeOrder": self._place,
            "cancelOrder": self._cancel,
            "reqGlobalCancel": lambda client, values: self._book.cancel_all(),
            "reqIds": lambda client, values: client.send(
                "nextValidId", orderId=self._book.next_id(client.client_id)
            ),
            "reqOpenOrders": self._open,
            "reqAllOpenOrders": lambda client, values: self._send_open(client, None),
            "reqAutoOpenOrders": self._auto_bind,
            "reqExecutions": self._requested,
            "reqCompletedOrders": self._completed,
            "exerciseOptions": self._exercise,
        }

    def on_disconnect(self, client: ClientSession) -> None:
        """Keep the orders when their client goes; manual ones are bound no longer."""
        if client.client_id == _BINDER:
            self._book.auto_bind = False

    def greet(self, client: ClientSession) -> None:
        """Send a client that has connected its next order id, and the orders that it left."""
        client.send("nextValidId", orderId=self._book.next_id(client.client_id))
        for live in self._book.active(client.client_id):
            if not live.hidden:
                self._reports.describe(client, live)

    def _place(self, client: ClientSession, values: Values) -> None:
        contract, order, order_id = values["contract"], values["order"], values["orderId"]
        if order_id == 0:
            raise Refusal(10149, "Invalid order id: 0")
        if not contract.exchange:
            raise Invalid("Missing order exchange")
        key = client.client_id, order_id
        try:
            instrument = self._tradable(contract)
        except Refusal as e:
            if e.code == NO_DEFINITION:  # TWS knows the order, but not what it is for
                self._undefined[key] = order.totalQuantity
            raise
        self._undefined.pop(key, None)
        if self._time_warnings:
            self._check_times(client, order_id, order)
        if contract.exchange == OVERNIGHT:
            self._book.discard(*key, instrument, contract.exchange, order, _TO_OVERNIGHT)
        elif not self._direct_routing and _is_direct(instrument, contract.exchange):
            self._book.discard(*key, instrument, contract.exchange, order, _DIRECT)
        else:
            self._book.place(*key, instrument, contract.exchange, order)

    def _check_times(self, client: ClientSession, order_id: int, order: Order) -> None:
        """Warn of times without a zone. Refusal: one is no time, or of no zone that there is."""
        times = [text for text in times_of(order) if text]
        for text in times:
            if is_date_alone(text) or order_time(text, self._clock.now()) is None:
                raise Refusal(10314, f"{text}: {BAD_TIME}")
        if any(map(lacks_zone, times)):
            client.error(order_id, 2174, ZONE_WARNING)

    def _tradable(self, contract: Contract) -> Instrument:
        """Return what an order is for. Refusal: there is no such thing."""
        if contract.exchange == OVERNIGHT and contract.secType == "STK":
            contract = copy.copy(contract)
            contract.exchange = "SMART"
        instrument = self._instruments.tradable(contract)
        if instrument.legs and all(leg.instrument.sec_type == "STK" for leg in instrument.legs):
            legs = ",".join(sorted({leg.instrument.symbol for leg in instrument.legs}))
            if contract.symbol and contract.symbol != legs:
                raise Refusal(
                    478,
                    "Parameters in request conflicts with contract parameters received by contract "
                    f"id:Requested symbol {contract.symbol}, in legs {legs}",
                )
            if contract.exchange != "SMART":
                raise Refusal(NO_DEFINITION, NOT_FOUND)
        return instrument

    def _cancel(self, client: ClientSession, values: Values) -> None:
        key = client.client_id, values["orderId"]
        if key in self._undefined:
            self._send_undefined(client, key[1], self._undefined.pop(key))
            return
        try:
            self._book.cancel(*key)
        except Refusal as e:
            if e.code == 10147 and client.server_version < _OLD:
                raise Refusal(135, f"Can't find order with id ={values['orderId']}") from None
            raise

    def _send_undefined(self, client: ClientSession, order_id: int, quantity: Decimal) -> None:
        """Report that an order is cancelled whose contract TWS has not found."""
        client.send(
            "orderStatus",
            orderId=order_id,
            status=API_CANCELLED,
            filled=ZERO,
            remaining=quantity,
            avgFillPrice=UNSET_DOUBLE,
            permId=0,
            parentId=0,
            lastFillPrice=UNSET_DOUBLE,
            clientId=client.client_id,
            whyHeld="",
            mktCapPrice=UNSET_DOUBLE,
        )

    def _open(self, client: ClientSession, values: Values) -> None:
        if client.client_id == _BINDER:
            self._book.bind()
        self._send_open(client, client.client_id)

    def _send_open(self, client: ClientSession, client_id: int | None) -> None:
        for live in self._book.active(client_id):
            self._reports.describe(client, live)
        client.send("openOrderEnd")

    def _auto_bind(self, client: ClientSession, values: Values) -> None:
        if client.client_id != _BINDER:
            raise Refusal(
                327,
                "Only API connections with clientId set to 0 can set the auto bind TWS orders "
                "property.",
            )
        self._book.auto_bind = values["bAutoBind"]
        if self._book.auto_bind:
            self._book.bind()

    def _completed(self, client: ClientSession, values: Values) -> None:
        today = day(self._clock.now())
        for live in self._book.completed():
            if day(live.completed_time) == today and not (
                values["apiOnly"] and live.order.orderId < 0
            ):
                self._reports.describe_completed(client, live)
        client.send("completedOrdersEnd")

    def _exercise(self, client: ClientSession, values: Values) -> None:
        if not values["contract"].exchange:
            raise Invalid("Missing order exchange")
        option = self._instruments.tradable(values["contract"])
        self._clearing.exercise(
            option,
            values["exerciseAction"],
            values["exerciseQuantity"],
            values["account"],
            bool(values["override"]),
        )

    # --- executions ---

    def _requested(self, client: ClientSession, values: Values) -> None:
        wanted: ExecutionFilter = values["execFilter"]
        since = order_time(wanted.time, self._clock.now()) if wanted.time else 0.0
        if since is None:
            raise Invalid(f"Invalid execution time filter [{wanted.time}]")
        days = self._days(wanted)
        for fill in self._executions.current():
            if _matches(fill, wanted) and fill.time >= since and day(fill.time) in days:
                client.send(
                    "execDetails",
                    reqId=values["reqId"],
                    contract=fill.contract,
                    execution=fill.execution,
                )
                if fill.report is not None:
                    client.send("commissionAndFeesReport", commissionAndFeesReport=fill.report)
        client.send("execDetailsEnd", reqId=values["reqId"])

    def _days(self, wanted: ExecutionFilter) -> set[str]:
        """Return the days to look at: today, unless the filter says otherwise; never more than a
        week back.
        """
        today = local(self._clock.now()).date()
        kept = [f"{today - timedelta(days=n):%Y%m%d}" for n in range(_MAX_DAYS)]
        if wanted.specificDates:
            return set(kept) & {str(each) for each in wanted.specificDates}
        if wanted.lastNDays not in (UNSET_INTEGER, 0):
            return set(kept[: max(1, wanted.lastNDays)])
        return {kept[0]}


def _is_direct(instrument: Instrument, exchange: str) -> bool:
    """Return whether an order for a stock goes past SMART."""
    return instrument.sec_type == "STK" and exchange != "SMART" and "SMART" in instrument.exchanges


def _matches(fill: Fill, wanted: ExecutionFilter) -> bool:
    contract, execution = fill.contract, fill.execution
    said: Iterable[tuple[object, object]] = (
        (wanted.clientId, execution.clientId),
        (wanted.acctCode, execution.acctNumber),
        (wanted.symbol, contract.symbol),
        (wanted.secType, contract.secType),
        (wanted.exchange, execution.exchange),
        (_SIDES.get(wanted.side, wanted.side), execution.side),
    )
    return all(not filtered or filtered == own for filtered, own in said)

"""The callbacks of TWSSyncWrapper: each collects what it brings, and tells who waits for it.

They may be overridden, but then have to be called by what overrides them.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Concatenate, ParamSpec, TypeVar

from .._client.forwarding import forwarder, keyed_callbacks
from ..common import BarData, OrderId, TickAttrib, TickerId
from ..contract import Contract, ContractDetails
from ..execution import Execution
from ..order import Order
from ..order_state import OrderState
from ..ticktype import TickTypeEnum
from ..wrapper import EWrapper
from .asking import WaitingClient
from .names import END_MARKERS

Row = dict[str, Any]
P = ParamSpec("P")
C = TypeVar("C", bound="CollectingClient")


def _collecting(collect: Callable[Concatenate[C, P], None]) -> Callable[Concatenate[C, P], None]:
    """A callback that collects, and then does what EWrapper's does."""
    name = collect.__name__
    parameters = tuple(inspect.signature(collect).parameters)[1:]

    @functools.wraps(collect)
    def callback(self: C, /, *args: P.args, **kwargs: P.kwargs) -> None:
        collect(self, *args, **kwargs)
        # EWrapper has other names for some
        rest = [kwargs[parameter] for parameter in parameters[len(args) :] if parameter in kwargs]
        getattr(super(CollectingClient, self), name)(*args, *rest)

    return callback


class CollectingClient(EWrapper, WaitingClient):
    """EWrapper and EClient in one that collects what comes.

    By request id in `contract_details`, `executions`, `historical_data`, `market_data`,
    `account_summary` and `errors`, by order id in `order_status` and `open_orders`, by account in
    `positions`, and in `portfolio`.
    """

    def __init__(self, timeout: float | None) -> None:
        EWrapper.__init__(self)
        WaitingClient.__init__(self, self)
        self.timeout = timeout
        self.contract_details: dict[int, list[ContractDetails]] = {}
        self.order_status: dict[int, Row] = {}
        self.open_orders: dict[int, Row] = {}
        self.executions: dict[int, list[Row]] = {}
        self.portfolio: list[Row] = []
        self.positions: dict[str, list[Row]] = {}
        self.account_summary: dict[int, dict[str, dict[str, Row]]] = {}
        self.market_data: dict[int, Row] = {}
        self.historical_data: dict[int, list[BarData]] = {}
        self.current_time_value: int | None = None
        self.next_valid_id_value: int | None = None
        self.errors: dict[int, list[Row]] = {}
        # for programs that look at them: these two stay empty
        self.response_events: dict[str, threading.Event] = {}
        self.completion_events: dict[str, threading.Event] = {}

    # --- session ---

    @_collecting
    def nextValidId(self, orderId: int) -> None:
        self.next_valid_id_value = orderId
        self._ibapi_port_end_shared("next_valid_id", orderId)

    @_collecting
    def managedAccounts(self, accountsList: str) -> None:
        self._ibapi_port_accounts = accountsList.split(",")

    @_collecting
    def currentTime(self, time_value: int) -> None:
        self.current_time_value = time_value
        self._ibapi_port_end_shared("current_time", time_value)

    @_collecting
    def error(
        self,
        reqId: TickerId,
        errorTime: int,
        errorCode: int,
        errorString: str,
        advancedOrderRejectJson: str = "",
    ) -> None:
        """Keeps it in `errors`, and ends the waits for what it is about, unless it is a notice
        only.
        """
        row = _row(locals())
        with self._ibapi_port_waits.guard:
            self.errors.setdefault(reqId, []).append(row)
            self._set_event(reqId, "error", row)
        self._ibapi_port_error(reqId, errorCode, errorString, row)

    # --- what is collected by request id ---

    @_collecting
    def contractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        self._ibapi_port_add("contract_details", reqId, contractDetails)

    @_collecting
    def bondContractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        self._ibapi_port_add("contract_details", reqId, contractDetails)

    @_collecting
    def execDetails(self, reqId: int, contract: Contract, execution: Execution) -> None:
        self._ibapi_port_add("executions", reqId, _row(locals(), "reqId"))

    @_collecting
    def historicalData(self, reqId: int, bar: BarData) -> None:
        self._ibapi_port_add("historical_data", reqId, bar)

    @_collecting
    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str) -> None:
        row = _row(locals(), "reqId", "account", "tag")
        with self._ibapi_port_waits.guard:
            self._ibapi_port_rows("account_summary", reqId).setdefault(account, {})[tag] = row

    @_collecting
    def tickPrice(self, reqId: TickerId, tickType: int, price: float, attrib: TickAttrib) -> None:
        self._ibapi_port_tick(reqId, tickType, price)

    @_collecting
    def tickSize(self, reqId: TickerId, tickType: int, size: Decimal) -> None:
        self._ibapi_port_tick(reqId, tickType, size)

    @_collecting
    def tickString(self, reqId: TickerId, tickType: int, value: str) -> None:
        self._ibapi_port_tick(reqId, tickType, value)

    @_collecting
    def tickGeneric(self, reqId: TickerId, tickType: int, value: float) -> None:
        self._ibapi_port_tick(reqId, tickType, value)

    @_collecting
    def tickOptionComputation(
        self,
        reqId: TickerId,
        tickType: int,
        tickAttrib: int,
        impliedVol: float | None,
        delta: float | None,
        optPrice: float | None,
        pvDividend: float | None,
        gamma: float | None,
        vega: float | None,
        theta: float | None,
        undPrice: float | None,
    ) -> None:
        self._ibapi_port_tick(reqId, tickType, _row(locals(), "reqId", "tickType"))

    def _ibapi_port_tick(self, req_id: int, tick_type: int, value: object) -> None:
        with self._ibapi_port_waits.guard:
            self._ibapi_port_rows("market_data", req_id)[TickTypeEnum.toStr(tick_type)] = value

    @_collecting
    def tickNews(
        self,
        reqId: int,
        timeStamp: int,
        providerCode: str,
        articleId: str,
        headline: str,
        extraData: str,
    ) -> None:
        row = _row(locals(), "reqId")
        with self._ibapi_port_waits.guard:
            self._ibapi_port_rows("market_data", reqId).setdefault("News", []).append(row)

    # --- orders, portfolio, positions ---

    @_collecting
    def orderStatus(
        self,
        orderId: OrderId,
        status: str,
        filled: Decimal,
        remaining: Decimal,
        avgFillPrice: float,
        permId: int,
        parentId: int,
        lastFillPrice: float,
        clientId: int,
        whyHeld: str,
        mktCapPrice: float,
    ) -> None:
        row = _row(locals())
        self.order_status[orderId] = row
        self._set_event(orderId, "order_status", row)

    @_collecting
    def openOrder(
        self, orderId: OrderId, contract: Contract, order: Order, orderState: OrderState
    ) -> None:
        with self._ibapi_port_waits.guard:
            self.open_orders[orderId] = _row(locals())

    @_collecting
    def updatePortfolio(
        self,
        contract: Contract,
        position: Decimal,
        marketPrice: float,
        marketValue: float,
        averageCost: float,
        unrealizedPNL: float,
        realizedPNL: float,
        accountName: str,
    ) -> None:
        row = _row(locals())
        with self._ibapi_port_waits.guard:
            _put(self.portfolio, row)

    @_collecting
    def position(self, account: str, contract: Contract, position: Decimal, avgCost: float) -> None:
        row = _row(locals(), "account")
        with self._ibapi_port_waits.guard:
            _put(self.positions.setdefault(account, []), row)

    def _ibapi_port_ended(self, name: str, req_id: int | None, rest: tuple[Any, ...]) -> None:
        """An answer of several rows has ended."""
        kind = END_MARKERS[name]
        if req_id is None:
            self._ibapi_port_waits.pass_over(kind, rest, self._ibapi_port_accounts)
            self._ibapi_port_end_shared(kind)
        else:
            self._ibapi_port_end(kind, req_id)
            rest = (req_id, *rest)
        getattr(super(), name)(*rest)


def _install() -> None:
    """Give CollectingClient the callbacks that end an answer, as the conversations say."""
    keyed = keyed_callbacks()
    for name in END_MARKERS.keys() - vars(CollectingClient).keys():
        setattr(CollectingClient, name, forwarder(name, "_ibapi_port_ended", name in keyed))


_install()


def _row(values: dict[str, Any], *without: str) -> Row:
    """A callback's arguments by name, from its locals()."""
    return {name: value for name, value in values.items() if name != "self" and name not in without}


def _put(rows: list[Row], row: Row) -> None:
    """Add what is held of a contract, in place of what was known of it."""
    for n, known in enumerate(rows):
        if _key(known) == _key(row):
            rows[n] = row
            return
    rows.append(row)


def _key(row: Row) -> tuple[Any, Any]:
    contract: Contract = row["contract"]
    return contract.conId or contract, row.get("accountName")

"""TWSSyncWrapper: requests that wait for their answer, for programs that ask one thing after
another.

    app = TWSSyncWrapper()
    if app.connect_and_start("127.0.0.1", 7497, 1):
        bars = app.get_historical_data(contract, "", "1 D", "1 hour", "TRADES")
    app.disconnect_and_stop()

A wait ends with the answer, or with ResponseTimeout once the time is over, or with RequestFailed (a
ResponseTimeout too) as soon as TWS reports an error for the request or the connection ends. Times
are in seconds; None is the wrapper's `timeout`. Any thread may ask but the one that processes
messages, in which RequestFailed comes at once.
"""

from __future__ import annotations

import threading
import time
from decimal import Decimal

from ibapi_port._sync.callbacks import CollectingClient, Row
from ibapi_port._sync.names import NO_ID
from ibapi_port._sync.waits import RequestFailed, ResponseTimeout, Wait
from ibapi_port.account_summary_tags import AccountSummaryTags
from ibapi_port.client import EClient
from ibapi_port.common import BarData, OrderId, TickerId
from ibapi_port.contract import Contract, ContractDetails
from ibapi_port.errors import NOT_CONNECTED
from ibapi_port.execution import Execution, ExecutionFilter
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.order_state import OrderState
from ibapi_port.protocol.schema.values import flag
from ibapi_port.ticktype import TickTypeEnum
from ibapi_port.wrapper import EWrapper

START_TIME = 5.0  # seconds that TWS has for nextValidId after the handshake
STATUS_TIMES = {"LMT": 5.0, "MKT": 5.0}  # seconds for an order's first status; 2 for other types
STOP_TIME = 1.0  # seconds for the processing thread to end
# statuses that do not answer a cancel
WORKING = frozenset({"ApiPending", "PendingSubmit", "PreSubmitted", "Submitted"})


class TWSSyncWrapper(CollectingClient):
    """EWrapper and EClient in one, with methods that wait: `get_...`, `place_order_sync`,
    `cancel_order_sync`.

    What comes is collected in attributes (see CollectingClient), there also what the program asks
    for by EClient's own requests. Of the requests that a method here makes, the last one's rows are
    kept.
    """

    api_thread: threading.Thread  # made by connect_and_start

    def __init__(self, timeout: float | None = 30) -> None:
        """timeout: seconds to wait where a method is not told; None: for ever."""
        super().__init__(timeout)

    # --- the connection ---

    def connect_and_start(self, host: str, port: int, client_id: int) -> bool:
        """Connect, process messages in a thread (`api_thread`), and wait until TWS takes requests.

        False: it does not, within the time for connecting and 5 s; then there is no connection, and
        `errors` has the reason.
        """
        new = not self.isConnected()
        self.connect(host, port, client_id)
        if not self.isConnected():
            return False
        session = self._ibapi_port.session
        if not new and session is not None and session.runs:
            return True
        with self._ibapi_port_waits.opened(Wait("next_valid_id", NO_ID)) as wait:
            self.api_thread = threading.Thread(target=self.run, name="TWSSyncWrapper", daemon=True)
            self.api_thread.start()
            try:
                self._ibapi_port_waits.result(wait, self._ibapi_port_deadline(START_TIME))
            except RequestFailed:  # an error has told why
                self.disconnect_and_stop()
            except ResponseTimeout:
                self._ibapi_port.report(
                    NOT_CONNECTED.code(),
                    f"{NOT_CONNECTED.msg()}: TWS has answered, but did not say within "
                    f"{START_TIME:g} s that it takes requests (no nextValidId came)",
                )
                self.disconnect_and_stop()
        return self.isConnected()

    def disconnect_and_stop(self) -> None:
        """End the connection and wait for `api_thread`, 1 s at most.

        Those who wait for an answer get RequestFailed.
        """
        self.disconnect()
        thread = getattr(self, "api_thread", None)
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_TIME)

    # --- requests that wait ---

    def get_next_valid_id(self, timeout: float | None = None) -> int:
        """The next order id that TWS has not seen; the same one until an order is placed."""
        number: int = self._ibapi_port_ask("reqIds", -1, timeout=timeout)
        return number

    def get_current_time(self, timeout: float | None = 1) -> int:
        """TWS's clock in seconds since 1970."""
        seconds: int = self._ibapi_port_ask("reqCurrentTime", timeout=timeout)
        return seconds

    def get_contract_details(
        self, contract: Contract, timeout: float | None = 5
    ) -> list[ContractDetails]:
        """All contracts that fit, bonds included."""
        details: list[ContractDetails] = self._ibapi_port_ask(
            "reqContractDetails", contract, timeout=timeout
        )
        return details

    def place_order_sync(
        self, contract: Contract, order: Order, timeout: float | None = None
    ) -> Row:
        """Place an order under a new id, which `order.orderId` has then: its first status, by the
        names of orderStatus' arguments. TWS tells none of an order with `transmit` False, which it
        keeps: for such a one the status is "ApiPending" as soon as it is sent.

        timeout: for the status; None is 5 s for LMT and MKT and 2 s for other types.
        ResponseTimeout does not cancel the order.
        """
        seconds = STATUS_TIMES.get(order.orderType, 2.0) if timeout is None else timeout
        with self._ibapi_port_waits.opened(Wait("order_status", None)) as wait:
            # ids have to reach TWS in order
            with self._ibapi_port_turn("place_order", self._ibapi_port_deadline(None)):
                order_id = wait.req_id = order.orderId = self._ibapi_port_new_order_id()
                deadline = self._ibapi_port_deadline(seconds)
                self._ibapi_port_send(wait, "placeOrder", (order_id, contract, order))
            if not self._ibapi_port_waits.is_over(wait) and not flag(order.transmit):
                return self._ibapi_port_kept(order)
            status: Row = self._ibapi_port_waits.result(wait, deadline)
        return status

    def _ibapi_port_kept(self, order: Order) -> Row:
        """Return the status of an order that TWS keeps until it is told to transmit it."""
        return {
            "orderId": order.orderId,
            "status": "ApiPending",
            "filled": Decimal(0),
            "remaining": Decimal(str(order.totalQuantity)),
            "avgFillPrice": 0.0,
            "permId": 0,
            "parentId": order.parentId,
            "lastFillPrice": 0.0,
            "clientId": self.clientId,
            "whyHeld": "",
            "mktCapPrice": 0.0,
        }

    def _ibapi_port_new_order_id(self) -> int:
        order_id = max(self.get_next_valid_id(), self._ibapi_port_last_order_id + 1)
        self._ibapi_port_last_order_id = order_id
        self.order_status.pop(order_id, None)
        return order_id

    def cancel_order_sync(
        self, order_id: int, orderCancel: OrderCancel | None = None, timeout: float | None = 3
    ) -> Row:
        """Cancel an order: its status after that, such as PendingCancel, Cancelled, or Filled if it
        was too late.
        """
        deadline = self._ibapi_port_deadline(timeout)
        with self._ibapi_port_waits.opened(
            Wait("order_status", order_id, accepts=lambda status: status["status"] not in WORKING)
        ) as wait:
            cancel = OrderCancel() if orderCancel is None else orderCancel
            self._ibapi_port_send(wait, "cancelOrder", (order_id, cancel))
            status: Row = self._ibapi_port_waits.result(wait, deadline)
        return status

    def get_open_orders(self, timeout: float | None = 3) -> dict[int, Row]:
        """This client's open orders by id, each a dict of orderId, contract, order, orderState."""
        orders: dict[int, Row] = self._ibapi_port_ask("reqOpenOrders", timeout=timeout)
        return orders

    def get_executions(
        self, exec_filter: ExecutionFilter | None = None, timeout: float | None = 10
    ) -> list[Row]:
        """The day's executions that fit the filter, each a dict of contract and execution."""
        wanted = ExecutionFilter() if exec_filter is None else exec_filter
        rows: list[Row] = self._ibapi_port_ask("reqExecutions", wanted, timeout=timeout)
        return rows

    def get_portfolio(self, account_code: str = "", timeout: float | None = None) -> list[Row]:
        """What an account holds ("": the login's own), each a dict by the names of
        updatePortfolio's arguments.
        """
        rows: list[Row] = self._ibapi_port_ask(
            "reqAccountUpdates", True, account_code, timeout=timeout
        )
        return rows

    def get_positions(self, timeout: float | None = 10) -> dict[str, list[Row]]:
        """The positions of all accounts: by account, dicts of contract, position, avgCost."""
        rows: dict[str, list[Row]] = self._ibapi_port_ask("reqPositions", timeout=timeout)
        return rows

    def get_account_summary(
        self, tags: str, group: str = "All", timeout: float | None = 5
    ) -> dict[str, dict[str, Row]]:
        """The tags (comma-separated, see AccountSummaryTags) by account and tag, each a dict of
        value and currency.
        """
        rows: dict[str, dict[str, Row]] = self._ibapi_port_ask(
            "reqAccountSummary", group, tags, timeout=timeout
        )
        return rows

    def get_market_data_snapshot(
        self,
        contract: Contract,
        generic_tick_list: str = "",
        snapshot: bool = True,
        timeout: float | None = None,
    ) -> Row:
        """Ticks by name ("BID", "LAST_SIZE", see TickTypeEnum), under "News" the headlines as a
        list of dicts.

        An option's computations ("MODEL_OPTION", "BID_OPTION_COMPUTATION", ...) are dicts:
        impliedVol, delta, optPrice, ...

        timeout: None is 11 s. snapshot False, which generic ticks need: the ticks of 1 s, or of
        half of a timeout up to 1 s; an error of TWS ends that early.
        """

        asked: tuple[object, ...] = (contract, generic_tick_list, bool(snapshot), False, [])
        if snapshot:
            seconds = 11 if timeout is None else timeout
            ticks: Row = self._ibapi_port_ask("reqMktData", *asked, timeout=seconds)
        else:
            seconds = timeout / 2 if timeout is not None and timeout <= 1 else 1.0
            ticks = self._ibapi_port_listen("reqMktData", *asked, seconds=seconds)
        return ticks

    def get_historical_data(
        self,
        contract: Contract,
        end_date_time: str,
        duration_str: str,
        bar_size_setting: str,
        what_to_show: str,
        use_rth: bool = True,
        format_date: int = 1,
        timeout: float | None = 30,
    ) -> list[BarData]:
        """Bars, the oldest first; none if TWS has no data.

        What the arguments may be: see `EClient.reqHistoricalData`; SCHEDULE brings no bars, and is
        RequestFailed.
        """
        what = (end_date_time, duration_str, bar_size_setting, what_to_show, use_rth, format_date)
        bars: list[BarData] = self._ibapi_port_ask(
            "reqHistoricalData", contract, *what, False, [], timeout=timeout
        )
        return bars


__all__ = [
    "AccountSummaryTags",
    "BarData",
    "Contract",
    "ContractDetails",
    "Decimal",
    "EClient",
    "EWrapper",
    "Execution",
    "ExecutionFilter",
    "Order",
    "OrderCancel",
    "OrderId",
    "OrderState",
    "RequestFailed",
    "ResponseTimeout",
    "TWSSyncWrapper",
    "TickTypeEnum",
    "TickerId",
    "threading",
    "time",
]

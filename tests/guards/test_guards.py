"""Guards: what they refuse and what they let pass, by themselves and with a client at a TWS."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from ibapi_port.client import EClient
from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.error_codes import lookup
from ibapi_port.guards import DayLimit, Guards, OrderLimit
from ibapi_port.order import Order
from ibapi_port.seams import Refused, seams
from ibapi_port.simulator import SimulatedTws
from ibapi_port.wrapper import EWrapper

WAIT = 10.0
NOON = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("America/New_York")).timestamp()


def stock(symbol: str = "AAPL", **more: Any) -> Contract:
    base = {"symbol": symbol, "secType": "STK", "exchange": "SMART", "currency": "USD"}
    return Contract(**{**base, **more})


def order(
    quantity: object = 10, limit: float | None = None, side: str = "BUY", **more: Any
) -> Order:
    made = Order()
    made.action = side
    made.totalQuantity = quantity if not isinstance(quantity, int) else Decimal(quantity)  # type: ignore[assignment]
    made.orderType = "MKT" if limit is None else "LMT"
    if limit is not None:
        made.lmtPrice = limit
    for name, value in more.items():
        assert hasattr(made, name), name
        setattr(made, name, value)
    return made


def test_check_counts_nothing() -> None:
    """Orders that belong together are looked at before the first one goes."""
    desk = Desk(order=OrderLimit(quantity=100), day=DayLimit(quantity=150))
    first = (stock(), order(100, 10.0))
    desk.guards.check([first, (stock(), order(50, 10.0))])
    with pytest.raises(Refused, match="the quantity of the day would be 200"):
        desk.guards.check([first, first])
    with pytest.raises(Refused, match="guard quantity"):
        desk.guards.check([(stock(), order(101, 10.0))])
    state = desk.guards.state()
    assert (state["quantity"], state["orders"], state["orders_refused"]) == (0, 0, 0)
    assert desk.place(1, *first) == ""
    with pytest.raises(Refused):
        desk.guards.check([first])


class Desk:
    """A client that is not connected, its guards, and a clock."""

    def __init__(self, **options: Any) -> None:
        self.now = NOON
        self.client = EClient(EWrapper())
        options = {"accounts": ["DU1"], **options}
        self.guards = Guards(self.client, clock=lambda: self.now, **options)

    def place(self, order_id: int, contract: Contract, placed: Order) -> str:
        """Place an order at the seam; return why it is refused, "" if it is not."""
        return self.ask("placeOrder", order_id, contract, placed)

    def ask(self, name: str, *arguments: Any) -> str:
        on_request = seams(self.client).on_request
        assert on_request is not None
        self.arguments = arguments
        try:
            on_request(name, arguments)
        except Refused as e:
            self.code = e.code
            return str(e)
        return ""

    def hear(self, name: str, *arguments: Any) -> None:
        for listener in seams(self.client).listeners:
            if hasattr(listener, name):
                getattr(listener, name)(*arguments)

    def quote(self, contract: Contract, price: float) -> None:
        self.guards.quotes.put(contract, price)

    def learn(self, contract: Contract) -> None:
        self.hear("contractDetails", 1, SimpleNamespace(contract=contract))


# --- what does not depend on the order ---


def test_without_limits_an_order_passes() -> None:
    desk = Desk()
    assert desk.place(1, stock(), order()) == ""
    assert desk.guards.state() == {
        "halted": "",
        "dry_run": False,
        "orders_refused": 0,
        "currency": "USD",
        "day": "2026-11-25",
        "quantity": 10.0,
        "value": 0.0,
        "orders": 1,
        "symbols": {"AAPL": {"quantity": 10.0, "value": 0.0, "orders": 1}},
    }


def test_dry_run() -> None:
    desk = Desk(dry_run=True)
    refused = "Order rejected - reason: guard dry run: no order is sent; nothing was sent."
    assert desk.place(1, stock(), order()) == refused
    assert desk.code == 201
    assert desk.place(2, stock(), order(whatIf=True)) == ""
    assert desk.place(3, stock(), order(whatIf="perhaps")) == refused
    assert desk.ask("cancelOrder", 1, None) == ""


def test_the_kill_switch_is_a_call() -> None:
    desk = Desk()
    assert desk.place(1, stock(), order()) == ""
    desk.guards.halt("the book is wrong")
    assert "guard kill switch: the book is wrong" in desk.place(2, stock(), order())
    assert desk.code == 201
    assert "Modify order failed" in desk.place(1, stock(), order(5))
    assert desk.code == 134  # the order goes on, as a program has to know
    for name, arguments in (
        ("cancelOrder", (1, None)),
        ("reqGlobalCancel", (None,)),
        ("cancelMktData", (1,)),
    ):
        assert desk.ask(name, *arguments) == ""
    assert desk.guards.halted == "the book is wrong"
    desk.guards.resume()
    assert desk.place(2, stock(), order()) == ""


def test_the_kill_switch_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "halt"
    desk = Desk(halt_file=path)
    assert desk.place(1, stock(), order()) == ""
    path.touch()
    assert f"the file {path} exists" in desk.place(2, stock(), order())
    path.unlink()
    assert desk.place(2, stock(), order()) == ""


def test_a_file_that_cannot_be_looked_at_halts(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    desk = Desk(halt_file=tmp_path / "file" / "halt")
    assert "cannot be looked at" in desk.place(1, stock(), order())


def test_paper_accounts_only() -> None:
    desk = Desk(accounts=[])
    assert "the account is not known yet" in desk.place(1, stock(), order())
    assert "U7 is a live account that is not allowed" in desk.place(1, stock(), order(account="U7"))
    desk.hear("managedAccounts", "DU1,U7,")
    assert "U7 is a live account" in desk.place(1, stock(), order())  # it may be any of them
    assert desk.place(1, stock(), order(account="DU1")) == ""


def test_live_accounts_are_allowed_by_name() -> None:
    desk = Desk(accounts=["U7", "U8"], live=["U7"])
    assert desk.place(1, stock(), order(account="U7")) == ""
    assert "U8 is a live account" in desk.place(2, stock(), order(account="U8"))


def test_symbols() -> None:
    desk = Desk(symbols=["aapl", "SPY"])
    assert desk.place(1, stock(), order()) == ""
    refused = desk.place(2, stock("TSLA"), order())
    assert "guard symbols: TSLA is not among the allowed ones" in refused
    assert "conId 5 is not among" in desk.place(2, Contract(conId=5), order())
    desk.learn(stock("SPY", conId=5))
    assert desk.place(2, Contract(conId=5), order()) == ""


def test_symbols_of_a_combination_are_those_of_its_legs() -> None:
    desk = Desk(symbols=["AAPL"])
    bag = stock(secType="BAG", comboLegs=[leg(1, "BUY"), leg(2, "SELL")])
    assert "the leg with conId 1 is not known" in desk.place(1, bag, order())
    desk.learn(stock(conId=1))
    desk.learn(stock("MSFT", conId=2))
    assert "MSFT is not among the allowed ones" in desk.place(1, bag, order())
    desk.learn(stock(conId=2))
    assert desk.place(1, bag, order()) == ""


def leg(con_id: int, side: str, ratio: int = 1) -> ComboLeg:
    made = ComboLeg()
    made.conId, made.action, made.ratio, made.exchange = con_id, side, ratio, "SMART"
    return made


# --- limits of one order ---


def test_quantity() -> None:
    desk = Desk(order=OrderLimit(quantity=100))
    assert desk.place(1, stock(), order(100)) == ""
    refused = desk.place(2, stock(), order(Decimal("100.5")))
    assert refused == (
        "Order rejected - reason: guard quantity: the quantity of the order would be 100.5, "
        "and the limit is 100; nothing was sent."
    )
    assert "guard quantity: the order has no quantity" in desk.place(2, stock(), order(0))


@pytest.mark.parametrize("bad", [float("nan"), "NaN", float("inf"), "many"])
def test_what_is_no_number_passes_no_limit(bad: Any) -> None:
    desk = Desk(order=OrderLimit(quantity=100, value=100))
    assert "guard order: a quantity or price is" in desk.place(1, stock(), order(bad, 1.0))
    assert "guard order: a quantity or price is" in desk.place(1, stock(), order(1, bad))


def worth(desk: Desk, contract: Contract, placed: Order) -> float | str:
    """What an order is valued at, or why it is refused."""
    before = desk.guards.state()["value"]
    order_id = desk.guards.state()["orders"] + 1
    refused = desk.place(order_id, contract, placed)
    return refused or round(desk.guards.state()["value"] - before, 6)


@pytest.fixture
def desk() -> Desk:
    return Desk(day=DayLimit(value=1e9), rates={"EUR": 1.25})


def test_value_of_stocks(desk: Desk) -> None:
    assert worth(desk, stock(), order(10, 200.0)) == 2000
    refused = worth(desk, stock(), order(10))
    assert "guard value: no last quote of AAPL, which an order of type MKT needs" in str(refused)
    desk.quote(stock(exchange="NASDAQ"), 210.0)  # the exchange does not matter
    assert worth(desk, stock(), order(10)) == 2100
    assert worth(desk, stock(), order(10, 200.0)) == 2000
    # a sale below the market fills at the market
    assert worth(desk, stock(), order(10, 1.0, "SELL")) == 2100
    assert worth(desk, stock(), order(10, 300.0, "SELL")) == 3000
    assert worth(desk, stock(), order(10, orderType="STP", auxPrice=250.0)) == 2500
    assert worth(desk, stock(), order(10, orderType="TRAIL", auxPrice=1.0)) == 2100
    assert worth(desk, stock(), order(0, cashQty=500.0)) == 500


def test_a_sale_without_a_quote(desk: Desk) -> None:
    assert worth(desk, stock(), order(10, 1.0, "SELL")) == 10
    assert worth(desk, stock(), order(10, orderType="STP", auxPrice=90.0, side="SELL")) == 900
    assert "no last quote" in str(worth(desk, stock(), order(10, 0.0, "SELL")))


def test_value_of_options_and_futures(desk: Desk) -> None:
    option = stock(secType="OPT", lastTradeDateOrContractMonth="20261218", strike=200.0, right="C")
    assert "the multiplier of AAPL is not known" in str(worth(desk, option, order(1, 5.0)))
    option.multiplier = "100"
    assert worth(desk, option, order(2, 5.0)) == 1000
    future = stock("ES", secType="FUT", exchange="CME", conId=77)
    desk.learn(stock("ES", secType="FUT", exchange="CME", conId=77, multiplier="50"))
    assert worth(desk, future, order(1, 6000.0)) == 300_000
    assert worth(desk, Contract(conId=77, exchange="CME"), order(1, 6000.0)) == 300_000
    assert worth(desk, future, order(1, -37.0)) == 1850  # prices may be negative


def test_value_of_currencies(desk: Desk) -> None:
    eur_usd = stock("EUR", secType="CASH", exchange="IDEALPRO")
    assert worth(desk, eur_usd, order(20_000, 1.1)) == 22_000
    usd_eur = stock("USD", secType="CASH", currency="EUR")
    assert worth(desk, usd_eur, order(1000, 0.8)) == 1000
    refused = worth(desk, stock("USD", secType="CASH", currency="JPY"), order(1000, 150.0))
    assert "no rate of JPY to USD" in str(refused)
    assert "currency of AAPL is not known" in str(worth(desk, stock(currency=""), order(1, 1.0)))


def test_value_of_bonds(desk: Desk) -> None:
    assert worth(desk, stock(secType="BOND"), order(5, 98.0)) == 4900


def test_value_of_combinations(desk: Desk) -> None:
    """By all legs: the price of a spread says nothing of what is at stake."""
    bag = stock(secType="BAG", comboLegs=[leg(1, "BUY"), leg(2, "SELL", 2)])
    refused = worth(desk, bag, order(3, 0.05))
    assert "nothing is known of the leg with conId 1" in str(refused)
    for con_id, price in ((1, 10.0), (2, 4.0)):
        contract = stock(secType="OPT", conId=con_id, multiplier="100")
        desk.learn(contract)
        desk.quote(contract, price)
    assert worth(desk, bag, order(3, 0.05)) == 3 * (10 * 100 + 2 * 4 * 100)
    assert "no legs" in str(worth(desk, stock(secType="BAG"), order(1, 1.0)))


def test_value_of_an_exercise(desk: Desk) -> None:
    option = stock(secType="OPT", strike=200.0, right="C", multiplier="100")
    arguments = (7, option, 1, 2, "DU1", 0, "", "", False)
    assert desk.ask("exerciseOptions", *arguments) == ""
    assert desk.guards.state()["value"] == 2 * 100 * 200
    desk.guards.halt()
    assert "kill switch" in desk.ask("exerciseOptions", *arguments)


def test_quotes_come_from_the_programs_own_requests() -> None:
    desk = Desk(order=OrderLimit(value=1000))
    assert desk.ask("reqMktData", 5, stock(), "", False, False, []) == ""
    desk.hear("tickPrice", 5, 4, 95.0, None)
    desk.hear("tickPrice", 5, 1, -1.0, None)  # no bid
    desk.hear("tickPrice", 5, 2, 105.0, None)
    desk.hear("tickPrice", 6, 4, 1.0, None)  # no request of ours
    assert "would be 1,050 USD, and the limit is 1,000 USD" in desk.place(1, stock(), order(10))
    assert desk.place(1, stock(), order(10, side="SELL")) == ""  # at the last price


def test_quotes_grow_old() -> None:
    desk = Desk(order=OrderLimit(value=1000), quote_age=60.0)
    now = [0.0]
    desk.guards.quotes._clock = lambda: now[0]
    desk.quote(stock(), 10.0)
    now[0] = 60.0
    assert desk.place(1, stock(), order()) == ""
    now[0] = 61.0
    assert "no last quote" in desk.place(2, stock(), order())


def test_a_program_may_give_quotes_itself() -> None:
    desk = Desk(order=OrderLimit(value=1000), quote=lambda i, side: {"AAPL": 99.0}.get(i.symbol))
    assert desk.place(1, stock(), order(10)) == ""
    assert "no last quote of TSLA" in desk.place(2, stock("TSLA"), order(10))


def test_distance() -> None:
    desk = Desk(order=OrderLimit(distance=5))
    assert "guard distance: no last quote of AAPL" in desk.place(1, stock(), order(1, 100.0))
    assert desk.place(1, stock(), order(1)) == ""  # a market order has no price of its own
    desk.quote(stock(), 100.0)
    assert desk.place(2, stock(), order(1, 105.0)) == ""
    refused = desk.place(3, stock(), order(1, 105.1))
    assert "the distance of the order would be 5.1 %, and the limit is 5 %" in refused
    assert "guard distance" in desk.place(3, stock(), order(1, 90.0, "SELL"))
    assert "guard distance" in desk.place(3, stock(), order(1, orderType="STP", auxPrice=1.0))


def test_limits_by_symbol() -> None:
    desk = Desk(
        order=OrderLimit(quantity=100),
        symbol_order={"tsla": OrderLimit(quantity=10)},
        symbol_day={"TSLA": DayLimit(quantity=15)},
    )
    assert desk.place(1, stock(), order(100)) == ""
    assert "quantity of the order in TSLA would be 11" in desk.place(2, stock("TSLA"), order(11))
    assert desk.place(2, stock("TSLA"), order(10)) == ""
    assert "quantity of the day in TSLA would be 20" in desk.place(3, stock("TSLA"), order(10))
    assert desk.place(3, stock("TSLA"), order(5)) == ""


# --- limits of a day ---


def test_a_day_adds_up_and_a_change_counts_by_what_it_adds() -> None:
    desk = Desk(day=DayLimit(value=1000, quantity=50, orders=3))
    assert desk.place(1, stock(), order(20, 20.0)) == ""
    assert desk.place(1, stock(), order(30, 20.0)) == ""  # 600
    assert "the value of the day would be 1,020 USD" in desk.place(2, stock(), order(20, 21.0))
    assert desk.code == 201
    assert desk.place(1, stock(), order(10, 20.0)) == ""  # smaller: it stays counted
    assert desk.guards.state()["value"] == 600
    assert desk.place(2, stock(), order(20, 20.0)) == ""
    assert "value of the day" in desk.place(2, stock(), order(20, 20.5))
    assert desk.code == 134
    assert "quantity of the day would be 51" in desk.place(3, stock(), order(1, 0.0001))
    assert desk.place(3, stock(), order(0, cashQty=0.0, limit=1.0)) != ""  # nothing to value
    assert desk.guards.state()["orders"] == 2
    assert desk.guards.state()["orders_refused"] == 4


def test_the_number_of_orders() -> None:
    desk = Desk(day=DayLimit(orders=2))
    assert desk.place(1, stock(), order()) == ""
    assert desk.place(1, stock(), order(5)) == ""  # a change is no order
    assert desk.place(2, stock(), order()) == ""
    assert "the orders of the day would be 3, and the limit is 2" in desk.place(3, stock(), order())
    assert desk.place(3, stock(), order(whatIf=True)) == ""  # it only asks
    desk.hear("openOrder", 3, stock(), order(whatIf=True), None)
    assert "orders of the day" in desk.place(3, stock(), order())


def test_the_day_is_that_of_the_zone() -> None:
    desk = Desk(day=DayLimit(quantity=10), zone="Asia/Hong_Kong")  # there it is 01:00
    assert desk.place(1, stock(), order(10)) == ""
    desk.now += 22 * 3600
    assert "quantity of the day" in desk.place(2, stock(), order(1))
    desk.now += 3600
    assert desk.place(2, stock(), order(10)) == ""
    desk.now += 24 * 3600
    assert desk.place(2, stock(), order(15)) == ""  # of the day before: five more
    assert desk.guards.state()["quantity"] == 5


def test_orders_of_an_earlier_session_count_by_what_is_added() -> None:
    desk = Desk(day=DayLimit(value=100))
    desk.client.clientId = 1
    desk.hear("openOrder", 7, stock(), order(100, 10.0, clientId=1), None)
    desk.hear("openOrder", 8, stock(), order(100, 10.0, clientId=2), None)  # not ours
    assert desk.place(7, stock(), order(110, 10.0)) == ""
    assert desk.guards.state()["value"] == 100
    assert "value of the day" in desk.place(8, stock(), order(1, 10.0))


def test_what_is_over_is_forgotten_with_the_day() -> None:
    desk = Desk()
    desk.client.clientId = 1
    desk.place(1, stock(), order())
    desk.place(2, stock(), order())
    desk.hear("orderStatus", 1, "Filled", 10, 0, 1.0, 5, 0, 1.0, 1, "", 0.0)
    desk.now += 24 * 3600
    desk.guards.state()
    assert set(desk.guards._day._orders) == {2}


def test_an_order_that_was_not_sent_does_not_count() -> None:
    desk = Desk(day=DayLimit(quantity=10))
    on_refused = seams(desk.client).on_refused
    assert on_refused is not None
    desk.place(1, stock(), order(10))
    on_refused("placeOrder", desk.arguments, 321, "a value that cannot be sent")
    assert desk.place(2, stock(), order(10)) == ""
    # another one, refused before the guards saw it
    on_refused("placeOrder", (3, stock(), order(10)), 201, "by another guard")
    assert desk.guards.state()["quantity"] == 10
    # a part of it may have gone out
    on_refused("placeOrder", desk.arguments, 504, "Not connected")
    assert desk.guards.state()["quantity"] == 10


def test_threads_do_not_pass_a_limit_together() -> None:
    desk = Desk(day=DayLimit(orders=50))
    passed: list[int] = []
    start = threading.Barrier(8)

    def place(first: int) -> None:
        start.wait(WAIT)
        for n in range(20):
            on_request = seams(desk.client).on_request
            assert on_request is not None
            try:
                on_request("placeOrder", (first + n, stock(), order()))
            except Refused:
                continue
            passed.append(first + n)

    threads = [threading.Thread(target=place, args=(100 * n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert len(passed) == 50
    assert desk.guards.state()["orders_refused"] == 110


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"order": OrderLimit(value=-1)}, "order: value: -1 is no number from 0 on"),
        ({"day": DayLimit(quantity=float("nan"))}, "day: quantity: nan is no number"),
        (
            {"symbol_day": {"x": DayLimit(orders=cast(Any, "3"))}},
            "symbol_day: X: orders: '3' is no number",
        ),
        ({"symbols": "AAPL"}, "symbols: 'AAPL' is one text; give a list"),
        ({"live": "U1"}, "live: 'U1' is one text"),
        ({"zone": "Mars"}, "zone: 'Mars' is not known"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Desk(**options)


def test_the_catalogue_knows_what_guards_say() -> None:
    desk = Desk(dry_run=True)
    advice = lookup(201, desk.place(1, stock(), order()))
    assert advice is not None
    assert "A guard of the program" in advice.cause
    assert advice.effect == "order"


# --- with a client at a TWS ---


class App(EWrapper, EClient):
    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.errors: list[tuple[int, int, str]] = []
        self.ready = threading.Event()
        self.answered = threading.Event()

    def nextValidId(self, orderId: int) -> None:
        self.ready.set()

    def currentTime(self, time_: int) -> None:
        self.answered.set()

    def error(
        self,
        reqId: int,
        errorTime: int,
        errorCode: int,
        errorString: str,
        advancedOrderRejectJson: str = "",
    ) -> None:
        if errorCode < 2000:
            self.errors.append((reqId, errorCode, errorString))


@pytest.fixture(params=[187, 226])
def at_tws(request: pytest.FixtureRequest) -> Iterator[Callable[..., tuple[App, Guards, Any]]]:
    """Connect an app with guards to a simulated TWS."""
    running: list[tuple[App, threading.Thread, SimulatedTws]] = []

    def connect(**options: Any) -> tuple[App, Guards, Any]:
        tws = SimulatedTws(server_version=request.param)
        tws.start()
        tws.do("record")
        app = App()
        guards = Guards(app, **options)
        app.connect(tws.host, tws.port, 1)
        runner = threading.Thread(target=app.run)
        runner.start()
        running.append((app, runner, tws))
        assert app.ready.wait(WAIT)
        return app, guards, tws

    yield connect
    for app, runner, tws in running:
        app.disconnect()
        runner.join(WAIT)
        tws.stop()


def asked(app: App, tws: Any) -> list[str]:
    """What TWS was asked, once all of it has come."""
    app.answered.clear()
    app.reqCurrentTime()
    assert app.answered.wait(WAIT)
    names = [row["request"] for row in tws.do("requests")]
    return [name for name in names if name not in ("startApi", "reqCurrentTime")]


def test_a_refused_order_is_an_error_and_nothing_is_sent(at_tws: Callable[..., Any]) -> None:
    app, guards, tws = at_tws(order=OrderLimit(quantity=5))
    app.placeOrder(1, stock(), order(6, 1.0))
    ((order_id, code, text),) = app.errors
    assert (order_id, code) == (1, 201)
    assert "guard quantity: the quantity of the order would be 6, and the limit is 5" in text
    assert asked(app, tws) == []
    app.placeOrder(2, stock(), order(5, 1.0))
    app.placeOrder(2, stock(), order(6, 1.0))
    guards.halt(cancel=True)
    app.cancelOrder(2)
    assert asked(app, tws) == ["placeOrder", "reqGlobalCancel", "cancelOrder"]
    assert app.errors[1][:2] == (2, 134)


def test_a_value_that_cannot_be_sent_is_taken_back(at_tws: Callable[..., Any]) -> None:
    app, guards, tws = at_tws()
    app.placeOrder(1, stock(), order(6, 1.0, minQty="many"))
    assert app.errors[0][:2] == (1, 321)
    assert guards.state()["orders"] == 0
    assert asked(app, tws) == []


def test_orders_as_protocol_buffers(at_tws: Callable[..., Any]) -> None:
    app, guards, tws = at_tws(order=OrderLimit(quantity=5, value=1000), symbols=["AAPL"])
    messages = importlib.import_module("ibapi_port.protobuf.PlaceOrderRequest_pb2")
    message: Any = messages.PlaceOrderRequest()
    message.orderId = 9
    message.contract.symbol, message.contract.secType = "AAPL", "STK"
    message.contract.exchange, message.contract.currency = "SMART", "USD"
    message.order.action, message.order.orderType = "BUY", "LMT"
    message.order.totalQuantity, message.order.lmtPrice = "6", 1.0
    app.placeOrderProtoBuf(message)
    assert "would be 6, and the limit is 5" in app.errors[0][2]
    message.order.totalQuantity, message.order.lmtPrice = "5", 201.0
    app.placeOrderProtoBuf(message)
    assert "would be 1,005 USD" in app.errors[1][2]
    message.order.ClearField("lmtPrice")
    app.placeOrderProtoBuf(message)
    assert "no last quote of AAPL" in app.errors[2][2]
    assert asked(app, tws) == []
    assert guards.state()["orders_refused"] == 3


def test_quotes_of_a_tws(at_tws: Callable[..., Any]) -> None:
    app, _, tws = at_tws(order=OrderLimit(value=1000))
    app.reqMktData(5, stock(), "", True, False, [])
    assert asked(app, tws) == ["reqMktData"]
    app.placeOrder(1, stock(), order(5))  # at 230
    (error,) = app.errors
    assert "the value of the order would be 1,15" in error[2]
    app.placeOrder(1, stock(), order(4))
    assert len(app.errors) == 1

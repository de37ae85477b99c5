"""Orders and what becomes of them."""

from __future__ import annotations

import inspect

from checks import check, soon
from contracts import chain, option, spread, stock
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.order_condition import PriceCondition

try:
    from ibapi.order_cancel import OrderCancel
except ImportError:  # before 10.30
    OrderCancel = None

WORKING = ("Submitted", "PreSubmitted")


def order(action, quantity, kind, **more):
    made = Order()
    made.action, made.totalQuantity, made.orderType = action, quantity, kind
    made.eTradeOnly = made.firmQuoteOnly = False  # 9.81 sets both
    for name, value in more.items():
        assert hasattr(made, name), name
        setattr(made, name, value)
    return made


def place(tws, wanted, made):
    """Its id."""
    number, tws.next_order_id = tws.next_order_id, tws.next_order_id + 1
    tws.client.placeOrder(number, wanted, made)
    return number


def cancel(tws, number):
    if OrderCancel is not None:
        tws.client.cancelOrder(number, OrderCancel())
    else:
        tws.client.cancelOrder(
            number, *[""] * (len(inspect.signature(tws.client.cancelOrder).parameters) - 1)
        )


def status(tws, number, *wanted, **values):
    return tws.until(
        "orderStatus", orderId=number, where=lambda told: told.status in wanted, **values
    )


def filled(tws, number, quantity):
    told = status(tws, number, "Filled")
    assert (float(told.filled), float(told.remaining)) == (quantity, 0)
    assert told.avgFillPrice > 0
    assert told.permId > 0
    return told


def resting(tws, wanted=None, **more):
    """An order that waits far below the market."""
    number = place(tws, wanted or stock(), order("BUY", 100, "LMT", lmtPrice=1.0, **more))
    status(tws, number, *WORKING)
    return number


@check("mkt")
def market_order(tws):
    number = place(tws, stock(), order("BUY", 100, "MKT"))
    filled(tws, number, 100)
    told = tws.until("openOrder", orderId=number)
    assert told.order.orderType == "MKT"
    assert told.order.action == "BUY"
    assert float(told.order.totalQuantity) == 100
    assert told.contract.conId == 265598
    assert told.orderState.status
    assert told.order.permId > 0
    execution = tws.until(
        "execDetails", where=lambda each: each.execution.orderId == number
    ).execution
    assert execution.side == "BOT"
    assert execution.clientId == tws.client_id
    assert execution.acctNumber == "DU1234567"
    assert (
        cost(tws.until("commission", where=lambda each: report(each).execId == execution.execId))
        > 0
    )


def report(told):
    """The commission report, by either name."""
    return next(iter(vars(told).values()))


def cost(told):
    found = report(told)
    return found.commissionAndFees if hasattr(found, "commissionAndFees") else found.commission


@check("lmt")
def limit_order(tws):
    number = resting(tws, tif="GTC", orderRef="mine")
    told = tws.until("openOrder", orderId=number)
    assert told.order.lmtPrice == 1.0
    assert told.order.tif == "GTC"
    assert told.order.orderRef == "mine"
    assert told.order.clientId == tws.client_id
    tws.control.do("fill", client_id=tws.client_id, order_id=number, price=1.0)
    assert filled(tws, number, 100).avgFillPrice == 1.0


@check("stp")
def stop_order(tws):
    number = place(tws, stock("CSCO"), order("BUY", 10, "STP", auxPrice=90.0))
    status(tws, number, *WORKING)
    assert tws.until("openOrder", orderId=number).order.auxPrice == 90
    tws.control.do("quote", symbol="CSCO", bid=91.0, ask=91.02, last=91.01)
    assert 85 < filled(tws, number, 10).avgFillPrice < 97


@check("trail")
def trailing_order(tws):
    filled(tws, place(tws, stock("KO"), order("BUY", 10, "MKT")), 10)
    tws.control.do("quote", symbol="KO", bid=75.0, ask=75.02, last=75.01)
    number = place(tws, stock("KO"), order("SELL", 10, "TRAIL", auxPrice=8.0, trailStopPrice=60.0))
    status(tws, number, *WORKING)
    told = tws.until("openOrder", orderId=number).order
    assert told.auxPrice == 8
    assert told.trailStopPrice >= 60
    tws.control.do("quote", symbol="KO", bid=50.0, ask=50.02, last=50.01)
    filled(tws, number, 10)


@check("bracket")
def bracket(tws):
    parent = place(tws, stock("DIS"), order("BUY", 10, "LMT", lmtPrice=200.0, transmit=False))
    profit = place(
        tws, stock("DIS"), order("SELL", 10, "LMT", lmtPrice=900.0, transmit=False, parentId=parent)
    )
    loss = place(
        tws, stock("DIS"), order("SELL", 10, "STP", auxPrice=1.0, transmit=True, parentId=parent)
    )
    filled(tws, parent, 10)
    assert status(tws, profit, "Submitted").parentId == parent
    assert status(tws, loss, *WORKING).parentId == parent
    assert tws.until("openOrder", orderId=profit).order.parentId == parent
    tws.control.do("fill", client_id=tws.client_id, order_id=profit, price=900.0)
    filled(tws, profit, 10)
    status(tws, loss, "Cancelled")


@check("oca")
def one_cancels_all(tws):
    first, second = (
        resting(tws, stock("BAC"), ocaGroup=f"either {tws.next_order_id // 2}", ocaType=1)
        for _ in range(2)
    )
    group = {
        each.order.ocaGroup
        for number in (first, second)
        for each in tws.all("openOrder", orderId=number)
    }
    third = resting(tws, stock("BAC"), ocaGroup=min(group), ocaType=1)
    tws.control.do("fill", client_id=tws.client_id, order_id=third, price=1.0)
    filled(tws, third, 100)
    mate = next(
        each.orderId
        for each in tws.all("openOrder")
        if each.order.ocaGroup == min(group) and each.orderId != third
    )
    status(tws, mate, "Cancelled")


@check("conditions")
def conditions(tws):
    (above,) = (
        PriceCondition(PriceCondition.TriggerMethodEnum.Default, 272093, "SMART", True, 700.0),
    )
    above.isConjunctionConnection = True
    number = place(
        tws, stock("WMT"), order("BUY", 10, "MKT", conditions=[above], conditionsIgnoreRth=True)
    )
    status(tws, number, *WORKING)
    (told,) = tws.until("openOrder", orderId=number).order.conditions
    assert told.price == 700
    assert told.conId == 272093
    assert told.isMore
    assert told.exchange == "SMART"
    tws.control.do("quote", symbol="MSFT", bid=710.0, ask=710.02, last=710.01)
    filled(tws, number, 10)


@check("what_if")
def what_if(tws):
    number = place(tws, stock(), order("BUY", 100, "MKT", whatIf=True))
    told = tws.until("openOrder", orderId=number)
    state = told.orderState
    commission = (
        state.commissionAndFees if hasattr(state, "commissionAndFees") else state.commission
    )
    assert told.order.whatIf
    assert float(state.initMarginChange) > 0
    assert float(state.equityWithLoanAfter) > 0
    assert float(state.maintMarginAfter) > 0
    assert 0 < commission < 100 or 0 < state.minCommission < 100
    assert not tws.all("orderStatus", orderId=number)


@check("modify")
def modify(tws):
    number = resting(tws)
    tws.client.placeOrder(number, stock(), order("BUY", 60, "LMT", lmtPrice=2.0))
    told = tws.until("openOrder", orderId=number, where=lambda each: each.order.lmtPrice == 2.0)
    assert float(told.order.totalQuantity) == 60
    tws.until("orderStatus", orderId=number, where=lambda each: float(each.remaining) == 60)


@check("cancel")
def cancelled(tws):
    number = resting(tws)
    cancel(tws, number)
    assert float(status(tws, number, "Cancelled").remaining) == 100
    tws.until("error", reqId=number, errorCode=202)
    tws.allow(10147, 161, 10148)
    cancel(tws, 777_777)
    tws.until("error", errorCode=10147)


@check("global_cancel")
def global_cancel(tws):
    numbers = [resting(tws), resting(tws, stock("IBM"))]
    tws.ask("reqGlobalCancel", *([OrderCancel()] if OrderCancel else []))
    for number in numbers:
        status(tws, number, "Cancelled")


@check("partial")
def partial_fills(tws):
    number = resting(tws)
    tws.control.do("fill", client_id=tws.client_id, order_id=number, price=1.0, quantity=40)
    told = tws.until(
        "orderStatus", orderId=number, where=lambda each: float(each.filled) == 40
    )  # text in 10.37
    assert told.status == "Submitted"
    assert float(told.remaining) == 60
    tws.control.do("fill", client_id=tws.client_id, order_id=number, price=1.02)
    told = filled(tws, number, 100)
    assert abs(told.avgFillPrice - 1.012) < 1e-9
    assert told.lastFillPrice == 1.02
    found = [each.execution for each in tws.all("execDetails") if each.execution.orderId == number]
    assert [(float(each.shares), float(each.cumQty)) for each in found] == [(40, 40), (60, 100)]


@check("reject")
def reject(tws):
    tws.allow(201)
    number = place(tws, stock(), order("BUY", 1_000_000, "LMT", lmtPrice=100.0))
    assert "Order rejected - reason:" in tws.until("error", reqId=number, errorCode=201).errorString
    status(tws, number, "Inactive")


@check("combo_order")
def combo_order(tws):
    wanted = spread(tws)
    number = place(tws, wanted, order("BUY", 2, "MKT"))
    filled(tws, number, 2)
    told = tws.until("openOrder", orderId=number)
    assert told.contract.secType == "BAG"
    assert [leg.action for leg in told.contract.comboLegs] == ["BUY", "SELL"]
    assert {leg.conId for leg in told.contract.comboLegs} == {leg.conId for leg in wanted.comboLegs}
    legs = {
        each.contract.conId: each.execution.side
        for each in tws.all("execDetails")
        if each.contract.secType == "OPT"
    }
    assert legs == {
        leg.conId: {"BUY": "BOT", "SELL": "SLD"}[leg.action] for leg in wanted.comboLegs
    }


@check("executions")
def executions(tws):
    number = place(tws, stock("JPM"), order("BUY", 7, "MKT"))
    filled(tws, number, 7)
    wanted = ExecutionFilter()
    wanted.symbol, wanted.clientId = "JPM", tws.client_id
    tws.ask("reqExecutions", 55, wanted)
    tws.until("execDetailsEnd", reqId=55)
    found = [each.execution for each in tws.all("execDetails", reqId=55)]
    mine = [each for each in found if each.orderId == number]
    assert sum(float(each.shares) for each in mine) == 7
    assert {each.side for each in mine} == {"BOT"}
    assert mine[0].execId.count(".") == 3
    assert mine[0].price > 1
    assert mine[0].time.startswith("2026")
    for each in mine:
        told = tws.until(
            "commission", where=lambda one, each=each: report(one).execId == each.execId
        )
        assert cost(told) > 0
        assert report(told).currency == "USD"


@check("completed")
def completed_orders(tws):
    tws.needs("completedOrder")
    number = resting(tws, stock("GS"), orderRef="to be cancelled")
    cancel(tws, number)
    status(tws, number, "Cancelled")
    filled(tws, place(tws, stock("GS"), order("BUY", 3, "MKT", orderRef="to be filled")), 3)
    tws.ask("reqCompletedOrders", False)
    tws.until("completedOrdersEnd")
    found = {
        each.order.orderRef: each
        for each in tws.all("completedOrder")
        if each.contract.symbol == "GS"
    }
    gone, done = found["to be cancelled"], found["to be filled"]
    assert gone.orderState.status == "Cancelled"
    assert gone.order.lmtPrice == 1.0
    assert gone.orderState.completedTime.startswith("2026")
    assert done.orderState.status == "Filled"
    assert float(done.order.filledQuantity) == 3
    assert done.order.permId != gone.order.permId


@check("all_open_orders")
def all_open_orders(tws):
    with tws.second(9) as other:
        number = resting(other, stock("F"))
        tws.ask("reqAllOpenOrders")
        tws.until("openOrderEnd")
        (told,) = (each for each in tws.all("openOrder") if each.order.clientId == 9)
        assert told.orderId == number
        assert told.contract.symbol == "F"
        before = len(tws.all("openOrder"))
        tws.ask("reqOpenOrders")
        soon(lambda: len(tws.all("openOrderEnd")) > 1, "openOrderEnd")
        assert not any(each.order.clientId == 9 for each in tws.all("openOrder")[before:])
        cancel(other, number)
        status(other, number, "Cancelled")


@check("binding")
def binding(tws):
    with tws.second(0) as first:
        first.ask("reqAutoOpenOrders", True)
        first.settle()
        first.control.do(
            "manual_order", symbol="XOM", action="BUY", quantity=5, order_type="LMT", price=1.0
        )
        told = first.until(
            "openOrder", where=lambda each: each.contract.symbol == "XOM" and each.orderId != 0
        )
        assert told.order.lmtPrice == 1.0
        assert (
            told.orderId in vars(first.until("orderBound")).values()
        )  # its parameters' names differ
        cancel(first, told.orderId)
        status(first, told.orderId, "Cancelled")


@check("exercise")
def exercise(tws):
    listed = next(each for each in chain(tws, "INTC", 270639) if each.exchange == "SMART")
    wanted = option(
        tws, "INTC", 270639, strike=min(listed.strikes, key=lambda strike: abs(strike - 20))
    )
    filled(tws, place(tws, wanted, order("BUY", 2, "MKT")), 2)
    tws.ask("exerciseOptions", 60, wanted, 1, 2, "DU1234567", 0, "", "", False)
    tws.settle()
    tws.ask("reqPositions")
    tws.until("positionEnd")
    held = {each.contract.conId: float(each.position) for each in tws.all("position")}
    assert held[270639] >= 200
    assert not held.get(wanted.conId)

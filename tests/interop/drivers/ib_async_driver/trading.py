"""Orders, what becomes of them, and the accounts."""

from __future__ import annotations

import math
from xml.etree import ElementTree

from checks import Absent, check
from data import option, spread, stock
from session import api


def place(tws, contract, order):
    """The trade, when TWS knows it."""
    trade = tws.ib.placeOrder(contract, order)
    tws.until(lambda: trade.orderStatus.status not in ("PendingSubmit", ""), "an order's status")
    return trade


def filled(tws, trade, quantity):
    tws.until(
        lambda: trade.isDone() and trade.filled() == quantity,
        f"the fill {trade.orderStatus} {tws.errors}",
    )
    assert trade.orderStatus.status == "Filled"
    assert trade.remaining() == 0
    assert trade.orderStatus.avgFillPrice > 0
    tws.until(lambda: all(fill.commissionReport.execId for fill in trade.fills), "commissions")
    assert all(
        fill.commissionReport.commission > 0 and fill.commissionReport.currency == "USD"
        for fill in trade.fills
    )
    return trade


def bought(tws, symbol, quantity):
    return filled(tws, place(tws, stock(tws, symbol), api.MarketOrder("BUY", quantity)), quantity)


def resting(tws, symbol="AAPL", **more):
    return place(tws, stock(tws, symbol), api.LimitOrder("BUY", 100, 1.0, **more))


def status(tws, trade, *wanted):
    tws.until(
        lambda: trade.orderStatus.status in wanted, f"{wanted}: {trade.orderStatus} {tws.errors}"
    )


def fill(tws, trade, **values):
    tws.control.do("fill", client_id=tws.client_id, order_id=trade.order.orderId, **values)


@check("mkt")
def market_order(tws):
    trade = bought(tws, "AAPL", 100)
    assert {each.execution.side for each in trade.fills} == {"BOT"}
    assert sum(each.execution.shares for each in trade.fills) == 100
    assert trade.order.permId > 0
    assert [entry.status for entry in trade.log][-1] == "Filled"


@check("lmt")
def limit_order(tws):
    trade = resting(tws, tif="GTC", orderRef="mine")
    (told,) = (
        each for each in tws.ib.reqOpenOrders() if getattr(each, "order", each).orderRef == "mine"
    )
    assert getattr(told, "order", told).lmtPrice == 1.0
    assert getattr(told, "order", told).tif == "GTC"
    fill(tws, trade, price=1.0)
    assert filled(tws, trade, 100).orderStatus.avgFillPrice == 1.0


@check("stp")
def stop_order(tws):
    trade = place(tws, stock(tws, "CSCO"), api.StopOrder("BUY", 10, 90.0))
    assert trade.orderStatus.status in ("PreSubmitted", "Submitted")
    tws.control.do("quote", symbol="CSCO", bid=91.0, ask=91.02, last=91.01)
    filled(tws, trade, 10)


@check("trail")
def trailing_order(tws):
    bought(tws, "KO", 10)
    tws.control.do("quote", symbol="KO", bid=75.0, ask=75.02, last=75.01)
    trade = place(
        tws,
        stock(tws, "KO"),
        api.Order(
            action="SELL", totalQuantity=10, orderType="TRAIL", auxPrice=8.0, trailStopPrice=60.0
        ),
    )
    assert trade.orderStatus.status in ("PreSubmitted", "Submitted")
    tws.control.do("quote", symbol="KO", bid=50.0, ask=50.02, last=50.01)
    filled(tws, trade, 10)


@check("bracket")
def bracket(tws):
    contract = stock(tws, "DIS")
    parent, profit, loss = (
        tws.ib.placeOrder(contract, each)
        for each in tws.ib.bracketOrder("BUY", 10, 200.0, 900.0, 1.0)
    )
    filled(tws, parent, 10)
    status(tws, profit, "Submitted")
    status(tws, loss, "PreSubmitted", "Submitted")
    assert profit.orderStatus.parentId == parent.order.orderId
    fill(tws, profit, price=900.0)
    filled(tws, profit, 10)
    status(tws, loss, "Cancelled")


@check("oca")
def one_cancels_all(tws):
    orders = tws.ib.oneCancelsAll(
        [api.LimitOrder("BUY", 100, 1.0), api.LimitOrder("BUY", 100, 1.1)],
        f"either {tws.client_id}",
        1,
    )
    first, second = (place(tws, stock(tws, "BAC"), each) for each in orders)
    fill(tws, first, price=1.0)
    filled(tws, first, 100)
    status(tws, second, "Cancelled")


@check("conditions")
def conditions(tws):
    above = api.PriceCondition(price=700.0, conId=272093, exch="SMART", isMore=True)
    trade = place(
        tws,
        stock(tws, "WMT"),
        api.MarketOrder("BUY", 10, conditions=[above], conditionsIgnoreRth=True),
    )
    with tws.second(tws.client_id + 1000) as other:
        (told,) = (
            each
            for each in other.ib.reqAllOpenOrders()
            if getattr(each, "order", each).permId == trade.order.permId
        )
        (condition,) = getattr(told, "order", told).conditions
        assert (condition.price, condition.conId, condition.isMore) == (700.0, 272093, True)
    tws.control.do("quote", symbol="MSFT", bid=710.0, ask=710.02, last=710.01)
    filled(tws, trade, 10)


@check("what_if")
def what_if(tws):
    state = tws.ib.whatIfOrder(stock(tws), api.MarketOrder("BUY", 100))
    assert float(state.initMarginChange) > 0
    assert float(state.equityWithLoanAfter) > 0
    assert 0 < state.commission < 100 or 0 < state.minCommission < 100
    assert not tws.ib.openTrades()


@check("modify")
def modify(tws):
    trade = resting(tws)
    trade.order.lmtPrice, trade.order.totalQuantity = 2.0, 60
    tws.ib.placeOrder(trade.contract, trade.order)
    tws.until(
        lambda: trade.remaining() == 60 and trade.orderStatus.remaining == 60, "the modified order"
    )
    with tws.second(tws.client_id + 1000) as other:
        (told,) = (
            each
            for each in other.ib.reqAllOpenOrders()
            if getattr(each, "order", each).permId == trade.order.permId
        )
        assert getattr(told, "order", told).lmtPrice == 2.0


@check("cancel")
def cancelled(tws):
    trade = resting(tws)
    tws.ib.cancelOrder(trade.order)
    status(tws, trade, "Cancelled")
    tws.error(202)
    tws.allow(10147)
    tws.ib.client.cancelOrder(777_777, "")
    tws.error(10147)


@check("global_cancel")
def global_cancel(tws):
    trades = [resting(tws), resting(tws, "IBM")]
    tws.ib.reqGlobalCancel()
    for trade in trades:
        status(tws, trade, "Cancelled")


@check("partial")
def partial_fills(tws):
    trade = resting(tws)
    fill(tws, trade, price=1.0, quantity=40)
    tws.until(lambda: trade.filled() == 40 and trade.remaining() == 60, "a part")
    assert trade.orderStatus.status == "Submitted"
    fill(tws, trade, price=1.02)
    filled(tws, trade, 100)
    assert math.isclose(trade.orderStatus.avgFillPrice, 1.012)
    assert [each.execution.shares for each in trade.fills] == [40, 60]


@check("reject")
def reject(tws):
    tws.allow(201)
    trade = place(tws, stock(tws), api.LimitOrder("BUY", 1_000_000, 100.0))
    assert "Order rejected - reason:" in tws.error(201)
    status(tws, trade, "Inactive", "Cancelled")


@check("combo_order")
def combo_order(tws):
    wanted = spread(tws)
    trade = place(tws, wanted, api.MarketOrder("BUY", 2))
    tws.until(trade.isDone, "the fill")
    tws.until(lambda: len(trade.fills) >= 3, f"fills of the legs {trade.fills}")
    assert {each.contract.secType for each in trade.fills} == {"BAG", "OPT"}
    assert trade.filled() == 2
    legs = {
        each.contract.conId: each.execution.side
        for each in trade.fills
        if each.contract.secType == "OPT"
    }
    assert legs == {
        leg.conId: {"BUY": "BOT", "SELL": "SLD"}[leg.action] for leg in wanted.comboLegs
    }


@check("executions")
def executions(tws):
    trade = bought(tws, "JPM", 7)
    found = list(tws.ib.reqExecutions(api.ExecutionFilter(symbol="JPM", clientId=tws.client_id)))
    assert sum(each.execution.shares for each in found) == 7
    assert {each.execution.permId for each in found} == {trade.order.permId}
    assert all(each.execution.time.year == 2026 and each.execution.side == "BOT" for each in found)
    assert (
        sum(
            each.commissionReport.commission
            for each in tws.ib.fills()
            if each.contract.symbol == "JPM"
        )
        > 0
    )


@check("completed")
def completed_orders(tws):
    gone = resting(tws, "GS", orderRef="to be cancelled")
    tws.ib.cancelOrder(gone.order)
    status(tws, gone, "Cancelled")
    filled(tws, place(tws, stock(tws, "GS"), api.MarketOrder("BUY", 3, orderRef="to be filled")), 3)
    found = {
        each.order.orderRef: each
        for each in tws.ib.reqCompletedOrders(False)
        if each.contract.symbol == "GS"
    }
    assert found["to be cancelled"].orderStatus.status == "Cancelled"
    assert found["to be cancelled"].order.lmtPrice == 1.0
    assert found["to be filled"].orderStatus.status == "Filled"
    assert found["to be filled"].order.filledQuantity == 3


@check("all_open_orders")
def all_open_orders(tws):
    with tws.second(tws.client_id + 1000) as other:
        trade = resting(other, "F")
        found = [getattr(each, "order", each) for each in tws.ib.reqAllOpenOrders()]
        assert (trade.order.permId, other.client_id) in {
            (each.permId, each.clientId) for each in found
        }
        assert trade.order.permId not in {
            getattr(each, "order", each).permId for each in tws.ib.reqOpenOrders()
        }
        other.ib.cancelOrder(trade.order)
        status(other, trade, "Cancelled")


@check("binding")
def binding(tws):
    with tws.second(0) as first:
        first.ib.reqCurrentTime()
        first.control.do(
            "manual_order", symbol="XOM", action="BUY", quantity=5, order_type="LMT", price=1.0
        )
        trade = first.until(
            lambda: [each for each in first.ib.openTrades() if each.contract.symbol == "XOM"],
            "the manual order",
        )[0]
        assert trade.order.lmtPrice == 1.0
        assert trade.order.orderId != 0
        first.ib.cancelOrder(trade.order)
        status(first, trade, "Cancelled")


@check("exercise")
def exercise(tws):
    listed = next(
        each
        for each in tws.ib.reqSecDefOptParams("INTC", "", "STK", 270639)
        if each.exchange == "SMART"
    )
    wanted = option(tws, "INTC", 270639, min(listed.strikes, key=lambda strike: abs(strike - 20)))
    filled(tws, place(tws, wanted, api.MarketOrder("BUY", 2)), 2)
    tws.ib.exerciseOptions(wanted, 1, 2, "DU1234567", 0)
    tws.until(
        lambda: (
            {each.contract.conId: each.position for each in tws.ib.positions()}.get(270639, 0)
            >= 200
        ),
        "the stock",
    )
    tws.until(
        lambda: (
            wanted.conId
            not in {each.contract.conId for each in tws.ib.positions() if each.position}
        ),
        "the option's end",
    )


# --- accounts ---


@check("positions")
def positions(tws):
    bought(tws, "V", 10)
    (told,) = (each for each in tws.ib.reqPositions() if each.contract.symbol == "V")
    assert told.account == "DU1234567"
    assert told.position >= 10
    assert told.avgCost > 10


@check("portfolio")
def portfolio(tws):
    bought(tws, "V", 10)
    found = tws.until(
        lambda: [each for each in tws.ib.portfolio() if each.contract.symbol == "V"],
        "the portfolio",
    )[0]
    assert math.isclose(found.marketValue, found.position * found.marketPrice, abs_tol=0.1)
    assert math.isclose(
        found.unrealizedPNL, (found.marketPrice - found.averageCost) * found.position, abs_tol=0.1
    )
    values = {(each.tag, each.currency): each.value for each in tws.ib.accountValues()}
    assert float(values["NetLiquidation", "USD"]) > 100_000
    assert float(values["TotalCashBalance", "BASE"]) > 0


@check("account_summary")
def account_summary(tws):
    told = {each.tag: each for each in tws.ib.accountSummary()}
    assert float(told["NetLiquidation"].value) > 100_000
    assert told["NetLiquidation"].currency == "USD"
    assert {"BuyingPower", "AccountType", "TotalCashValue"} <= told.keys()


@check("pnl")
def pnl(tws):
    bought(tws, "V", 10)
    told = tws.ib.reqPnL("DU1234567")
    tws.until(lambda: told.dailyPnL == told.dailyPnL and abs(told.unrealizedPnL) > 0, "PnL")
    assert abs(told.dailyPnL) < 1e8
    assert abs(told.realizedPnL) < 1e8
    tws.ib.cancelPnL("DU1234567")


@check("pnl_single")
def pnl_single(tws):
    bought(tws, "V", 10)
    told = tws.ib.reqPnLSingle("DU1234567", "", 49462172)
    tws.until(lambda: told.position >= 10 and told.value > 100, "PnL of a position")
    tws.ib.cancelPnLSingle("DU1234567", "", 49462172)


@check("multi", at="advisor")
def several_accounts(tws):
    assert tws.ib.managedAccounts()[:3] == ["DF100", "DU101", "DU102"]
    filled(tws, place(tws, stock(tws, "V"), api.MarketOrder("BUY", 10, account="DU101")), 10)
    tws.until(
        lambda: [
            each.position
            for each in tws.ib.positions("DU101")
            if each.contract.symbol == "V" and each.position >= 10
        ],
        "V",
    )
    assert {"DU101", "DU102"} <= {
        each.account for each in tws.ib.accountValues() if each.tag == "NetLiquidation"
    }
    assert (
        float(
            next(
                each.value for each in tws.ib.accountValues("DU102") if each.tag == "NetLiquidation"
            )
        )
        > 1000
    )


@check("fa_groups", at="advisor")
def advisors_groups(tws):
    old = (
        tws.ib.client.serverVersion() < 177
    )  # profiles were still apart, and groups had no amounts
    rows = "".join(
        f"<String>{each}</String>" if old else f"<Account><acct>{each}</acct></Account>"
        for each in ("DU101", "DU102")
    )
    method = "EqualQuantity" if old else "Equal"
    tws.ib.replaceFA(1, (
        f'<?xml version="1.0" encoding="UTF-8"?><ListOfGroups><Group><name>both</name><defaultMethod>{method}</defaultMethod>'
        f'<ListOfAccts varName="list">{rows}</ListOfAccts></Group></ListOfGroups>'
    ))  # fmt: skip
    (group,) = ElementTree.fromstring(tws.ib.requestFA(1).encode())
    assert group.findtext("name") == "both"
    assert group.findtext("defaultMethod") == method
    more = {"faMethod": method} if old else {}
    filled(
        tws, place(tws, stock(tws, "IBM"), api.MarketOrder("BUY", 40, faGroup="both", **more)), 40
    )
    tws.until(
        lambda: (
            {
                each.account: each.position
                for each in tws.ib.positions()
                if each.contract.symbol == "IBM"
            }
            == {"DU101": 20, "DU102": 20}
        ),
        "20 each",
    )


@check("family_codes")
def family_codes(tws):
    raise Absent


@check("user_info")
def user_info(tws):
    if not hasattr(tws.ib, "reqUserInfo"):
        raise Absent
    assert not tws.ib.reqUserInfo()  # it gives up the answer, but wants one


@check("soft_dollar_tiers")
def soft_dollar_tiers(tws):
    raise Absent

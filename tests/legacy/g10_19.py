"""A trading session as programs for ibapi 10.19 were written: wrapper and client apart, answers through queues, Decimal sizes."""

import argparse
import logging
import queue
from decimal import Decimal
from threading import Thread

from ibapi import wrapper
from ibapi.client import EClient
from ibapi.common import BarData, ListOfContractDescription, OrderId, TickAttrib, TickerId  # @UnusedImport
from ibapi.contract import Contract, ContractDetails
from ibapi.execution import Execution, ExecutionFilter
from ibapi.order import Order
from ibapi.order_condition import Create, OrderCondition
from ibapi.order_state import OrderState
from ibapi.commission_report import CommissionReport
from ibapi.tag_value import TagValue
from ibapi.ticktype import TickType, TickTypeEnum
from ibapi.utils import decimalMaxString, floatMaxString, intMaxString, iswrapper, longMaxString
from ibapi.account_summary_tags import AccountSummaryTags

logging.getLogger().setLevel(logging.CRITICAL)


class Finished(object):
    def __init__(self, what):
        self.what = what


class SessionWrapper(wrapper.EWrapper):
    def __init__(self):
        wrapper.EWrapper.__init__(self)
        self.inbox = queue.Queue()

    def say(self, *what):
        self.inbox.put(" ".join(str(part) for part in what))

    def end(self, what):
        self.inbox.put(Finished(what))

    # ! [error]
    @iswrapper
    def error(self, reqId: TickerId, errorCode: int, errorString: str, advancedOrderRejectJson=""):
        super().error(reqId, errorCode, errorString, advancedOrderRejectJson)
        if advancedOrderRejectJson:
            self.say("Error. Id:", reqId, "Code:", errorCode, "Msg:", errorString, "AdvancedOrderRejectJson:", advancedOrderRejectJson)
        else:
            self.say("Error. Id:", reqId, "Code:", errorCode, "Msg:", errorString, repr(advancedOrderRejectJson))
        self.end(errorCode)

    def winError(self, text: str, lastError: int):
        super().winError(text, lastError)

    @iswrapper
    def nextValidId(self, orderId: int):
        super().nextValidId(orderId)
        self.nextId = orderId
        self.end("id")

    @iswrapper
    def managedAccounts(self, accountsList: str):
        super().managedAccounts(accountsList)
        self.account = accountsList
        self.say("accounts", accountsList)

    @iswrapper
    def currentTime(self, time: int):
        self.end("time")

    @iswrapper
    def contractDetails(self, reqId: int, contractDetails: ContractDetails):
        super().contractDetails(reqId, contractDetails)
        self.say(reqId, contractDetails.contract)
        self.say(contractDetails.longName, floatMaxString(contractDetails.minTick), contractDetails.stockType)
        for name in ("minSize", "sizeIncrement", "suggestedSizeIncrement"):
            value = getattr(contractDetails, name)
            self.say(name, decimalMaxString(value), type(value).__name__)
        self.say("unset coupon", contractDetails.coupon, "legs", contractDetails.contract.comboLegs, contractDetails.secIdList)

    @iswrapper
    def contractDetailsEnd(self, reqId: int):
        self.end("details")

    @iswrapper
    def symbolSamples(self, reqId: int, contractDescriptions: ListOfContractDescription):
        for description in contractDescriptions:
            self.say(description.contract.conId, description.contract.symbol, len(description.derivativeSecTypes))
        self.end("symbols")

    @iswrapper
    def tickPrice(self, reqId: TickerId, tickType: TickType, price: float, attrib: TickAttrib):
        super().tickPrice(reqId, tickType, price, attrib)
        self.say("TickPrice. TickerId:", reqId, "tickType:", tickType, "Price:", floatMaxString(price), "CanAutoExecute:", attrib.canAutoExecute)
        self.say(attrib)

    @iswrapper
    def tickSize(self, reqId: TickerId, tickType: TickType, size: Decimal):
        super().tickSize(reqId, tickType, size)
        self.say("TickSize. TickerId:", reqId, "TickType:", TickTypeEnum.to_str(tickType), "Size: ", decimalMaxString(size), type(size).__name__)
        self.say("%d" % size, "{:,}".format(size), size * 2, size == 100, int(size), float(size))

    @iswrapper
    def tickString(self, reqId: TickerId, tickType: TickType, value: str):
        self.say("TickString", tickType, value)

    @iswrapper
    def tickSnapshotEnd(self, reqId: int):
        self.end("snapshot")

    @iswrapper
    def historicalData(self, reqId: int, bar: BarData):
        self.say("HistoricalData. ReqId:", reqId, "BarData.", bar)
        self.say(type(bar.volume).__name__, type(bar.wap).__name__, type(bar.barCount).__name__, bar.wap, bar.volume + 1)

    @iswrapper
    def historicalDataEnd(self, reqId: int, start: str, end: str):
        self.say(start, end)
        self.end("bars")

    @iswrapper
    def openOrder(self, orderId: OrderId, contract: Contract, order: Order, orderState: OrderState):
        super().openOrder(orderId, contract, order, orderState)
        self.say("OpenOrder.", intMaxString(orderId), contract.symbol, order.action, order.orderType, decimalMaxString(order.totalQuantity), floatMaxString(order.cashQty), floatMaxString(order.lmtPrice), floatMaxString(order.auxPrice), orderState.status, intMaxString(order.minTradeQty), intMaxString(order.minCompeteSize))
        self.say(order)
        self.say(type(order.totalQuantity).__name__, type(order.filledQuantity).__name__, decimalMaxString(order.filledQuantity), orderState.commission > 1e300)
        self.end("open order")

    @iswrapper
    def openOrderEnd(self):
        self.end("open orders")

    @iswrapper
    def orderStatus(self, orderId: OrderId, status: str, filled: Decimal, remaining: Decimal, avgFillPrice: float, permId: int, parentId: int, lastFillPrice: float, clientId: int, whyHeld: str, mktCapPrice: float):
        super().orderStatus(orderId, status, filled, remaining, avgFillPrice, permId, parentId, lastFillPrice, clientId, whyHeld, mktCapPrice)
        self.say("OrderStatus. Id:", orderId, "Status:", status, "Filled:", decimalMaxString(filled), "Remaining:", decimalMaxString(remaining), "AvgFillPrice:", floatMaxString(avgFillPrice), "ParentId:", intMaxString(parentId), "LastFillPrice:", floatMaxString(lastFillPrice), "ClientId:", intMaxString(clientId), "WhyHeld:", whyHeld, "MktCapPrice:", floatMaxString(mktCapPrice))
        self.say(type(filled).__name__, repr(filled), repr(remaining))
        self.end(status)

    @iswrapper
    def execDetails(self, reqId: int, contract: Contract, execution: Execution):
        super().execDetails(reqId, contract, execution)
        self.say("ExecDetails. ReqId:", reqId, "Symbol:", contract.symbol, "SecType:", contract.secType, "Currency:", contract.currency, execution.side, execution.shares, type(execution.cumQty).__name__, execution.price, execution.lastLiquidity)
        self.last = execution.execId

    @iswrapper
    def execDetailsEnd(self, reqId: int):
        self.end("executions")

    @iswrapper
    def commissionReport(self, commissionReport: CommissionReport):
        super().commissionReport(commissionReport)
        self.say("CommissionReport.", commissionReport.execId == self.last, commissionReport.commission, commissionReport.currency, floatMaxString(commissionReport.realizedPNL), floatMaxString(commissionReport.yield_))
        self.end("commission")

    @iswrapper
    def position(self, account: str, contract: Contract, position: Decimal, avgCost: float):
        super().position(account, contract, position, avgCost)
        self.say("Position.", account, contract.symbol, contract.secType, contract.currency, decimalMaxString(position), repr(position), floatMaxString(avgCost))

    @iswrapper
    def positionEnd(self):
        self.end("positions")

    @iswrapper
    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str):
        self.say("AccountSummary. ReqId:", reqId, account, tag, value, currency)

    @iswrapper
    def accountSummaryEnd(self, reqId: int):
        self.end("summary")

    @iswrapper
    def pnl(self, reqId: int, dailyPnL: float, unrealizedPnL: float, realizedPnL: float):
        self.say("Daily PnL.", reqId, floatMaxString(dailyPnL), floatMaxString(unrealizedPnL), floatMaxString(realizedPnL))
        self.end("pnl")

    @iswrapper
    def pnlSingle(self, reqId: int, pos: Decimal, dailyPnL: float, unrealizedPnL: float, realizedPnL: float, value: float):
        self.say("Daily PnL Single.", decimalMaxString(pos), repr(pos), floatMaxString(value))
        self.end("pnl single")

    @iswrapper
    def completedOrder(self, contract: Contract, order: Order, orderState: OrderState):
        super().completedOrder(contract, order, orderState)
        self.say("CompletedOrder. Symbol:", contract.symbol, order.action, order.orderType, decimalMaxString(order.totalQuantity), decimalMaxString(order.filledQuantity), type(order.filledQuantity).__name__, orderState.completedStatus, order.usePriceMgmtAlgo, order.duration == 2147483647)

    @iswrapper
    def completedOrdersEnd(self):
        self.end("completed")

    @iswrapper
    def userInfo(self, reqId: int, whiteBrandingId: str):
        self.say("UserInfo.", reqId, repr(whiteBrandingId))
        self.end("user")

    @iswrapper
    def connectionClosed(self):
        self.say("closed")


class SessionClient(EClient):
    def __init__(self, wrapper):
        EClient.__init__(self, wrapper)


class Session(SessionWrapper, SessionClient):
    def __init__(self):
        SessionWrapper.__init__(self)
        SessionClient.__init__(self, wrapper=self)

    def until(self, what, timeout=20):
        """Print what comes until this is finished."""
        while True:
            try:
                item = self.inbox.get(True, timeout)
            except queue.Empty:
                print("TIMED OUT", what)
                raise SystemExit(1)
            if not isinstance(item, Finished):
                print(item)
            elif item.what == what:
                return


def main():
    cmdLineParser = argparse.ArgumentParser("api tests")
    cmdLineParser.add_argument("port", type=int)
    cmdLineParser.add_argument("-C", "--global-cancel", action="store_true", dest="global_cancel", default=False)
    args = cmdLineParser.parse_args()

    app = Session()
    app.connect("127.0.0.1", args.port, 19)
    app.setServerLogLevel(2)
    thread = Thread(target=app.run)
    thread.setDaemon(True) if not hasattr(thread, "daemon") else setattr(thread, "daemon", True)
    thread.start()
    app.until("id")
    app.until(2158)

    contract = Contract()
    contract.symbol = "IBM"
    contract.secType = "STK"
    contract.currency = "USD"
    contract.exchange = "SMART"
    print(contract)
    print(contract.comboLegs, contract.strike, contract.deltaNeutralContract, contract.primaryExchange == "")
    app.reqContractDetails(1, contract)
    app.until("details")
    unknown = Contract()
    unknown.symbol, unknown.secType, unknown.exchange, unknown.currency = "NOSUCH", "STK", "SMART", "USD"
    app.reqContractDetails(2, unknown)
    app.until(200)
    app.reqMktData(3, unknown, "", False, False, [])
    app.until(200)
    app.reqMatchingSymbols(4, "INT")
    app.until("symbols")

    app.reqMktData(5, contract, "", True, False, [])
    app.until("snapshot")
    app.reqHistoricalData(6, contract, "20261120 12:00:00 US/Eastern", "3600 S", "15 mins", "TRADES", 0, 1, False, [TagValue("a", "b")])
    app.until("bars")
    app.reqHistoricalData(7, contract, "", "2 D", "1 day", "MIDPOINT", 1, 2, False, [])
    app.until("bars")

    order = Order()
    order.action = "BUY"
    order.orderType = "LMT"
    order.totalQuantity = Decimal("100")
    order.lmtPrice = 1.25
    order.tif = "GTC"
    order.outsideRth = True
    condition = Create(OrderCondition.Price)
    print(type(condition).__name__, OrderCondition.Price)
    app.placeOrder(app.nextId, contract, order)
    app.until("Submitted")
    order.lmtPrice = 1.5
    app.placeOrder(app.nextId, contract, order)
    app.until("Submitted")
    app.reqAllOpenOrders()
    app.until("open orders")
    app.cancelOrder(app.nextId, "")
    app.until(202)

    order = Order()
    order.action = "BUY"
    order.orderType = "MKT"
    order.totalQuantity = 30
    order.algoStrategy = ""
    app.placeOrder(app.nextId + 1, contract, order)
    app.until("commission")
    order = Order()
    order.action = "SELL"
    order.orderType = "STP"
    order.totalQuantity = 10.0
    order.auxPrice = 5.0
    order.orderRef = "a stop"
    app.placeOrder(app.nextId + 2, contract, order)
    app.until("PreSubmitted")
    app.reqGlobalCancel()
    app.until(202)
    app.placeOrder(app.nextId, contract, order)
    app.until(104)

    wanted = ExecutionFilter()
    wanted.symbol = "IBM"
    app.reqExecutions(8, wanted)
    app.until("executions")
    app.reqPositions()
    app.until("positions")
    app.reqAccountSummary(9, "All", ",".join(AccountSummaryTags.AllTags.split(",")[:6]))
    app.until("summary")
    app.cancelAccountSummary(9)
    app.reqPnL(10, app.account, "")
    app.until("pnl")
    app.reqPnLSingle(11, app.account, "", 8314)
    app.until("pnl single")
    app.reqCompletedOrders(False)
    app.until("completed")
    app.reqCurrentTime()
    app.until("time")
    app.disconnect()
    thread.join(10)
    print(app.inbox.get_nowait(), app.isConnected(), thread.is_alive())


if __name__ == "__main__":
    main()

"""A trading session as programs for ibapi 9.81 were written: one class, a thread that runs the loop, events to wait for answers."""

import collections
import datetime
import sys
import threading
import time

from ibapi.client import EClient
from ibapi.common import *
from ibapi.contract import *
from ibapi.commission_report import CommissionReport
from ibapi.execution import Execution, ExecutionFilter
from ibapi.order import *
from ibapi.order_state import OrderState
from ibapi.scanner import ScannerSubscription
from ibapi.ticktype import TickType, TickTypeEnum
from ibapi.utils import iswrapper
from ibapi.wrapper import EWrapper


def kind(value):
    return type(value).__name__


class TradingApp(EWrapper, EClient):
    def __init__(self):
        EClient.__init__(self, self)
        self.nextOrderId = None
        self.started = time.time()
        self.ready = threading.Event()
        self.events = collections.defaultdict(threading.Event)
        self.permIds = {}

    def ask(self, what, request, *args):
        event = self.events[what]
        event.clear()
        request(*args)
        if not event.wait(20):
            print("TIMED OUT", what)
            self.disconnect()
            sys.exit(1)

    @iswrapper
    def error(self, reqId: TickerId, errorCode: int, errorString: str):
        super().error(reqId, errorCode, errorString)
        print("Error. Id: ", reqId, " Code: ", errorCode, " Msg: ", errorString)
        self.events["error %d" % errorCode].set()

    @iswrapper
    def connectAck(self):
        print("connectAck", self.asynchronous)
        if self.asynchronous:
            self.startApi()

    @iswrapper
    def nextValidId(self, orderId: int):
        super().nextValidId(orderId)
        self.nextOrderId = orderId
        print("NextValidId: %d" % orderId)
        self.ready.set()

    @iswrapper
    def managedAccounts(self, accountsList: str):
        self.account = accountsList.split(",")[0]
        print("Account list:", accountsList)

    @iswrapper
    def currentTime(self, time: int):
        print("currentTime", kind(time), datetime.datetime.fromtimestamp(time).year >= 2020)
        self.events["time"].set()

    # contracts

    @iswrapper
    def contractDetails(self, reqId: int, contractDetails: ContractDetails):
        c = contractDetails.contract
        print("ContractDetails.", reqId, c.conId, c.symbol, c.secType, c.exchange, c.primaryExchange, c.currency, c.localSymbol)
        print("  longName:", contractDetails.longName, "minTick: %g" % contractDetails.minTick, contractDetails.timeZoneId)
        print("  orderTypes:", contractDetails.orderTypes, "rules:", contractDetails.marketRuleIds, contractDetails.aggGroup)
        print("  strike == 0:", c.strike == 0, repr(c.strike), "right:", repr(c.right), "multiplier:", repr(c.multiplier))
        print("  legs is None:", c.comboLegs is None, "delta neutral is None:", c.deltaNeutralContract is None)
        print("  secIdList:", contractDetails.secIdList, "callable:", contractDetails.callable, "notes:", repr(contractDetails.notes))

    @iswrapper
    def contractDetailsEnd(self, reqId: int):
        print("ContractDetailsEnd. ReqId:", reqId)
        self.events["details"].set()

    @iswrapper
    def symbolSamples(self, reqId: int, contractDescriptions: ListOfContractDescription):
        print("Symbol Samples. Request Id: ", reqId)
        for contractDescription in contractDescriptions:
            derivSecTypes = ""
            for derivSecType in contractDescription.derivativeSecTypes:
                derivSecTypes += derivSecType
                derivSecTypes += " "
            print("  %s %s %s [%s]" % (
                contractDescription.contract.symbol, contractDescription.contract.secType,
                contractDescription.contract.primaryExchange, derivSecTypes))
        self.events["symbols"].set()

    @iswrapper
    def marketRule(self, marketRuleId: int, priceIncrements: ListOfPriceIncrements):
        print("Market Rule ID: ", marketRuleId)
        for priceIncrement in priceIncrements:
            print("Price Increment.", priceIncrement)
        self.events["rule"].set()

    # quotes

    @iswrapper
    def tickReqParams(self, tickerId: int, minTick: float, bboExchange: str, snapshotPermissions: int):
        print("TickReqParams.", tickerId, minTick, bboExchange, snapshotPermissions)

    @iswrapper
    def tickPrice(self, reqId: TickerId, tickType: TickType, price: float, attrib: TickAttrib):
        print("TickPrice.", reqId, TickTypeEnum.to_str(tickType), "%.2f" % price, kind(price), attrib.canAutoExecute, attrib.pastLimit, end=" ")
        print(attrib.preOpen)

    @iswrapper
    def tickSize(self, reqId: TickerId, tickType: TickType, size: int):
        print("TickSize.", reqId, TickTypeEnum.to_str(tickType), "%d" % size, size, kind(size), size // 100, size / 100)

    @iswrapper
    def tickGeneric(self, reqId: TickerId, tickType: TickType, value: float):
        print("TickGeneric.", reqId, tickType, value)

    @iswrapper
    def tickString(self, reqId: TickerId, tickType: TickType, value: str):
        print("TickString.", reqId, tickType, value)

    @iswrapper
    def marketDataType(self, reqId: TickerId, marketDataType: int):
        print("MarketDataType.", reqId, marketDataType)

    @iswrapper
    def tickSnapshotEnd(self, reqId: int):
        print("TickSnapshotEnd. TickerId:", reqId)
        self.events["snapshot"].set()

    # history

    @iswrapper
    def historicalData(self, reqId: int, bar: BarData):
        print("HistoricalData.", reqId, "Date:", bar.date, "OHLC: %.2f %.2f %.2f %.2f" % (bar.open, bar.high, bar.low, bar.close), end=" ")
        print("Volume: %d" % bar.volume, kind(bar.volume), "Count:", bar.barCount, kind(bar.barCount), "Average:", bar.average, kind(bar.average))

    @iswrapper
    def historicalDataEnd(self, reqId: int, start: str, end: str):
        super().historicalDataEnd(reqId, start, end)
        print("HistoricalDataEnd. ReqId:", reqId, "from", start, "to", end)
        self.events["bars"].set()

    @iswrapper
    def headTimestamp(self, reqId: int, headTimestamp: str):
        print("HeadTimestamp.", reqId, headTimestamp)
        self.events["head"].set()

    # orders

    @iswrapper
    def openOrder(self, orderId: OrderId, contract: Contract, order: Order, orderState: OrderState):
        super().openOrder(orderId, contract, order, orderState)
        print("OpenOrder. OrderId:", orderId, order.action, order.orderType, order.totalQuantity, kind(order.totalQuantity), end=" ")
        print(contract.symbol, contract.secType, "@", contract.exchange, "LmtPrice:", order.lmtPrice, "AuxPrice:", order.auxPrice, end=" ")
        print("Tif:", order.tif, "Account:", order.account, "Status:", orderState.status, "ClientId:", order.clientId, order.orderRef)
        print("  CashQty:", order.cashQty, "Filled:", order.filledQuantity, kind(order.filledQuantity), "WhatIf:", order.whatIf)
        print("  Commission:", orderState.commission == UNSET_DOUBLE, orderState.minCommission == UNSET_DOUBLE, repr(orderState.warningText))
        order.contract = contract
        self.permIds[order.permId] = order

    @iswrapper
    def orderStatus(self, orderId: OrderId, status: str, filled: float, remaining: float, avgFillPrice: float, permId: int, parentId: int,
                    lastFillPrice: float, clientId: int, whyHeld: str, mktCapPrice: float):
        print("OrderStatus. Id:", orderId, "Status:", status, "Filled:", filled, kind(filled), "Remaining:", remaining, kind(remaining), end=" ")
        print("AvgFillPrice: %.2f" % avgFillPrice, permId in self.permIds, parentId, "%.2f" % lastFillPrice, clientId, repr(whyHeld), mktCapPrice)
        self.events[status].set()

    @iswrapper
    def openOrderEnd(self):
        print("OpenOrderEnd", len(self.permIds), "open orders")
        self.events["open orders"].set()

    @iswrapper
    def execDetails(self, reqId: int, contract: Contract, execution: Execution):
        super().execDetails(reqId, contract, execution)
        print("ExecDetails.", reqId, contract.symbol, contract.secType, contract.currency, execution.orderId, execution.side, end=" ")
        print(execution.shares, kind(execution.shares), "%d" % execution.shares, execution.price, execution.exchange, end=" ")
        print("CumQty:", execution.cumQty, kind(execution.cumQty), "AvgPrice:", execution.avgPrice, execution.lastLiquidity, execution.acctNumber)
        self.execId = execution.execId

    @iswrapper
    def execDetailsEnd(self, reqId: int):
        print("ExecDetailsEnd. ReqId:", reqId)
        self.events["executions"].set()

    @iswrapper
    def commissionReport(self, commissionReport: CommissionReport):
        print("CommissionReport.", commissionReport.execId == self.execId, commissionReport.commission, commissionReport.currency, end=" ")
        print(commissionReport.realizedPNL == UNSET_DOUBLE, commissionReport.yieldRedemptionDate)
        self.events["commission"].set()

    @iswrapper
    def completedOrder(self, contract: Contract, order: Order, orderState: OrderState):
        print("CompletedOrder.", contract.symbol, contract.exchange, order.action, order.orderType, order.totalQuantity, kind(order.totalQuantity), end=" ")
        print(order.lmtPrice, order.filledQuantity, kind(order.filledQuantity), orderState.status, orderState.completedStatus)

    @iswrapper
    def completedOrdersEnd(self):
        print("CompletedOrdersEnd")
        self.events["completed"].set()

    # accounts

    @iswrapper
    def position(self, account: str, contract: Contract, position: float, avgCost: float):
        print("Position.", account, contract.symbol, contract.exchange, contract.currency, position, kind(position), avgCost, position * 2.5)

    @iswrapper
    def positionEnd(self):
        print("PositionEnd")
        self.events["positions"].set()

    @iswrapper
    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str):
        print("AccountSummary.", reqId, account, tag, value, repr(currency))

    @iswrapper
    def accountSummaryEnd(self, reqId: int):
        print("AccountSummaryEnd.", reqId)
        self.events["summary"].set()

    @iswrapper
    def updatePortfolio(self, contract: Contract, position: float, marketPrice: float, marketValue: float, averageCost: float,
                        unrealizedPNL: float, realizedPNL: float, accountName: str):
        print("UpdatePortfolio.", contract.symbol, position, kind(position), marketPrice, marketValue, averageCost, unrealizedPNL, realizedPNL)

    @iswrapper
    def updateAccountValue(self, key: str, val: str, currency: str, accountName: str):
        if key in ("CashBalance", "AccountReady", "StockMarketValue"):
            print("UpdateAccountValue.", key, val, currency, accountName)

    @iswrapper
    def accountDownloadEnd(self, accountName: str):
        print("AccountDownloadEnd. Account:", accountName)
        self.events["account"].set()

    @iswrapper
    def pnlSingle(self, reqId: int, pos: int, dailyPnL: float, unrealizedPnL: float, realizedPnL: float, value: float):
        print("PnLSingle.", reqId, pos, kind(pos), "%.2f" % dailyPnL, "%.2f" % unrealizedPnL, realizedPnL, value)
        self.events["profit"].set()

    @iswrapper
    def connectionClosed(self):
        print("ConnectionClosed")


def usStock(symbol):
    contract = Contract()
    contract.symbol = symbol
    contract.secType = "STK"
    contract.currency = "USD"
    contract.exchange = "SMART"
    return contract


def limitOrder(action, quantity, price):
    order = Order()
    order.action = action
    order.orderType = "LMT"
    order.totalQuantity = quantity
    order.lmtPrice = price
    order.eTradeOnly = False
    order.firmQuoteOnly = False
    return order


def marketOrder(action, quantity):
    order = Order()
    order.action = action
    order.orderType = "MKT"
    order.totalQuantity = quantity
    order.orderRef = "mine"
    order.eTradeOnly = ''
    order.firmQuoteOnly = ''
    return order


def main():
    app = TradingApp()
    app.connect("127.0.0.1", int(sys.argv[1]), clientId=0)
    print("serverVersion:%s isConnected:%s" % (app.serverVersion(), app.isConnected()))
    thread = threading.Thread(target=app.run, daemon=True)
    thread.start()
    app.ready.wait(20)

    contract = usStock("AAPL")
    app.ask("time", app.reqCurrentTime)
    print("legs:", contract.comboLegs is None, "strike:", contract.strike, contract.includeExpired, repr(contract.secId))
    app.ask("details", app.reqContractDetails, 10, contract)
    app.ask("error 200", app.reqContractDetails, 11, usStock("NOSUCH"))
    app.ask("symbols", app.reqMatchingSymbols, 12, "MS")
    app.ask("rule", app.reqMarketRule, 26)

    app.reqMarketDataType(1)
    app.ask("snapshot", app.reqMktData, 20, contract, "", True, False, [])
    app.ask("head", app.reqHeadTimeStamp, 21, contract, "TRADES", 1, 1)
    app.ask("bars", app.reqHistoricalData, 22, contract, "20261119 16:00:00", "1 D", "1 hour", "TRADES", 1, 1, False, [])
    app.ask("bars", app.reqHistoricalData, 23, contract, "20261119 16:00:00", "3 D", "1 day", "MIDPOINT", 1, 1, False, [])

    resting = app.nextOrderId
    app.ask("Submitted", app.placeOrder, resting, contract, limitOrder("BUY", 100, 1.5))
    app.ask("open orders", app.reqOpenOrders)
    app.ask("error 202", app.cancelOrder, resting)
    app.ask("error 10147", app.cancelOrder, resting + 77)
    app.ask("commission", app.placeOrder, resting + 1, contract, marketOrder("BUY", 100))
    app.ask("Submitted", app.placeOrder, resting + 2, contract, limitOrder("SELL", 50.0, 9999.5))
    app.ask("error 202", app.reqGlobalCancel)

    app.ask("executions", app.reqExecutions, 30, ExecutionFilter())
    app.ask("positions", app.reqPositions)
    app.cancelPositions()
    app.ask("summary", app.reqAccountSummary, 31, "All", "AccountType,NetLiquidation,TotalCashValue")
    app.cancelAccountSummary(31)
    app.ask("account", app.reqAccountUpdates, True, app.account)
    app.reqAccountUpdates(False, app.account)
    app.ask("profit", app.reqPnLSingle, 32, app.account, "", 265598)
    app.cancelPnLSingle(32)
    app.ask("completed", app.reqCompletedOrders, True)
    app.ask("error 321", app.reqScannerSubscription, 40, ScannerSubscription(), [], [])

    app.disconnect()
    thread.join(10)
    print("connected:", app.isConnected(), "running:", thread.is_alive())


if __name__ == "__main__":
    main()

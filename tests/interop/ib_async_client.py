"""The same session with ib_async (or ib_insync), which asks for a good deal by itself when it connects."""

import json
import sys

try:
    from ib_async import IB, LimitOrder, MarketOrder, Stock
except ImportError:
    from ib_insync import IB, LimitOrder, MarketOrder, Stock


def main():
    seen = {"errors": [], "statuses": []}
    ib = IB()
    ib.errorEvent += lambda reqId, code, text, contract: seen["errors"].append(code)
    ib.connect("127.0.0.1", int(sys.argv[1]), clientId=int(sys.argv[2]), timeout=20)
    seen["serverVersion"] = ib.client.serverVersion()
    seen["accounts"] = ",".join(ib.managedAccounts())
    contract = Stock("AAPL", "SMART", "USD")
    details = ib.reqContractDetails(contract)[0]
    seen["contract"] = [details.contract.conId, details.longName, details.minTick]
    ib.qualifyContracts(contract)
    ticker = ib.reqMktData(contract)
    for _ in range(100):
        if ticker.bid == ticker.bid and ticker.ask == ticker.ask and ticker.bid > 0:
            break
        ib.sleep(0.05)
    seen["ticks"] = 6 if 0 < ticker.bid < ticker.ask else 0
    seen["bars"] = len(ib.reqHistoricalData(contract, "", "1 D", "1 hour", "TRADES", True))
    resting = ib.placeOrder(contract, LimitOrder("BUY", 100, 1.0))
    until(ib, lambda: resting.orderStatus.status == "Submitted")
    ib.cancelOrder(resting.order)
    until(ib, resting.isDone)
    filling = ib.placeOrder(contract, MarketOrder("BUY", 100))
    until(ib, lambda: filling.isDone() and filling.fills and filling.fills[0].commissionReport.execId)
    seen["statuses"] = [[t.order.orderId, t.orderStatus.status, t.orderStatus.filled, t.orderStatus.remaining] for t in (resting, filling)]
    seen["commission"] = filling.fills[0].commissionReport.commission
    seen["executions"] = [[f.execution.side, f.execution.shares, f.execution.price] for f in ib.reqExecutions()]
    until(ib, ib.positions)
    seen["positions"] = [[p.contract.symbol, p.position] for p in ib.positions()]
    seen["accountValues"], seen["portfolio"] = len(ib.accountValues()), len(ib.portfolio())
    seen["finished"] = True
    ib.disconnect()
    print(json.dumps(seen))


def until(ib, condition):
    for _ in range(200):
        if condition():
            return
        ib.sleep(0.05)
    raise SystemExit("timed out")


main()

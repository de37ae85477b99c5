"""A bracket: an order, and the two that close its position at a profit or at a loss.

python samples/bracket.py [HOST PORT]    (without them: TWS, or a simulated one, port 7497)

It buys 10 AAPL, if the account is a paper account.
"""

import sys

from ibapi_port.ib import IB, Stock, bracket

host, port = sys.argv[1:] or ("127.0.0.1", "7497")
with IB.connect(host, int(port), clientId=1) as ib:
    aapl = ib.qualify(Stock("AAPL"))
    (ticker,) = ib.reqTickers(aapl)
    if ticker.ask is None or not ib.accounts()[0].startswith("D"):
        sys.exit("There is no quote, or this is no paper account: nothing was placed.")
    limit, profit, stop = (round(ticker.ask * part, 2) for part in (1.01, 1.05, 0.95))
    orders = bracket("BUY", 10, limit=limit, profit=profit, stop=stop)
    entry, *closing = ib.placeOrders(aapl, orders)
    for fill in entry.waitFills(timeout=60):
        print("Filled:", fill.execution.shares, "at", fill.execution.price)
    print("Commission:", entry.commission)
    for trade in closing:
        trade.wait("PreSubmitted", timeout=60)
        print(f"{trade.order.orderType}: {trade.status.status}")

"""The session of Program.py, which is written with callbacks, by requests that return answers.

python samples/session.py [HOST PORT]    (without them: TWS, or a simulated one, port 7497)

Contract details, quotes, bars; in a paper account an order that is cancelled and one that is
filled, and the position.
"""

import sys

from ibapi_port.ib import IB, LimitOrder, MarketOrder, Stock

host, port = sys.argv[1:] or ("127.0.0.1", "7497")
with IB.connect(host, int(port), clientId=1) as ib:
    print(f"Connected: server version {ib.serverVersion}, accounts {ib.accounts()}")
    (details,) = ib.reqContractDetails(Stock("AAPL", primaryExchange="NASDAQ"))
    aapl = details.contract
    print(f"Contract: {aapl.symbol} conId {aapl.conId}, {details.longName}, {details.minTick}")
    with ib.reqTicks(aapl) as ticks:
        for _ in range(12):
            print(f"Quote: {ticks.next(timeout=30)}")
    for bar in ib.reqHistoricalData(aapl, durationStr="1 D", barSizeSetting="1 hour"):
        print(f"Bar: {bar.date} {bar.open} {bar.high} {bar.low} {bar.close} {bar.volume}")
    if not ib.accounts()[0].startswith("D"):
        sys.exit("This is no paper account: no order is placed.")
    resting = ib.placeOrder(aapl, LimitOrder("BUY", 1, 1.0))
    resting.wait("Submitted", timeout=30)
    resting.cancel()
    resting.wait("Cancelled", timeout=30)
    trade = ib.placeOrder(aapl, MarketOrder("BUY", 100))
    for fill in trade.waitFills(timeout=30):
        print(f"Execution: {fill.execution.side} {fill.execution.shares} at {fill.execution.price}")
    print(resting, trade, f"commission {trade.commission}", sep="\n")
    for each in ib.positions():
        print(f"Position of {each.account}: {each.position} {each.contract.symbol}")

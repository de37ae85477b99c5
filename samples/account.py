"""What the account is worth, and what it holds.

python samples/account.py [HOST PORT]    (without them: TWS, or a simulated one, port 7497)
"""

import sys

from ibapi_port.ib import IB, table

host, port = sys.argv[1:] or ("127.0.0.1", "7497")
with IB.connect(host, int(port), clientId=1, account="") as ib:
    print(table(ib.reqAccountSummary("NetLiquidation,TotalCashValue,BuyingPower")))
    for item in ib.portfolio():
        print(item.contract.symbol, item.position, item.averageCost, item.unrealizedPNL)

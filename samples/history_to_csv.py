"""A year of daily bars of five stocks, each in a CSV file of its own in the current folder.

python samples/history_to_csv.py [HOST PORT]    (without them: TWS, or a simulated one, port 7497)

It needs pandas: pip install 'ibapi_port[pandas]'.
"""

import sys

from ibapi_port.ib import IB, Stock, frame

host, port = sys.argv[1:] or ("127.0.0.1", "7497")
with IB.connect(host, int(port), clientId=1) as ib:
    for symbol in ("AAPL", "MSFT", "NVDA", "AMZN", "TSLA"):
        bars = ib.reqHistoricalData(Stock(symbol), durationStr="1 Y", barSizeSetting="1 day")
        frame(bars).to_csv(f"{symbol}.csv")
        print(f"{symbol}.csv: {len(bars)} bars")

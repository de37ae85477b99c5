"""Quotes of three stocks as they change, until Ctrl-C.

python samples/quotes.py [HOST PORT]    (without them: TWS, or a simulated one, port 7497)
"""

import sys
from contextlib import suppress

from ibapi_port.ib import IB, Stock, merge

host, port = sys.argv[1:] or ("127.0.0.1", "7497")
with suppress(KeyboardInterrupt), IB.connect(host, int(port), clientId=1) as ib:
    quotes = [ib.reqMktData(Stock(symbol)) for symbol in ("AAPL", "MSFT", "NVDA")]
    for ticker in merge(*quotes):
        print(ticker.contract.symbol, ticker.bid, ticker.ask, ticker.last)

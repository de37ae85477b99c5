"""The options of the next expiration around the price of AAPL, with greeks, as a DataFrame.

python samples/option_chain.py [HOST PORT]    (without them: TWS, or a simulated one, port 7497)

It needs pandas: pip install 'ibapi_port[pandas]'.
"""

import sys

from ibapi_port.ib import IB, Stock, frame

host, port = sys.argv[1:] or ("127.0.0.1", "7497")
with IB.connect(host, int(port), clientId=1) as ib:
    chain = frame(ib.optionChain(Stock("AAPL"), strikes=10))
    print(chain[["expiration", "strike", "right", "bid", "ask", "impliedVol", "delta"]])

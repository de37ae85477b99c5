"""asyncio: two streams of quotes, and a history asked for meanwhile; until Ctrl-C.

python samples/asyncio_streams.py [HOST PORT]    (without them: TWS, or a simulated one, port 7497)
"""

import asyncio
import sys
from contextlib import suppress

from ibapi_port.ib import AsyncIB, AsyncSubscription, Stock, Ticker

host, port = sys.argv[1:] or ("127.0.0.1", "7497")


async def watch(quotes: AsyncSubscription[Ticker]) -> None:
    async for ticker in quotes:
        print(ticker.contract.symbol, ticker.bid, ticker.ask, ticker.last)


async def main() -> None:
    async with AsyncIB.connect(host, int(port), clientId=1) as ib:
        aapl, msft = Stock("AAPL"), Stock("MSFT")
        streams = asyncio.gather(watch(ib.reqMktData(aapl)), watch(ib.reqMktData(msft)))
        bars = await ib.reqHistoricalData(aapl, durationStr="1 Y", barSizeSetting="1 day")
        print(f"{len(bars)} bars, the last one closes at {bars[-1].close}")
        await streams


with suppress(KeyboardInterrupt):
    asyncio.run(main())

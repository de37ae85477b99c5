"""A hundred histories at once, with a bar that shows how many have come.

python samples/histories_with_pacing.py [HOST PORT]    (or a TWS at port 7497)

TWS answers at most 50 of them at a time, and takes 60 in ten minutes of bars of 30 seconds or less;
daily bars, as here, come faster.
"""

import asyncio
import sys

from ibapi_port.ib import AsyncIB, Stock

host, port = sys.argv[1:] or ("127.0.0.1", "7497")
SYMBOLS = ["AAPL", "MSFT", "NVDA", "AMZN", "TSLA", "IBM", "SPY", "QQQ", "GOOG", "META"]
LENGTHS = ["1 W", "2 W", "3 W", "1 M", "2 M", "3 M", "4 M", "6 M", "9 M", "1 Y"]


async def main() -> None:
    async with AsyncIB.connect(host, int(port), clientId=1) as ib:
        asked = [
            ib.reqHistoricalData(Stock(symbol), durationStr=length, barSizeSetting="1 day")
            for symbol in SYMBOLS
            for length in LENGTHS
        ]
        bars = 0
        for done, answer in enumerate(asyncio.as_completed(asked), 1):
            bars += len(await answer)
            print(f"\r[{'#' * (done // 4):25}] {done} of {len(asked)}, {bars} bars", end="")
        print()


asyncio.run(main())

"""What the profile gw10.40 costs the simulated TWS beside the tidy one: messages and time for the
same orders and the same minutes of market data, in virtual time.

    python tests/benchmarks/profile.py
"""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulator.helpers import RawClient, order, stock

from ibapi_port.simulator import SimulatedTws

ORDERS, MINUTES = 500, 10
SYMBOLS = ("AAPL", "MSFT", "IBM", "SPY", "GOOG", "TSLA", "AMZN", "NVDA", "QQQ", "INTC")
START = "20260414 10:00:00 US/Eastern"


def drain(client: RawClient) -> int:
    """Read what has come; its bytes."""
    read = 0
    client.sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while data := client.sock.recv(1 << 20):
            read += len(data)
    client.sock.setblocking(True)
    return read


def orders(profile: str) -> tuple[float, int]:
    """Seconds and bytes for market orders, each filled."""
    with (
        SimulatedTws(profile=profile, virtual=True, start=START, tick_interval=3600) as tws,
        RawClient(tws.address) as client,
    ):
        client.start()
        drain(client)
        began, read = time.perf_counter(), 0
        for number in range(1, ORDERS + 1):
            client.ask("placeOrder", number, stock(), order("BUY", "1", tif="DAY"))
            if number % 25 == 0:
                tws.advance(2)
                read += drain(client)
        return time.perf_counter() - began, read


def quotes(profile: str) -> tuple[float, int]:
    """Seconds and bytes for the quotes of ten stocks."""
    with (
        SimulatedTws(profile=profile, virtual=True, start=START) as tws,
        RawClient(tws.address) as client,
    ):
        client.start()
        for number, symbol in enumerate(SYMBOLS):
            client.ask("reqMktData", number, stock(symbol), "", False, False, [])
        drain(client)
        began, read = time.perf_counter(), 0
        for _ in range(MINUTES):
            tws.advance(60)
            read += drain(client)
        return time.perf_counter() - began, read


def main() -> None:
    for name, measure in (
        (f"{ORDERS} orders, filled", orders),
        (f"{MINUTES} min of ticks", quotes),
    ):
        for profile in ("simple", "gw10.40"):
            took, read = min(measure(profile) for _ in range(3))
            print(f"{name:22} {profile:8} {took:6.2f} s  {read / 1024:8,.0f} KB")


if __name__ == "__main__":
    main()

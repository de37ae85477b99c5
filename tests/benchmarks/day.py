"""A simulated trading day: 100 symbols, 20 clients that watch them all and trade; what it costs.
usage: day.py [--tick-interval SECONDS] [--hours HOURS]

The simulated TWS runs in a process of its own, as fast as the clients take what it sends. The
clients count bytes and decode nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from simulation import (  # noqa: E402 - beside this script
    CLIENTS,
    CLOSES,
    SYMBOLS,
    TICK_INTERVAL,
    WATCHED,
    memory_of_watched,
    trading_day,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--tick-interval",
        type=float,
        default=TICK_INTERVAL,
        help="simulated seconds between changes of the market",
    )
    parser.add_argument("--hours", type=float, default=CLOSES / 3600, help="of trading")
    options = parser.parse_args()
    spent, most = trading_day(
        ROOT, lambda simulated, _: simulated >= options.hours * 3600, options.tick_interval
    )
    print(
        f"{spent.simulated / 3600:.2f} simulated hours, {SYMBOLS} symbols, {CLIENTS} clients, "
        f"a tick each {options.tick_interval:g} s:"
    )
    print(f"  {spent.seconds:.0f} s, {spent.processor:.0f} s of processor, {most:.0f} MB at most")
    print(
        f"  {spent.received / 1e6:.0f} MB, {spent.ticks:,} ticks sent to the clients, "
        f"{spent.orders} orders"
    )
    print(f"{WATCHED} symbols watched for ten minutes: {memory_of_watched(ROOT):.1f} MB resident")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The official Python way: one class that is wrapper and client, run() in the main thread, the
EReader in a second one.

python samples/Program.py --simulate                    against its own simulated TWS
python samples/Program.py --port 7497 --client-id 1     against TWS
"""

from __future__ import annotations

import sys

from ibapi_port.client import EClient
from ibapi_port.demo import Demo, address, options, trade


class Program(Demo, EClient):
    def __init__(self) -> None:
        Demo.__init__(self)
        EClient.__init__(self, self)
        self.client = self


def main() -> int:
    chosen = options("A trading session in the official Python way.")
    with address(chosen) as (host, port):
        return trade(Program(), host, port, chosen.client_id)


if __name__ == "__main__":
    sys.exit(main())

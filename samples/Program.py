"""The official Python way: one class that is wrapper and client, run() in the main thread, the
EReader in a second one.

python samples/Program.py --simulate                    against its own simulated TWS
python samples/Program.py --port 7497 --client-id 1     against TWS
"""

from __future__ import annotations

import sys
import threading

from demo import Demo, address, options

from ibapi_port.client import EClient

TIME_LIMIT = 25.0  # seconds; a closed market never fills the order


class Program(Demo, EClient):
    def __init__(self) -> None:
        Demo.__init__(self)
        EClient.__init__(self, self)
        self.client = self


def main() -> int:
    chosen = options("A trading session in the official Python way.")
    with address(chosen) as (host, port):
        app = Program()
        app.connect(host, port, chosen.client_id)
        if not app.isConnected():
            return 1
        print(f"Connected: server version {app.serverVersion()}, {app.TwsConnectionTime}")
        limit = threading.Timer(TIME_LIMIT, app.disconnect)
        limit.daemon = True
        limit.start()
        app.run()
        limit.cancel()
    return 0 if app.finished else 1


if __name__ == "__main__":
    sys.exit(main())

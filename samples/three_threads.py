"""As in IB's Java testbed: EClientSocket, EReader and EReaderSignal put together by the program.

Three threads: the EReader takes frames off the socket; a processing thread of ours is woken by the
signal and makes the callbacks; the main thread is free for the program's own work.

    python samples/three_threads.py --simulate
    python samples/three_threads.py --port 7497 --client-id 1
"""

from __future__ import annotations

import sys
import threading

from ibapi_port.client import EClientSocket
from ibapi_port.demo import Demo, address, options
from ibapi_port.reader import EReader, EReaderMonitorSignal

TIME_LIMIT = 25.0  # seconds; a closed market never fills the order


def process_messages(client: EClientSocket, signal: EReaderMonitorSignal, reader: EReader) -> None:
    """The loop of the processing thread; it ends with the connection."""
    while client.isConnected():
        signal.waitForSignal()
        reader.processMsgs()


def main() -> int:
    chosen = options("A trading session as in IB's Java testbed.")
    with address(chosen) as (host, port):
        demo, signal = Demo(), EReaderMonitorSignal()
        client = demo.client = EClientSocket(demo, signal)
        client.eConnect(host, port, chosen.client_id)
        if not client.isConnected():
            return 1
        print(f"Connected: server version {client.serverVersion()}, {client.TwsConnectionTime}")
        reader = EReader(client, signal)
        reader.start()
        processing = threading.Thread(
            target=process_messages, args=(client, signal, reader), name="processing"
        )
        processing.start()
        processing.join(TIME_LIMIT)
        client.eDisconnect()
        processing.join()
    return 0 if demo.finished else 1


if __name__ == "__main__":
    sys.exit(main())

"""What Python itself costs: `floor.py LOOP WHAT PORT` reads market data in one thread, with a loop
written by hand for it alone.

The loop `typed` receives, cuts, splits, converts each field to the type that the official callbacks
bring, and calls the callback. `bare` receives, cuts and splits, and does nothing with it. Neither
checks anything. WHAT: burst, or steady.
"""

import socket
import sys
import time
from decimal import Decimal

from ibapi_port.common import TickAttrib

SIZES = {1: 0, 2: 3, 4: 5}


class App:
    def tickPrice(self, reqId, tickType, price, attrib):
        pass

    def tickSize(self, reqId, tickType, size):
        pass

    def tickString(self, reqId, tickType, value):
        pass

    def tickGeneric(self, reqId, tickType, value):
        pass


def typed(
    recv,
    rest,
    app,
    int=int,
    float=float,
    Decimal=Decimal,
    TickAttrib=TickAttrib,
    number=int.from_bytes,
    sizes=SIZES,
):
    price, size, string, generic = app.tickPrice, app.tickSize, app.tickString, app.tickGeneric
    while True:
        data = rest + recv(1 << 14)
        at, end = 0, len(data)
        while (start := at + 4) <= end:
            stop = start + number(data[at:start], "big")
            if stop > end:
                break
            f = data[start:stop].decode().split("\0")
            at, kind = stop, f[0]
            if kind == "1":
                mask, req, tick = int(f[6]), int(f[2]), int(f[3])
                price(
                    req, tick, float(f[4]), TickAttrib(mask & 1 != 0, mask & 2 != 0, mask & 4 != 0)
                )
                if tick in sizes:
                    size(req, sizes[tick], Decimal(f[5]))
            elif kind == "2":
                size(int(f[2]), int(f[3]), Decimal(f[4]))
            elif kind == "46":
                string(int(f[2]), int(f[3]), f[4])
            elif kind == "45":
                generic(int(f[2]), int(f[3]), float(f[4]))
            elif kind == "49":
                return data[at:]
        rest = data[at:]


def bare(recv, rest, app):
    while True:
        at, end = 0, len(rest)
        while (start := at + 4) <= end and (
            stop := start + int.from_bytes(rest[at:start], "big")
        ) <= end:
            fields = rest[start:stop].split(b"\0")
            at = stop
            if fields[0] == b"49":
                return rest[at:]
        rest = rest[at:] + recv(1 << 14)


def main():
    loop = {"typed": typed, "bare": bare}[sys.argv[1]]
    with socket.create_connection(("127.0.0.1", int(sys.argv[3]))) as sock:
        sock.sendall(b"API\0\0\0\0\x09v100..187")
        sock.recv(4096)
        sock.sendall(b"\0\0\0\x0871\x002\x001\x00\x00")
        got = b""
        while b"9\x001\x001\x00" not in got:  # nextValidId
            got += sock.recv(4096)
        started = time.perf_counter()
        sock.sendall(b"\0\0\0\x0549\x001\x00")
        rest = loop(sock.recv, b"", App())
        if sys.argv[2] == "burst":
            print(time.perf_counter() - started, 0)
            return
        used = time.process_time()
        loop(sock.recv, rest, App())
        print(time.process_time() - used)


main()

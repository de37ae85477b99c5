"""A TWS for faces.py, in a process of its own: `faces_peer.py ACT FRAMES RATE`. Prints its port.

It sends prepared bytes, so that it costs little beside the client that is measured. It serves one
client: handshake, startApi, contract details and quotes as they are asked for; the first
reqCurrentTime begins what ACT says:

- answer: nothing but answers;
- burst: FRAMES ticks, as fast as the client takes them;
- paced: FRAMES ticks, RATE a second. Each is a bid whose price is the time when it was sent (of the
  system's monotonic clock).

After them each subscription gets a last price, SENTINEL.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from traffic import greeting, stock  # noqa: E402 - beside this script

from ibapi_port.contract import ContractDetails  # noqa: E402
from ibapi_port.protocol.framing import frame  # noqa: E402
from ibapi_port.protocol.select import codec_for  # noqa: E402

VERSION = 178  # the newest that ib_async 2.1.0 speaks
SENTINEL = 999_999.0
REQ_MKT_DATA, REQ_CONTRACT_DATA, REQ_CURRENT_TIME, REQ_POSITIONS = b"1", b"9", b"49", b"61"
PLACE = 1_073_741_825  # stands for the request's id in prepared bytes

Peer = tuple[socket.socket, bytearray]


def requests(sock: socket.socket, buffer: bytearray) -> Iterator[list[bytes]]:
    """The fields of each request, until the client has gone."""
    while True:
        while len(buffer) >= 4 and len(buffer) >= 4 + (size := int.from_bytes(buffer[:4], "big")):
            yield bytes(buffer[4 : 4 + size]).split(b"\0")
            del buffer[: 4 + size]
        data = sock.recv(1 << 16)
        if not data:
            return
        buffer += data


def details_around_the_id() -> list[bytes]:
    """A contract's details and their end, without the lengths, cut where the id goes."""
    details = ContractDetails()
    details.contract = stock()
    details.marketName, details.longName, details.minTick = "NMS", "APPLE INC", 0.01
    details.orderTypes = "ACTIVETIM,AD,ADJUST,ALERT,ALGO,ALLOC,AON,AVGCOST,BASKET,COND,CONDORDER"
    details.validExchanges = "SMART,AMEX,NYSE,CBOE,PHLX,ISE,CHX,ARCA,ISLAND,DRCTEDGE,BEX,BATS"
    details.industry, details.category = "Technology", "Computers"
    details.timeZoneId = "US/Eastern"
    details.tradingHours = ";".join(f"202611{day}:0400-202611{day}:2000" for day in range(23, 28))
    details.liquidHours = ";".join(f"202611{day}:0930-202611{day}:1600" for day in range(23, 28))
    details.marketRuleIds = ",".join(["26"] * 12)
    encode = codec_for(VERSION).encode_message
    whole = encode("contractDetails", reqId=PLACE, contractDetails=details)
    end = encode("contractDetailsEnd", reqId=PLACE)
    return [*whole[4:].split(b"%d" % PLACE), *end[4:].split(b"%d" % PLACE)]


def ticks_for(request_id: bytes) -> bytes:
    """Four ticks of one subscription: bid, ask, the bid's size, last."""
    id_ = int(request_id)
    bid = b"1\x006\x00%d\x001\x00230.25\x00500\x001\x00" % id_
    ask = b"1\x006\x00%d\x002\x00230.27\x00300\x001\x00" % id_
    size = b"2\x006\x00%d\x000\x00700\x00" % id_
    last = b"1\x006\x00%d\x004\x00230.26\x00100\x000\x00" % id_
    return b"".join(frame(each) for each in (bid, ask, size, last))


def send_burst(sock: socket.socket, ids: list[bytes], frames: int) -> None:
    once = b"".join(map(ticks_for, ids))
    sock.sendall(once * (frames // (4 * len(ids))))


def send_paced(sock: socket.socket, ids: list[bytes], frames: int, rate: int) -> None:
    """What is due goes out in one piece; in between this process sleeps."""
    clock = time.perf_counter
    heads = [b"1\x006\x00%s\x001\x00" % each for each in ids]
    started = clock()
    sent = 0
    while sent < frames:
        due = min(int((clock() - started) * rate) + 1, frames)
        if due == sent:
            time.sleep(max(started + sent / rate - clock(), 0.0))
            continue
        tail = b"%.7f\x00500\x001\x00" % clock()
        sock.sendall(b"".join(frame(heads[n % len(ids)] + tail) for n in range(sent, due)))
        sent = due


def serve(sock: socket.socket, act: str, frames: int, rate: int) -> None:
    buffer = bytearray()
    while len(buffer) < 8 or len(buffer) < 8 + int.from_bytes(buffer[4:8], "big"):
        buffer += sock.recv(4096)
    del buffer[: 8 + int.from_bytes(buffer[4:8], "big")]
    sock.sendall(frame(b"%d\x0020261120 09:30:00 EST\0" % VERSION))
    details = details_around_the_id()
    ids: list[bytes] = []
    asked = requests(sock, buffer)
    next(asked)  # startApi
    sock.sendall(greeting(VERSION))
    for fields in asked:
        kind = fields[0]
        if kind == REQ_CONTRACT_DATA:
            row, end = details[0] + fields[2] + details[1], details[2] + fields[2] + details[3]
            sock.sendall(frame(row) + frame(end))
        elif kind == REQ_POSITIONS:
            sock.sendall(frame(b"62\x001\x00"))
        elif kind == REQ_MKT_DATA:
            ids.append(fields[2])
        elif kind == REQ_CURRENT_TIME:
            sock.sendall(frame(b"49\x001\x001795194000\x00"))
            if act == "burst":
                send_burst(sock, ids, frames)
            elif act == "paced":
                send_paced(sock, ids, frames, rate)
            for each in ids:
                sock.sendall(frame(b"1\x006\x00%s\x004\x00%.1f\x001\x000\x00" % (each, SENTINEL)))


def main() -> None:
    act, frames, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        sock, _ = listener.accept()
    with sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            serve(sock, act, frames, rate)
        except (ConnectionError, StopIteration):
            return  # the client has gone


if __name__ == "__main__":
    main()

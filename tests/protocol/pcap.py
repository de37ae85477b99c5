"""A capture file as tcpdump would write it, from what two sides of a connection have said."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

CLIENT = (bytes([127, 0, 0, 1]), 50_000)
TWS = (bytes([127, 0, 0, 1]), 17_497)  # a port that no dissector knows
Segment = tuple[bool, bytes]  # from TWS, bytes


def write(path: Path, streams: Iterable[Iterable[Segment]]) -> None:
    """Write connections one after the other; each is a list of segments. The client's ports count up."""
    packets = []
    for n, stream in enumerate(streams):
        client = (CLIENT[0], CLIENT[1] + n)
        sent = {True: 1, False: 1}  # sequence numbers
        for from_tws, data in stream:
            source, target = (TWS, client) if from_tws else (client, TWS)
            packets.append(_packet(source, target, sent[from_tws], sent[not from_tws], data))
            sent[from_tws] += len(data)
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 1)]
    for n, packet in enumerate(packets):
        out.append(
            struct.pack("<IIII", 1_700_000_000 + n // 1000, n % 1000 * 1000, *[len(packet)] * 2)
        )
        out.append(packet)
    path.write_bytes(b"".join(out))


def _packet(
    source: tuple[bytes, int], target: tuple[bytes, int], seq: int, ack: int, data: bytes
) -> bytes:
    tcp = struct.pack(">HHIIBBHHH", source[1], target[1], seq, ack, 0x50, 0x18, 65535, 0, 0)
    ip = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + len(data), 0, 0, 64, 6, 0, source[0], target[0]
    )
    return bytes(12) + b"\x08\x00" + ip + tcp + data

"""Measure this package beside its peers; see README.md here. usage: run.py [--rounds N] [KIND ...]"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PEERS = {
    "ibapi_port": ("ibapi_port", None),  # with its protobuf extra
    "official 10.46": ("ibapi", ["nautilus-ibapi==10.46.1", "protobuf==5.29.5"]),
    "official 10.19": ("ibapi", ["nautilus-ibapi==10.19.4"]),
    "official 9.81": ("ibapi", ["ibapi==9.81.1.post1"]),
}
FRAMES, SENTINEL, SERVER_VERSION = 200_000, 1_999_999_999, 187
OLDER = {"official 10.19": 176, "official 9.81": 157}  # the newest version that the peer speaks
PROTOBUF_VERSION = 225  # of the kinds that end in 225; the older peers do not speak it
KINDS = ("start", "inbound", "order", "inbound225", "order225")


def frame(*fields: object) -> bytes:
    body = b"".join(str(f).encode() + b"\0" for f in fields)
    return len(body).to_bytes(4, "big") + body


def protobuf_frame(msg_id: int, message: bytes) -> bytes:
    return (len(message) + 4).to_bytes(4, "big") + (msg_id + 200).to_bytes(4, "big") + message


def protobuf_burst() -> bytes:
    """The same as Protocol Buffers, as server version 225 sends them."""
    req = b"\x08\xe9\x07"  # reqId 1001
    ticks = b"".join(
        (
            protobuf_frame(1, req + b"\x10\x01" + b"\x19" + struct.pack("<d", 230.25) + b"\x22\x03500" + b"\x28\x01"),
            protobuf_frame(2, req + b"\x10\x00" + b"\x1a\x03700"),
            protobuf_frame(46, req + b"\x10\x2d" + b"\x1a\x0a1795194000"),
            protobuf_frame(45, req + b"\x10\x31" + b"\x19" + struct.pack("<d", 0.0)),
        )
    )
    return ticks * (FRAMES // 4) + protobuf_frame(49, b"\x08\xff\xa7\xd6\xb9\x07")


def burst() -> bytes:
    """The four tick messages in turn, and the sentinel."""
    ticks = b"".join(
        (
            frame(1, 6, 1001, 1, 230.25, 500, 1),
            frame(2, 6, 1001, 0, 700),
            frame(46, 6, 1001, 45, "1795194000"),
            frame(45, 6, 1001, 49, 0.0),
        )
    )
    return ticks * (FRAMES // 4) + frame(49, 1, SENTINEL)


class Peer(threading.Thread):
    """Accepts one client: handshake, startApi, then the burst if there is one, and reads whatever comes until the end."""

    def __init__(self, version: int, data: bytes) -> None:
        super().__init__(daemon=True)
        self.version, self.data = version, data
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def run(self) -> None:
        with self.listener, self.listener.accept()[0] as sock:
            hello = b""
            while len(hello) < 8 or len(hello) < 8 + int.from_bytes(hello[4:8], "big"):
                hello += sock.recv(4096)
            sock.sendall(frame(self.version, "20261120 09:30:00 EST"))
            sock.recv(4096)  # startApi
            if self.data:
                sock.sendall(self.data)
            while sock.recv(1 << 16):
                pass


def python_of(name: str, root: Path) -> str:
    packages = PEERS[name][1]
    home = root / name.replace(" ", "-")
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *(packages or [f"{ROOT}[protobuf]"])], check=True)
    return str(python)


def measure(name: str, what: str, root: Path, data: bytes) -> list[float]:
    """The numbers that one process prints."""
    version = PROTOBUF_VERSION if what.endswith("225") else OLDER.get(name, SERVER_VERSION)
    peer = Peer(version, data)
    peer.start()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}  # bytecode is cached for all, or for none
    if PEERS[name][1] is None:
        environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [python_of(name, root), str(HERE / "client.py"), PEERS[name][0], what.removesuffix("225"), str(peer.port)],
        capture_output=True, text=True, timeout=300, env=environment, check=True, cwd=tempfile.gettempdir(),
    )  # fmt: skip
    peer.join(10)
    return [float(n) for n in done.stdout.split()]


def report(what: str, medians: dict[str, list[float]]) -> None:
    for name, numbers in medians.items():
        if what.startswith("inbound"):
            text = f"{FRAMES / numbers[0]:>10,.0f} frames/s"
        elif what.startswith("order"):
            text = f"{numbers[0] * 1e6:>10.1f} us/call"
        else:
            text = f"import {numbers[0] * 1e3:6.1f} ms, connect {numbers[1] * 1e3:6.2f} ms, together {sum(numbers) * 1e3:6.1f} ms"
        print(f"{what:10} {name:15} {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help=f"{', '.join(KINDS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(os.environ.get("IBAPI_PORT_ENVIRONMENTS", temporary))
        for what in options.what or KINDS:
            data = {"inbound": burst, "inbound225": protobuf_burst}.get(what, bytes)()
            runs: dict[str, list[list[float]]] = {name: [] for name in PEERS if not (what.endswith("225") and name in OLDER)}
            for _ in range(options.rounds):  # in turn, so that what the machine does besides meets all of them
                for name, numbers in runs.items():
                    numbers.append(measure(name, what, root, data))
            report(what, {name: [statistics.median(column) for column in zip(*numbers, strict=True)] for name, numbers in runs.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())

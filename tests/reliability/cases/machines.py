"""R72: two machines (network namespaces of Linux), and the link between them cut and mended."""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from typing import Any

from ..bench import SOON, Bench, NotApplicable, case
from ..hostile import WAIT, Cutter, answer_to_hello
from .values import limit_order

NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
OUR_CARD, THEIR_CARD = "02:00:00:00:00:01", "02:00:00:00:00:02"
OURS, THEIRS, PORT = "10.77.0.1", "10.77.0.2", 7497


def leave_the_network() -> None:
    """Put this process into a network of its own. It vanishes with the process."""
    if not sys.platform.startswith("linux"):
        raise NotApplicable("only Linux has network namespaces")
    if shutil.which("ip") is None:
        raise NotApplicable("iproute2 is not installed")
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    if unshare(NEW_NETWORK) and unshare(NEW_USER | NEW_NETWORK):
        raise NotApplicable(f"no network namespace can be made: {os.strerror(ctypes.get_errno())}")


def ip(*words: object) -> None:
    done = subprocess.run(["ip", *map(str, words)], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise NotApplicable(f"ip {' '.join(map(str, words))}: {done.stderr.strip()}")


def know(device: str, address: str, card: str) -> None:
    """Write a neighbour down: the system holds packets back while it asks for one, and sends them
    when the link is back.
    """
    ip("neighbour", "replace", address, "lladdr", card, "dev", device, "nud", "permanent")


class OtherMachine:
    """A child process in a network of its own: a TWS, and the far end of the link."""

    def __init__(self) -> None:
        self._commands, theirs = socket.socketpair()
        self._commands.settimeout(WAIT)
        ready, is_ready = os.pipe()
        self.process = os.fork()
        if not self.process:
            self._commands.close()
            try:
                leave_the_network()
                os.write(is_ready, b"x")
                self._serve(theirs)
            finally:
                os._exit(0)
        theirs.close()
        os.close(is_ready)
        assert os.read(ready, 1) == b"x", "the other machine does not start"
        os.close(ready)
        ip(
            "link",
            "add",
            "here",
            "address",
            OUR_CARD,
            "type",
            "veth",
            "peer",
            "name",
            "there",
            "address",
            THEIR_CARD,
        )
        ip("link", "set", "there", "netns", self.process)
        ip("addr", "add", f"{OURS}/24", "dev", "here")
        ip("link", "set", "here", "up")
        know("here", THEIRS, THEIR_CARD)
        assert self.ask("begin") == "ok"

    def ask(self, command: str) -> str:
        self._commands.sendall(command.encode())
        return self._commands.recv(100).decode()

    def close(self) -> None:
        self._commands.close()
        os.waitpid(self.process, 0)

    # --- in the child ---

    def _serve(self, commands: socket.socket) -> None:
        peers: dict[
            socket.socket, list[Any]
        ] = {}  # each with what is left of its bytes, and whether it has greeted
        orders = 0
        listener: socket.socket | None = None
        while True:
            watched = [commands, *([listener] if listener else []), *peers]
            for ready in select.select(watched, [], [])[0]:
                if ready is commands:
                    command = commands.recv(100).decode()
                    if not command:
                        return
                    answer = "ok"
                    if command == "begin":
                        ip("addr", "add", f"{THEIRS}/24", "dev", "there")
                        ip("link", "set", "there", "up")
                        know("there", OURS, OUR_CARD)
                        listener = socket.create_server((THEIRS, PORT))
                    elif command == "orders":
                        answer = str(orders)
                    else:
                        ip("link", "set", "there", command)
                        if command == "up":
                            know("there", OURS, OUR_CARD)
                    commands.sendall(answer.encode())
                elif ready is listener:
                    peers[listener.accept()[0]] = [Cutter(), False]
                else:
                    orders += self._hear(ready, peers)

    @staticmethod
    def _hear(peer: socket.socket, peers: dict[socket.socket, list[Any]]) -> int:
        try:
            data = peer.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            del peers[peer]
            return 0
        cutter, greeted = peers[peer]
        if not greeted:
            peers[peer][1] = True
            peer.sendall(answer_to_hello(187))
            return 0
        return sum(frame.startswith(b"3\0") for frame in cutter.feed(data))


@case
def r72_a_link_that_is_cut(bench: Bench) -> None:
    """With nothing sent, with an order in flight, and with the watchdog: it is noticed, and nothing
    arrives when the link is back.
    """
    leave_the_network()
    ip("link", "set", "lo", "up")
    if bench.ours:
        keepalive = bench.module("_client.keepalive")
        keepalive.IDLE = keepalive.INTERVAL = keepalive.PROBES = 1
        keepalive.UNACKNOWLEDGED = 2
    machine = OtherMachine()
    contract, order = limit_order(bench)
    try:
        for in_flight, watchdog in ((False, None), (True, None), (True, 0.5)):
            if watchdog and not bench.ours:
                continue
            how = f"{'an order in flight' if in_flight else 'nothing sent'}{', watchdog' if watchdog else ''}"
            app = bench.program()
            app.watchdogSeconds = watchdog
            app.connect(THEIRS, PORT, 7)
            assert app.isConnected(), f"{how}: not connected; heard {app.heard()}"
            app.start()
            time.sleep(0.1)  # startApi is acknowledged
            before = int(machine.ask("orders"))
            machine.ask("down")
            began = time.monotonic()
            if in_flight:
                app.placeOrder(1001, contract, order)
            app.wait_for("connectionClosed", 1, 2 * SOON + 6)
            took = time.monotonic() - began
            assert took < 2 * SOON + 4, f"{how}: noticed after {took:.1f} s"
            texts = [text for _, code, text in app.errors() if code == 507]
            assert texts, f"{how}: told {app.codes()}"
            if in_flight and bench.ours:
                assert "may or may not have reached TWS" in texts[0], f"{how}: {texts[0]}"
            machine.ask("up")
            app.join()
            again = bench.program()
            again.connect(THEIRS, PORT, 8)
            assert again.isConnected(), f"{how}: the link is not back; heard {again.heard()}"
            again.start()
            time.sleep(1.5)  # a retransmission would come
            again.disconnect()
            again.join()
            assert int(machine.ask("orders")) == before, (
                f"{how}: the order arrives after it was told lost"
            )
    finally:
        machine.close()

"""A program that stands in for IB Gateway where a real process is wanted, but neither Java nor a screen:
it speaks as our agent does, of the simulated Gateway's windows, and its API is the simulated TWS.

    gateway.py DIRECTORY [arguments of the launcher]

DIRECTORY/how.json says how it behaves: fields of Behaviour, and "fault", what goes wrong once the
login form is shown: "drop" (the agent hangs up), "exit", "flood" (output without end), "deaf" (no
answer to anything, and SIGTERM is ignored), "nonsense" (the agent sends what is no line of its).
"""

from __future__ import annotations

import heapq
import json
import os
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ibapi_port.automater.simulated import Behaviour, SimulatedGateway
from ibapi_port.automater.simulated.host import FakeScreen
from ibapi_port.automater.simulated.parts import Part
from ibapi_port.simulator import SimulatedTws

SCALE = 0.02  # so many real seconds are one of the simulated Gateway's


class Later:
    """What is to be done later, in the only thread."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (time.monotonic() + seconds * SCALE, self._count, call))

    def run_due(self) -> float:
        """Do what is due; return how long to wait for the next."""
        while self._heap and self._heap[0][0] <= time.monotonic():
            heapq.heappop(self._heap)[2]()
        return max(self._heap[0][0] - time.monotonic(), 0.0) if self._heap else 60.0


class Process(FakeScreen):
    """This process: it passes its windows on, and is the host that FakeScreen asks for."""

    def __init__(self, gateway: SimulatedGateway, line: socket.socket) -> None:
        super().__init__(self, os.getpid())  # type: ignore[arg-type]
        self.gateway = gateway
        self.clock = Later()
        self.line = line
        self.api: SimulatedTws | None = None

    def send(self, data: dict[str, Any]) -> None:
        self.line.sendall(json.dumps(data).encode() + b"\n")

    def _tell(self, kind: str, window: Part) -> None:
        show = self._shows[window.id]
        self.send({"ev": kind, "win": window.id, "show": show, "tree": window.data()})

    def exit(self, code: int) -> None:
        os._exit(code)

    def open_api(self, port: int) -> None:
        if self.api is None:
            self.api = SimulatedTws(port=port)
            self.api.start()

    def go_wrong(self, fault: str) -> None:
        if fault == "drop":
            self.line.shutdown(socket.SHUT_RDWR)
        elif fault == "exit":
            os._exit(5)
        elif fault == "flood":
            with os.fdopen(os.dup(1), "wb") as out:
                for _ in range(40):
                    out.write(b"x" * 1_000_000)
                out.write(b"\nand so on\n" * 100_000)
        elif fault == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
        elif fault == "nonsense":
            self.line.sendall(
                b'{"ev": "opened", "win": "x", "tree": {"b": 7}}\n[]\nno\xff\n{"re": []}\n'
            )

    def run(self) -> None:
        data = b""
        while True:
            ready, _, _ = select.select([self.line], [], [], self.clock.run_due())
            if not ready:
                continue
            part = self.line.recv(65536)
            if not part:
                raise ConnectionResetError
            *lines, data = (data + part).split(b"\n")
            for text in lines:
                command = json.loads(text)
                answer = self.perform(command)
                self.send({"re": command["id"], "do": command["do"], **answer})


def main() -> None:
    directory = Path(sys.argv[1])
    how = json.loads((directory / "how.json").read_text())
    fault = how.pop("fault", "")
    found = re.search(r"-javaagent:[^=]+=(\S+)", os.environ["INSTALL4J_ADD_VM_PARAMS"])
    assert found is not None
    port, token = Path(found.group(1)).read_text().split()
    with socket.create_connection(("127.0.0.1", int(port))) as line:
        gateway = SimulatedGateway(Behaviour(**how))
        process = Process(gateway, line)
        process.send({"ev": "hello", "token": token, "pid": os.getpid()})
        process.send({"ev": "awt"})
        gateway.begin(process, soft=any("-Drestart=" in word for word in sys.argv))
        with (directory / "pids").open("a") as file:
            file.write(f"{os.getpid()}\n")
        if fault:
            process.clock.later(1.0, lambda: process.go_wrong(fault))
        process.run()


if __name__ == "__main__":
    try:
        main()
    except OSError:  # nobody listens any more: a Gateway goes on without its agent
        time.sleep(600)

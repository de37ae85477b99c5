"""The same bad day for a SupervisedClient and for ib_async's Watchdog:
`recovery.py [--watchdog PYTHON] [SCENE ...]`.

PYTHON is an interpreter that has ib_async. Each scene has a simulated TWS of its own for each program;
all run at once, with both sides' default settings. The table says what each noticed, how long its
streams were blind, and what it knew of orders and fills in the end.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1])]

from ibapi_port.simulator import SimulatedTws  # noqa: E402 - made findable above

PROGRAM = HERE / "recovery_program.py"
STREAMS = 5
LONG = 50.0  # seconds after which what has not come does not come


class Run:
    """One program in one scene."""

    def __init__(self, python: str, kind: str) -> None:
        self.tws = SimulatedTws(tick_interval=0.2)
        self.tws.start()
        self.process = subprocess.Popen(
            [python, str(PROGRAM), kind, str(self.tws.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={"PYTHONPATH": str(HERE.parents[1]), "PATH": ""},
        )
        self.said: list[list[Any]] = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.struck = self.over = 0.0

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def place(self, order_id: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order_id}\n")
        self.process.stdin.flush()

    def strike(self) -> None:
        """What follows is the bad thing."""
        self.struck = time.time()

    def fill(self, order_id: int) -> None:
        self.tws.do("fill", order_id=order_id, price=1)

    def close(self) -> None:
        self.over = time.time()
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.reader.join(5)
        self.tws.stop()

    # --- what became of it ---

    def after(self, what: str) -> list[list[Any]]:
        return [said for said in self.said if said[0] > self.struck and said[1] == what]

    def blind(self) -> str:
        """How long it was until all streams ticked again, without a pause of a second after it."""
        times = {}
        for when, _, symbol in self.after("tick"):
            times.setdefault(symbol, []).append(when)
        worst, end = 0.0, self.over
        if len(times) < STREAMS:
            return f"{STREAMS - len(times)} of {STREAMS} streams never again"
        for ticks in times.values():
            marks = [self.struck, *ticks, end]
            gaps = [(b - a, b) for a, b in itertools.pairwise(marks)]
            widest = max(gaps)
            if widest[1] == end and widest[0] > 5:
                return "never again"
            worst = max(worst, widest[0])
        return f"{worst:.1f} s"

    def outcome(self) -> dict[str, str]:
        downs = [said for said in self.after("down") if said[0] < self.over]
        ups = self.after("up")
        fills = [said[2] for said in self.after("fill")]
        known = {said[2] for said in self.after("known")} | set(fills)
        fates = {said[2]: said[3] for said in self.after("fate")}
        trades = {said[2]: said[3] for said in self.after("trade")}
        doubled = len(fills) - len(set(fills))
        return {
            "noticed after": f"{downs[0][0] - self.struck:.1f} s" if downs else "not",
            "ready again": f"{len(ups)} times" if ups else "no",
            "blind": self.blind(),
            "fills told": f"{len(set(fills))}" + (f", {doubled} twice" if doubled else ""),
            "fills known": str(len(known)),
            "orders": ", ".join(f"{o} {s}" for o, s in sorted((fates or trades).items())) or "-",
        }


def restart(run: Run) -> None:
    """TWS restarts and is away for 5 s; a fill meanwhile"""
    run.strike()
    run.tws.do("restart", seconds=5)
    run.fill(1)
    time.sleep(LONG - 15)


def line_kept(run: Run) -> None:
    """1100, a fill, 5 s later 1102"""
    run.strike()
    run.tws.do("connectivity", up=False)
    time.sleep(5)
    run.fill(1)
    run.tws.do("connectivity", up=True)
    time.sleep(LONG - 20)


def line_lost(run: Run) -> None:
    """1100, 5 s later 1101: the streams are gone"""
    run.strike()
    run.tws.do("connectivity", up=False)
    time.sleep(5)
    run.tws.do("connectivity", up=True, data_lost=True)
    time.sleep(LONG - 15)


def half_open(run: Run) -> None:
    """The line is cut without a sign; TWS sees the end of the old one after 30 s; a fill meanwhile"""
    run.strike()
    run.tws.do("fault", kind="stall", client_id=1, seconds=30, times=1)
    time.sleep(1)
    run.fill(1)
    time.sleep(LONG + 10)


def farms(run: Run) -> None:
    """A farm breaks and is mended twenty times in 20 s"""
    run.strike()
    for _ in range(20):
        run.tws.do("farm", name="usfarm", state="broken")
        time.sleep(0.5)
        run.tws.do("farm", name="usfarm", state="ok")
        time.sleep(0.5)
    time.sleep(10)


def lost_order(run: Run) -> None:
    """An order's bytes never arrive, and the line breaks"""
    run.tws.do("fault", kind="lose", message="placeOrder", times=1)
    run.place(3)
    time.sleep(1)
    run.strike()
    run.tws.do("drop_connection", reset=True)
    time.sleep(LONG - 20)


SCENES: dict[str, Callable[[Run], None]] = {
    "restart": restart,
    "1102": line_kept,
    "1101": line_lost,
    "half-open": half_open,
    "farms": farms,
    "lost-order": lost_order,
}


def play(python: str, kind: str, scene: Callable[[Run], None], out: dict[str, str]) -> None:
    run = Run(python, kind)
    try:
        end = time.monotonic() + 40
        while not [said for said in run.said if said[1] == "tick"]:
            if time.monotonic() > end:
                raise RuntimeError(f"{kind} did not begin")
            time.sleep(0.1)
        time.sleep(2)
        run.place(1)
        run.place(2)
        time.sleep(2)
        scene(run)
    finally:
        run.close()
    out.update(run.outcome())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--watchdog", metavar="PYTHON", help="an interpreter that has ib_async")
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=", ".join(SCENES))
    asked = parser.parse_args()
    kinds = {"supervised": sys.executable}
    if asked.watchdog:
        kinds["watchdog"] = asked.watchdog
    names = asked.scenes or list(SCENES)
    results: dict[tuple[str, str], dict[str, str]] = {}
    threads = []
    for name in names:
        for kind, python in kinds.items():
            out = results[name, kind] = {}
            threads.append(threading.Thread(target=play, args=(python, kind, SCENES[name], out)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in names:
        print(f"\n{name}: {SCENES[name].__doc__}")
        rows = list(results[name, next(iter(kinds))])
        for row in rows:
            print(f"  {row:15}", *(f"{results[name, k].get(row, '?'):40}" for k in kinds))
    print("\ncolumns:", ", ".join(kinds))


if __name__ == "__main__":
    main()

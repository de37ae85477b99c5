"""Runs the programs of this folder against a simulated TWS in which nothing moves, not even the
clock: the same outputs each time.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXPECTED = HERE / "expected"
NOW = 1_795_204_800.0  # 2026-11-20 15:00 in New York
NEVER = 1e6  # seconds between changes of the market
TIME_LIMIT = 60

INSTALL = "import ibapi_port; from ibapi_port.compat import generation; ibapi_port.install(); generation({generation!r})"
START = "import runpy, sys; sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"


@dataclass(frozen=True)
class Program:
    """A program of one generation, and the server version that both clients have in common."""

    name: str
    generation: str
    server_version: int

    @property
    def path(self) -> str:
        return str(HERE / f"{self.name}.py")

    @property
    def expected(self) -> Path:
        """What it prints on the official client of its generation."""
        return EXPECTED / f"{self.name}.txt"


PROGRAMS = [
    Program("g9_81", "9.81", 151),
    Program("g10_19", "10.19", 176),
    Program("g10_30", "10.30", 187),
    Program("g10_37", "10.37", 200),
    Program("g10_46", "10.46", 200),
    Program("g10_51", "10.51", 226),
]


def ways(program: Program) -> dict[str, list[str]]:
    """How a program is run on this package, as arguments of Python. Two of the ways choose its
    generation.
    """
    chosen, unchosen = (
        f"{INSTALL.format(generation=name)}; {START}" for name in (program.generation, None)
    )
    return {
        "run": ["-m", "ibapi_port", "run", program.path],
        "run --generation": [
            "-m",
            "ibapi_port",
            "run",
            "--generation",
            program.generation,
            program.path,
        ],
        "install()": ["-c", unchosen, program.path],
        "install(), generation()": ["-c", chosen, program.path],
    }


@dataclass(frozen=True)
class Known:
    """Lines that are known to differ, as patterns: of the official client, and ours."""

    program: str
    official: str
    ours: str
    unchosen_only: bool = False  # the same when the generation is chosen


# Callbacks do not tell 10.19 from 10.30: unless its generation is chosen, a program of 10.19 is
# taken for one of 10.30, whose contracts
# have an empty list of legs, and one field more when they are printed.
KNOWN = [
    Known(
        "g10_19",
        r"((1 8314|0),IBM,STK,),0,,,SMART,.*combo:",
        r"((1 8314|0),IBM,STK,),,0,,,SMART,.*combo:",
        unchosen_only=True,
    ),
    Known("g10_19", r"None 0\.0 None True", r"\[\] 0\.0 None True", unchosen_only=True),
    Known(
        "g10_19",
        r"unset coupon 0 legs None (\[.*\])",
        r"unset coupon 0 legs \[\] (\[.*\])",
        unchosen_only=True,
    ),
]


def explained(program: Program, way: str, official: str, ours: str) -> str:
    """Our output with the official one in place of the lines that are known to differ."""
    known = [
        each
        for each in KNOWN
        if each.program == program.name and not (each.unchosen_only and "generation" in way)
    ]
    lines, wanted = ours.splitlines(keepends=True), official.splitlines(keepends=True)
    for n, (line, other) in enumerate(zip(lines, wanted, strict=False)):
        if any(
            re.fullmatch(each.ours, line.rstrip("\n"))
            and re.fullmatch(each.official, other.rstrip("\n"))
            for each in known
        ):
            lines[n] = other
    return "".join(lines)


def output(program: Program, python: str, arguments: list[str]) -> str:
    """What a program prints, and how it ended if it ended badly."""
    sys.path[:0] = [] if str(ROOT) in sys.path else [str(ROOT)]
    from ibapi_port.simulator import SimulatedTws
    from ibapi_port.simulator.net.clock import WallClock

    class Stopped(WallClock):
        """Timers run, the date and time stand."""

        def now(self) -> float:
            return NOW

    with SimulatedTws(
        profile="simple",  # in which the same comes in the same order each time
        server_version=program.server_version,
        seed=1,
        tick_interval=NEVER,
        bar_interval=NEVER,
        clock=Stopped(),
    ) as tws:
        try:
            done = subprocess.run(
                [python, *arguments, str(tws.port)],
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT) if python == sys.executable else "",
                    "TZ": "America/New_York",
                },
                cwd=ROOT,  # which comes first in the path of -m and -c
                capture_output=True,
                text=True,
                timeout=TIME_LIMIT,
            )
        except subprocess.TimeoutExpired as e:
            return f"{(e.stdout or b'').decode()}\nnot finished after {TIME_LIMIT} s\n"
    # official clients show a TagValue in a list by its address, which is another each time
    printed = re.sub(r"\b\d{12,16}: (\w+)=(\w+);", r"TagValue(tag='\1', value='\2')", done.stdout)
    return printed + (f"\nexit status {done.returncode}\n{done.stderr}" if done.returncode else "")

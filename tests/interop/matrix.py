"""The matrix of clients and capabilities: its columns, how one is filled by a driver, and the table
in Markdown.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from capabilities import GROUPS, KEYS  # noqa: E402 - beside this script

from ibapi_port.simulator import SimulatedTws  # noqa: E402 - the package of this checkout

ABSENT = "-"
TIMEOUT = 600  # seconds for a column
# Virtual time: the table is the same on any day. What the drivers' checks find at each kind of TWS
# is in their `at`.
QUICK: dict[str, Any] = {
    "speed": 20.0,
    "max_clients": 100,
}  # official clients linger for a second after disconnect()
KINDS: dict[str, dict[str, Any]] = {
    "usual": QUICK,
    "delayed": {**QUICK, "not_subscribed": "ALL"},
    "closed": {**QUICK, "market_hours": "exchange", "start": "20260411 12:00:00 US/Eastern"},
    "advisor": {**QUICK, "account": "DF100,DU101,DU102"},
}


class Column(NamedTuple):
    """A client at the newest server version that it speaks, which is also the last of those that it
    connects at.
    """

    environment: str
    driver: str
    versions: Sequence[int]


COLUMNS = {
    "official 9.81": Column("official-9.81", "official", (100, 151, 157)),
    "official 10.19": Column("official-10.19", "official", (100, 151, 163, 176)),
    "official 10.30": Column("official-10.30", "official", (100, 151, 163, 176, 187)),
    "official 10.37": Column("official-10.37", "official", (100, 151, 176, 187, 200, 201, 203)),
    "official 10.46 text": Column("official-10.46", "official", (100, 151, 176, 187, 200)),
    "official 10.46 protobuf": Column("official-10.46", "official", range(201, 226)),
    "official 10.51 text": Column("official-10.51", "official", (100, 151, 176, 187, 200)),
    "official 10.51 protobuf": Column("official-10.51", "official", range(201, 227)),
    "ib_async 2.1.0": Column("ib_async", "ib_async_driver", (157, 163, 170, 178)),
    "ib_insync 0.9.86": Column("ib_insync", "ib_async_driver", (157, 163, 170, 176)),
    "@stoqey/ib 1.6.10": Column("stoqey", "stoqey_driver", (100, 151, 176, 187, 193)),
    "ibapi_port text": Column("ibapi_port", "official", (100, 125, 151, 163, 176, 187, 200)),
    "ibapi_port protobuf": Column("ibapi_port", "official", range(201, 227)),
}
Cells = dict[str, str]  # by the key of a capability, and "connect 187"


@contextmanager
def simulated(server_version: int, **options: Any) -> Iterator[list[int]]:
    """Port and control port."""
    with SimulatedTws(server_version=server_version, control_port=0, **options) as tws:
        assert tws.control_port is not None
        yield [tws.port, tws.control_port]


def fill(column: Column, program: Sequence[str], only: Sequence[str] = ()) -> Cells:
    """What a driver says of each capability."""
    with ExitStack() as stack:
        told = {
            "tws": {kind: stack.enter_context(simulated(column.versions[-1], **options)) for kind, options in KINDS.items()},
            "versions": {
                version: stack.enter_context(simulated(version))
                for version in column.versions
                if not only or "connect" in only
            },
            "only": list(only),
            "stands_in": column.environment == "ibapi_port",
        }  # fmt: skip
        try:
            done = subprocess.run(
                [*program, json.dumps(told)], capture_output=True, text=True, timeout=TIMEOUT
            )
            said, crash = done.stdout, done.stderr[-500:] if done.returncode else ""
        except subprocess.TimeoutExpired as e:
            said, crash = (e.stdout or b"").decode(), f"the driver did not end within {TIMEOUT} s"
    cells = dict(json.loads(line) for line in said.splitlines() if line.startswith("["))
    wanted = [*(only or KEYS), *(f"connect {version}" for version in told["versions"])]
    return {key: cells.get(key, f"no result {crash}".strip()) for key in wanted if key != "connect"}


def complaints(cells: Cells) -> Cells:
    return {key: cell for key, cell in cells.items() if cell not in ("ok", ABSENT)}


def ranges(versions: Sequence[int]) -> str:
    """100, 151, 201-226"""
    runs: list[list[int]] = []
    for version in versions:
        if runs and version == runs[-1][-1] + 1:
            runs[-1].append(version)
        else:
            runs.append([version])
    return ", ".join(
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs
    )


def markdown(table: dict[str, Cells]) -> str:
    """The matrix, and below it what the cells with a number mean."""
    reasons: dict[str, int] = {}

    def text(cell: str) -> str:
        return (
            cell
            if cell in ("ok", ABSENT, "")
            else f"({reasons.setdefault(cell, len(reasons) + 1)})"
        )

    def connected(cells: Cells) -> str:
        versions = {
            int(key.split()[1]): cell for key, cell in cells.items() if key.startswith("connect ")
        }
        well = ranges([version for version, cell in versions.items() if cell == "ok"])
        return ", ".join(
            [
                well,
                *(f"{version} {text(cell)}" for version, cell in versions.items() if cell != "ok"),
            ]
        )

    rows = [["", *table], ["---"] * (len(table) + 1)]
    rows.append(["connects at server versions", *map(connected, table.values())])
    for group, capabilities in GROUPS.items():
        rows.append([f"**{group}**", *[""] * len(table)])
        rows += [
            [title, *(text(cells.get(key, "")) for cells in table.values())]
            for key, title in capabilities.items()
        ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(
        [
            *lines,
            "",
            *(f"({number}) {' '.join(reason.split())}  " for reason, number in reasons.items()),
        ]
    ).rstrip()

"""Judge the numbers that goals.py has measured, and write them into docs/evidence/limits.md from
docs/evidence/goals.json. usage: goals_page.py
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
EVIDENCE = HERE.parents[1] / "docs" / "evidence"
NUMBERS = EVIDENCE / "goals.json"
if __name__ == "__main__":
    sys.path[:0] = [str(HERE.parent)]

from benchmarks.names import ASYNC, BARE, BEFORE, FLOOR, OFFICIAL_10_46, OURS, PEERS  # noqa: E402
from evidence import load_numbers, put_section  # noqa: E402 - of tests

HEADING = "## Goals"
NOT_MEASURED = "`python tests/benchmarks/goals.py --page` measures them and writes this section."

Run = dict[str, dict[str, list[float]]]  # numbers by kind and client


class Goal(NamedTuple):
    """`value`: what one run has measured, None where it has not. It holds if the runs' median is at
    most, or at least, the limit; with `in_each` if each run's value is.
    """

    text: str
    value: Callable[[Run], float | None]
    limit: float
    at_least: bool = True
    in_each: bool = False

    def values(self, runs: Sequence[Run]) -> list[float]:
        return [value for run in runs if (value := self.value(run)) is not None]

    def holds(self, values: Sequence[float]) -> bool:
        judged = values if self.in_each else [statistics.median(values)]
        return all(self._is_met(value) for value in judged)

    def _is_met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def wanted(self) -> str:
        each = ", in each run" if self.in_each else ""
        return f"{'at least' if self.at_least else 'at most'} {self.limit:g}{each}"


def number(kind: str, client: str, index: int = 0) -> Callable[[Run], float | None]:
    def value(run: Run) -> float | None:
        numbers = run.get(kind, {}).get(client)
        return numbers[index] if numbers else None

    return value


def ratio(kind: str, over: str, under: str, index: int = 0) -> Callable[[Run], float | None]:
    above, below = number(kind, over, index), number(kind, under, index)

    def value(run: Run) -> float | None:
        upper, lower = above(run), below(run)
        return upper / lower if upper is not None and lower else None

    return value


def _steady(rate: int) -> list[Goal]:
    kind, text = f"steady{rate}", f"processor a message at {rate:,} a second"
    return [
        Goal(f"{text}: ibapi_port / bare loop", ratio(kind, OURS, BARE), 1.6, at_least=False),
        Goal(f"{text}: official 10.46 / ibapi_port", ratio(kind, OFFICIAL_10_46, OURS), 2.2),
        Goal(f"{text}: ib_async / ibapi_port", ratio(kind, ASYNC, OURS), 1.6),
    ]


def _latency(rate: int) -> list[Goal]:
    kind, text = f"latency{rate}", f"wire to callback at {rate:,} a second"
    return [
        Goal(
            f"{text}, {percentile}: {PEERS[peer]} / ibapi_port",
            ratio(kind, peer, OURS, index),
            1.0,
            in_each=True,
        )
        for peer in (OFFICIAL_10_46, ASYNC)
        for index, percentile in enumerate(("p50", "p99"))
    ]


def _above(kind: str, text: str, limit: float) -> Goal:
    return Goal(f"{text} above its bare sendall, us", number(kind, OURS), limit, at_least=False)


GOALS = (
    *_steady(500),
    *_steady(5_000),
    *_latency(2_000),
    *_latency(20_000),
    Goal("burst, frames a second: ibapi_port / loop by hand", ratio("burst", OURS, FLOOR), 0.85),
    _above("order-above", "placeOrder", 5.0),
    _above("order225-above", "placeOrder, Protocol Buffers,", 5.0),
    _above("mktdata-above", "reqMktData", 2.5),
    _above("mktdata225-above", "reqMktData, Protocol Buffers,", 2.5),
    *(
        Goal(
            f"{name}, ms: official 10.46 / ibapi_port",
            ratio("start", OFFICIAL_10_46, OURS, index),
            1.4,
        )
        for index, name in enumerate(("import", "connect", "import and connect"))
    ),
    *(
        Goal(f"simulated TWS, {name}: now / before", ratio(kind, OURS, BEFORE), 2.0)
        for kind, name in (
            ("ticks", "ticks a second to 20 clients"),
            ("orders", "orders a second"),
            ("virtual", "virtual seconds a second"),
        )
    ),
    Goal(
        "simulated TWS, memory with 200 instruments watched: now / before",
        ratio("memory", OURS, BEFORE),
        1.05,
        at_least=False,
    ),
)
# what the numbers of a kind are, in the order in which they are kept
FIGURES = (
    ("steady500", "processor a message at 500 a second, us", 1),
    ("steady5000", "processor a message at 5,000 a second, us", 1),
    ("latency2000", "wire to callback at 2,000 a second, p50 / p99, us", 0),
    ("latency20000", "wire to callback at 20,000 a second, p50 / p99, us", 0),
    ("burst", "burst, frames a second", 0),
    ("order-above", "placeOrder above its bare sendall / call / sendall, us", 1),
    ("order225-above", "the same, Protocol Buffers", 1),
    ("mktdata-above", "reqMktData above its bare sendall / call / sendall, us", 1),
    ("mktdata225-above", "the same, Protocol Buffers", 1),
    ("start", "import / connect / together, ms", 1),
    ("ticks", "simulated TWS, ticks to 20 clients in a second of the processor", 0),
    ("orders", "simulated TWS, orders filled in a second of the processor", 0),
    ("virtual", "simulated TWS, virtual seconds in a second of the processor", 0),
    ("memory", "simulated TWS, 200 instruments watched for ten minutes, MB", 1),
)


def judged(runs: Sequence[Run]) -> list[tuple[Goal, list[float], bool]]:
    """Return the goals that were measured, with the value of each run, and whether they hold."""
    rows = [(goal, goal.values(runs)) for goal in GOALS]
    return [(goal, values, goal.holds(values)) for goal, values in rows if values]


def goals_table(runs: Sequence[Run]) -> str:
    """Return a table in Markdown: a row for each goal that was measured."""
    names = [f"run {n + 1}" for n in range(len(runs))]
    lines = [f"| goal | wanted | {' | '.join(names)} | median | holds |"]
    lines.append("|---" * (len(names) + 4) + "|")
    for goal, values, holds in judged(runs):
        shown = [f"{value:.2f}" for value in values] + [""] * (len(runs) - len(values))
        cells = [*shown, f"{statistics.median(values):.2f}", "yes" if holds else "**no**"]
        lines.append(f"| {goal.text} | {goal.wanted()} | {' | '.join(cells)} |")
    return "\n".join(lines)


def figures_table(runs: Sequence[Run]) -> str:
    """Return a table in Markdown of what was measured: the medians of the runs."""
    clients = [
        name
        for name in PEERS
        if any(name in by_client for run in runs for by_client in run.values())
    ]
    lines = [f"| medians | {' | '.join(PEERS[name] for name in clients)} |"]
    lines.append("|---" * (len(clients) + 1) + "|")
    for kind, text, digits in FIGURES:
        rows = [run[kind] for run in runs if kind in run]
        if not rows:
            continue
        cells = []
        for name in clients:
            columns = zip(*(row[name] for row in rows if name in row), strict=True)
            medians = [statistics.median(column) for column in columns]
            cells.append(" / ".join(f"{median:,.{digits}f}" for median in medians))
        lines.append(f"| {text} | {' | '.join(cells)} |")
    return "\n".join(lines)


def section(numbers: dict[str, Any]) -> str:
    """Return the section of the page; where nothing was measured it says how that is done."""
    if not numbers:
        return NOT_MEASURED
    said = f"Measured {numbers['measured']}, {numbers['machine']}, by `{numbers['by']}`."
    if numbers.get("load") is not None:
        said += f" The load average of the machine was {numbers['load']} at the beginning."
    said += "\nA goal holds if the median of the runs does; latency has to be better in each run."
    runs = numbers["runs"]
    return f"{said}\n\n{goals_table(runs)}\n\nWhat was measured:\n\n{figures_table(runs)}"


def write(folder: Path = EVIDENCE, numbers: Path = NUMBERS) -> None:
    """Put the section into the page."""
    put_section(folder / "limits.md", HEADING, section(load_numbers(numbers)))


if __name__ == "__main__":
    write()

"""Write docs/evidence/speed.md's table, and its chart, from docs/evidence/speed.json; run.py --page
does it after measuring. usage: page.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
EVIDENCE = HERE.parents[1] / "docs" / "evidence"
NUMBERS = EVIDENCE / "speed.json"
if __name__ == "__main__":
    sys.path[:0] = [str(HERE.parent)]

from benchmarks.names import PEERS  # noqa: E402
from evidence import load_numbers, put_line, put_table  # noqa: E402 - of tests

Shown = Callable[[Sequence[float]], str]


class Row(NamedTuple):
    """A row of the table: its kind in speed.json, and what one peer's numbers look like."""

    kind: str
    text: str
    shown: Shown


def _rate(frames: int) -> Shown:
    return lambda numbers: f"{round(frames / numbers[0], -3):,.0f}"


def _span(unit: float, digits: int = 1) -> Shown:
    return lambda numbers: " / ".join(f"{number * unit:.{digits}f}" for number in numbers[:2])


def _call(numbers: Sequence[float]) -> str:
    return f"{numbers[0] * 1e6:.1f}"


def _megabytes(size: int) -> Shown:
    return lambda numbers: f"{numbers[0] / size * 1e3:.1f}"


ROWS = (
    Row("inbound", "burst of 200,000 market-data frames, frames a second", _rate(200_000)),
    Row("burst100k", "burst of 100,000", _rate(100_000)),
    Row("burst1M", "burst of 1,000,000", _rate(1_000_000)),
    Row("inbound225", "burst of 200,000, Protocol Buffers", _rate(200_000)),
    Row("mixed", "mixed burst (positions, depth, bars, orders, ...)", _rate(100_000)),
    Row("mixed225", "mixed burst, Protocol Buffers", _rate(100_000)),
    Row("xml1MB", "one message of 1 MB, ms", _megabytes(1)),
    Row("xml8MB", "one message of 8 MB, ms a megabyte", _megabytes(8)),
    Row("order", "placeOrder, from call to sent, us", _call),
    Row("order225", "placeOrder, Protocol Buffers, us", _call),
    Row("mktdata", "reqMktData, from call to sent, us", _call),
    Row("mktdata225", "reqMktData, Protocol Buffers, us", _call),
    Row("roundtrip", "reqCurrentTime and its answer, p50 / p99, us", _span(1e6, 0)),
    Row("latency", "frame to callback at 20,000 frames a second, p50 / p99, us", _span(1e6, 0)),
    Row("start", "import and connect, ms", lambda numbers: f"{sum(numbers) * 1e3:.1f}"),
)
CHART = Row("inbound", "Burst of market data, frames a second", _rate(200_000))


def table(numbers: dict[str, Any]) -> str:
    """Return the table in Markdown: a row for each kind that was measured."""
    kinds = [row for row in ROWS if row.kind in numbers]
    peers = [peer for peer in PEERS if any(peer in numbers[row.kind]["numbers"] for row in kinds)]
    lines = [f"| what | {' | '.join(PEERS[peer] for peer in peers)} |"]
    lines.append("|---" * (len(peers) + 1) + "|")
    for row in kinds:
        best = numbers[row.kind]["numbers"]
        cells = [row.shown(best[peer]) if peer in best else "" for peer in peers]
        lines.append(f"| {row.text} | {' | '.join(cells)} |")
    return "\n".join(lines)


def measured(numbers: dict[str, Any]) -> str:
    """Return a line that says when and on what the rows were measured."""
    runs = dict.fromkeys(
        f"{one['measured']}, {one['machine']}, {one['of']}"
        for one in (numbers[row.kind] for row in ROWS if row.kind in numbers)
    )
    loads = [one["load"] for one in numbers.values() if one.get("load") is not None]
    load = f" The load average of the machine was {min(loads)} to {max(loads)}." if loads else ""
    return f"Measured {'; '.join(runs)}.{load}"


_STYLE = """<style>
  .ours { fill: #3b6ea8; }
  .other { fill: #9aa5b1; }
  text { fill: #1f2933; }
  @media (prefers-color-scheme: dark) {
    .ours { fill: #6fa3dc; }
    .other { fill: #5b6b7c; }
    text { fill: #e4e7eb; }
  }
</style>"""
_LABEL, _BAR, _STEP = 120, 420, 30  # widths, and the height of a row


def chart(numbers: dict[str, Any], row: Row = CHART, frames: int = 200_000) -> str:
    """Return a bar chart of one row as SVG, for light and dark pages."""
    best = numbers[row.kind]["numbers"]
    rates = {peer: frames / best[peer][0] for peer in PEERS if peer in best}
    most = max(rates.values())
    width, height = _LABEL + _BAR + 90, _STEP * len(rates) + 40
    said = "; ".join(f"{PEERS[peer]} {row.shown(best[peer])}" for peer in rates)
    lines = [
        f'<svg role="img" viewBox="0 0 {width} {height}" width="{width}" '
        'xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif" font-size="14">',
        f"<title>{row.text}: {said}</title>",
        _STYLE,
        f'<text x="0" y="18">{row.text}</text>',
    ]
    for n, (peer, rate) in enumerate(rates.items()):
        y = 34 + n * _STEP
        bar = max(1, round(rate / most * _BAR))
        kind = "ours" if peer == "ibapi_port" else "other"
        lines += [
            f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end">{PEERS[peer]}</text>',
            f'<rect class="{kind}" x="{_LABEL}" y="{y}" width="{bar}" height="20" rx="3"/>',
            f'<text x="{_LABEL + bar + 6}" y="{y + 15}">{row.shown(best[peer])}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def write(folder: Path = EVIDENCE, numbers: Path = NUMBERS) -> None:
    """Put table, chart and the line of the measurement into the page."""
    found = load_numbers(numbers)
    put_table(folder / "speed.md", table(found))
    put_line(folder / "speed.md", "Measured ", measured(found))
    if CHART.kind in found:
        (folder / "speed.svg").write_text(chart(found), encoding="utf-8")


if __name__ == "__main__":
    write()

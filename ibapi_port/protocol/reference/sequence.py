"""Sequence diagrams: who says what when, as SVG for a page and as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

TO_TWS = "to TWS"
FROM_TWS = "from TWS"
NOTE = "note"


class Step(NamedTuple):
    """A message, or a remark between two of them. `many`: it may come any number of times."""

    kind: str
    name: str
    note: str = ""
    many: bool = False

    @property
    def label(self) -> str:
        """Return the words at the arrow."""
        return f"{self.name} ×n" if self.many else self.name


_WIDTH = 460  # narrow, so that a phone shows all of it in letters that can be read
_CLIENT = 66
_TWS = _WIDTH - 66
_MIDDLE = _WIDTH // 2
_ROW = 44
_TOP = 56


def svg(title: str, steps: Sequence[Step]) -> str:
    """Return a diagram that takes its colours from the page around it."""
    height = _TOP + _ROW * len(steps) + 16
    lines = [
        f'<svg class="sequence" role="img" viewBox="0 0 {_WIDTH} {height}" '
        f'style="max-width:{_WIDTH}px;width:100%;height:auto" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}</title>",
        '<g fill="none" stroke="currentColor" stroke-width="1.2">',
    ]
    for x in (_CLIENT, _TWS):
        lines.append(f'<rect x="{x - 60}" y="8" width="120" height="28" rx="4"/>')
        lines.append(
            f'<path d="M{x} 36V{height - 8}" stroke-dasharray="3 4" stroke-opacity="0.5"/>'
        )
    lines.append("</g>")
    lines.append(
        '<g fill="currentColor" font-family="inherit" font-size="14" text-anchor="middle">'
    )
    lines += [f'<text x="{_CLIENT}" y="27">client</text>', f'<text x="{_TWS}" y="27">TWS</text>']
    for n, step in enumerate(steps):
        lines += _svg_step(step, _TOP + n * _ROW)
    return "\n".join([*lines, "</g>", "</svg>"])


def _svg_step(step: Step, y: int) -> Iterator[str]:
    if step.kind == NOTE:
        yield f'<text x="{_MIDDLE}" y="{y + 22}" font-style="italic">{escape(step.name)}</text>'
        return
    start, end, tip = (_CLIENT, _TWS, -8) if step.kind == TO_TWS else (_TWS, _CLIENT, 8)
    line = y + 22
    dashes = ' stroke-dasharray="7 4"' if step.many else ""
    yield (
        f'<path d="M{start} {line}H{end}" fill="none" stroke="currentColor" '
        f'stroke-width="1.5"{dashes}/>'
    )
    yield f'<path d="M{end} {line}l{tip} -4v8z"/>'
    yield f'<text x="{_MIDDLE}" y="{line - 6}" font-weight="600">{escape(step.label)}</text>'
    if step.note:
        yield (
            f'<text x="{_MIDDLE}" y="{line + 15}" font-size="12" opacity="0.75">'
            f"{escape(step.note)}</text>"
        )


_TEXT_WIDTH = 56


def text(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the lines of a diagram for a terminal."""
    yield f"client{'TWS':>{_TEXT_WIDTH - 5}}"
    for step in steps:
        label = f" {step.label} "
        if step.kind == NOTE:
            yield f"  |{step.name:^{_TEXT_WIDTH - 4}}|"
        elif step.kind == TO_TWS:
            yield f"  |-{label:-<{_TEXT_WIDTH - 6}}>|"
        else:
            yield f"  |<{label:->{_TEXT_WIDTH - 6}}-|"
        if step.note and step.kind != NOTE:
            yield f"  |{step.note:^{_TEXT_WIDTH - 4}}|"

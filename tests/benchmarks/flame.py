"""A flame graph as a plain SVG, from the stacks that py-spy writes:

    py-spy record -f raw -o stacks.txt -- python ...
    flame.py stacks.txt --below "run (ibapi_port/client.py)" > graph.svg

`--below` leaves out what is not under a function, and the callers of that. Lines of one function
are added up. What is narrower than the text is drawn without one.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

WIDTH, ROW, LETTER, NARROWEST = 1000, 17, 6.3, 0.6
# by what a frame's file is: the client, the protocol and what it compiles, the simulator, the rest
COLOURS = (
    ("ibapi_port/_client", "#f2b46d"),
    ("<ibapi_port", "#e88f76"),
    ("ibapi_port/protocol", "#e88f76"),
    ("ibapi_port/simulator", "#8fbf9f"),
    ("ibapi_port", "#f6d58e"),
    ("", "#c9d3dd"),
)


@dataclass
class Frame:
    """A function, how often it was seen, and what it has called."""

    name: str
    samples: int = 0
    calls: dict[str, Frame] = field(default_factory=dict)

    def add(self, stack: list[str], samples: int) -> None:
        self.samples += samples
        if stack:
            name = stack[0]
            self.calls.setdefault(name, Frame(name)).add(stack[1:], samples)

    def depth(self) -> int:
        return 1 + max((call.depth() for call in self.calls.values()), default=0)


def read(lines: list[str], below: str) -> Frame:
    root = Frame(below or "all")
    for line in lines:
        stack, _, samples = line.rpartition(" ")
        names = [re.sub(r":\d+\)$", ")", name) for name in stack.split(";")]
        if below:
            if below not in names:
                continue
            names = names[names.index(below) + 1 :]
        root.add(names, int(samples))
    return root


def draw(frame: Frame, left: float, level: int, scale: float, height: int) -> list[str]:
    """Return the rectangles of a frame and of what it calls, the outermost at the bottom."""
    width = frame.samples * scale
    if width < NARROWEST:
        return []
    colour = next(colour for part, colour in COLOURS if part in frame.name)
    top = height - (level + 1) * ROW
    share = f"{frame.name}: {frame.samples * scale / WIDTH:.1%}"
    made = [
        f'<g><title>{escape(share)}</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}" '
        f'height="{ROW - 1}" fill="{colour}"/>'
    ]
    letters = int((width - 4) / LETTER)
    if letters > 3:
        name = re.sub(r" \(.*", "", frame.name) if len(frame.name) > letters else frame.name
        made.append(f'<text x="{left + 3:.1f}" y="{top + 12}">{escape(name[:letters])}</text>')
    made.append("</g>")
    for call in sorted(frame.calls.values(), key=lambda call: call.name):
        made += draw(call, left, level + 1, scale, height)
        left += call.samples * scale
    return made


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stacks", type=Path)
    parser.add_argument("--below", default="")
    options = parser.parse_args()
    root = read(options.stacks.read_text(encoding="utf-8").splitlines(), options.below)
    if not root.samples:
        sys.exit(f"nothing was seen below {options.below!r}")
    height = root.depth() * ROW
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="monospace" font-size="10.5">'
    )
    print(f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>')
    print("\n".join(draw(root, 0, 0, WIDTH / root.samples, height)))
    print("</svg>")
    return 0


if __name__ == "__main__":
    sys.exit(main())

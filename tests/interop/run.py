"""Takes foreign clients through all that the simulated TWS can do, and prints who is content with
what; see README.md here.

usage: run.py [--only CAPABILITY ...] [--markdown [FILE]] [CLIENT ...]
Exit status 0: no cell holds a complaint. `--markdown` prints the table of docs/evidence/interop.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from capabilities import KEYS
from environments import command, environments
from matrix import COLUMNS, HERE, Cells, Column, complaints, fill, markdown

sys.path.append(str(HERE.parent))
from evidence import put_measurement


def program_of(column: Column, root: Path) -> list[str]:
    """What starts the column's driver. OSError, CalledProcessError: its environment cannot be made."""
    return [*command(column.environment, root), str(HERE / "drivers" / column.driver)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=", ".join(COLUMNS))
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="CAPABILITY",
        help="connect, " + ", ".join(KEYS),
    )
    parser.add_argument(
        "--markdown",
        nargs="?",
        const="-",
        metavar="FILE",
        help="print the table, or put it into a page (docs/evidence/interop.md)",
    )
    options = parser.parse_args()
    if unknown := {*options.clients} - COLUMNS.keys() | {*options.only} - {"connect", *KEYS}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    table: dict[str, Cells] = {}
    with environments() as root:
        for name in options.clients or COLUMNS:
            column, began = COLUMNS[name], time.monotonic()
            try:
                program = program_of(column, root)
            except (OSError, subprocess.CalledProcessError) as e:
                table[name] = dict.fromkeys(KEYS, f"no environment for {name}: {e}")
                print(f"{name}: {e}", file=sys.stderr)
                continue
            cells = table[name] = fill(column, program, options.only)
            wrong = complaints(cells)
            content = sum(cell == "ok" for cell in cells.values())
            print(f"{name}: {content} ok, {len(cells) - content - len(wrong)} not in its API, {len(wrong)} wrong, "
                  f"{time.monotonic() - began:.0f} s", *(f"    {key}: {cell}" for key, cell in wrong.items()),
                  sep="\n", file=sys.stderr, flush=True)  # fmt: skip
    if options.markdown == "-":
        print(markdown(table))
    elif options.markdown:
        put_measurement(Path(options.markdown), markdown(table), "tests/interop/run.py")
    return 1 if any(complaints(cells) for cells in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

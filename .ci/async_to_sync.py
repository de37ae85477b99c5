"""Make ibapi_port/ib/sync_ib.py (IB) from async_ib.py (AsyncIB): the two are equal but for waiting.

    python .ci/async_to_sync.py [--check]

Run `ruff format` after it. --check changes nothing; the exit status is 1 if the file says anything
else than what would be made.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "ibapi_port" / "ib" / "async_ib.py"
TARGET = ROOT / "ibapi_port" / "ib" / "sync_ib.py"
HEAD = '''"""IB: requests that return their answers, blocking.

This file is made from async_ib.py by .ci/async_to_sync.py: change that one, then run it.
"""
'''
CHANGES = (
    (r"\basync (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"\basync_base\b", "sync_base"),
    (r"\bAsyncTrade\b", "SyncTrade"),
    (r"\bAsync(IB|Base|Subscription)\b", r"\1"),
    (r"\bBase\b", "SyncBase"),
    (r"__aenter__", "__enter__"),
    (r"__aexit__", "__exit__"),
)


def converted(source: str) -> str:
    """Return the text of the blocking module."""
    text = re.sub(r'\A""".*?"""\n', lambda _: HEAD, source, count=1, flags=re.DOTALL)
    body = text[len(HEAD) :]
    for pattern, replacement in CHANGES:
        body = re.sub(pattern, replacement, body)
    return HEAD + _imports_in_order(body)


def _imports_in_order(text: str) -> str:
    """Put the relative imports in the order that ruff asks for, as names have changed."""
    lines = text.split("\n")
    for n, line in enumerate(lines):
        if line.startswith("from .streams import "):
            names = line.removeprefix("from .streams import ").split(", ")
            capitals = sorted(each for each in names if each.isupper())
            lines[n] = "from .streams import " + ", ".join(
                [*capitals, *sorted(each for each in names if not each.isupper())]
            )
    move = next(n for n, line in enumerate(lines) if line.startswith("from .sync_base"))
    moved = lines.pop(move)
    after = next(n for n, line in enumerate(lines) if line.startswith("from .streams"))
    lines.insert(after + 1, moved)
    return "\n".join(lines)


def main() -> int:
    text = converted(SOURCE.read_text())
    if "--check" in sys.argv[1:]:
        # the lines may be cut in another way: a shorter name lets the formatter join them
        same = ast.dump(ast.parse(TARGET.read_text())) == ast.dump(ast.parse(text))
        return int(not same)
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

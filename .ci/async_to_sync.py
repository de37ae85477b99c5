"""Make IB from AsyncIB: the two are equal but for waiting. That is ibapi_port/ib/sync_ib.py and the
files in _sync, from async_ib.py and those in _async.

    python .ci/async_to_sync.py [--check]

Run `ruff check --fix` and `ruff format` after it: names and with them the order of imports change.
--check changes nothing; the exit status is 1 if a file says anything else than what would be made.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent / "ibapi_port" / "ib"
NOTE = "This file is made from {name} by .ci/async_to_sync.py: change that one, then run it."
CHANGES = (
    (r"\basync (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"\basync_base\b", "sync_base"),
    (r"(?<=from )\._async\b", "._sync"),
    (r"\bAsyncTrade\b", "SyncTrade"),
    (r"\bAsync(IB|Base|Subscription)\b", r"\1"),
    (r"\bBase\b", "SyncBase"),
    (r"__aenter__", "__enter__"),
    (r"__aexit__", "__exit__"),
)
HEADS = {
    "async_ib.py": "IB: requests that return their answers, blocking.",
    "__init__.py": "The requests of IB, by area.",
}


def pairs() -> Iterator[tuple[Path, Path]]:
    """Yield each file with the one that is made from it."""
    yield ROOT / "async_ib.py", ROOT / "sync_ib.py"
    for source in sorted((ROOT / "_async").glob("*.py")):
        yield source, ROOT / "_sync" / source.name


def converted(source: Path) -> str:
    """Return the text of the blocking module."""
    text = source.read_text()
    doc = HEADS.get(source.name) or ast.get_docstring(ast.parse(text)) or ""
    body = re.sub(r'\A""".*?"""\n', "", text, count=1, flags=re.DOTALL)
    for pattern, replacement in CHANGES:
        doc = re.sub(pattern, replacement, doc)
        body = re.sub(pattern, replacement, body)
    note = NOTE.format(name=source.relative_to(ROOT))
    return f'"""{doc}\n\n{note}\n"""\n{body}'


def meaning(text: str) -> str:
    """Return what a module says, without how its lines are cut and in which order it imports."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            node.names.sort(key=lambda each: each.name)
    imports = (ast.Import, ast.ImportFrom)
    first = sorted((ast.dump(n) for n in tree.body if isinstance(n, imports)), key=str)
    return "\n".join((*first, *(ast.dump(n) for n in tree.body if not isinstance(n, imports))))


def main() -> int:
    if "--check" not in sys.argv[1:]:
        for source, target in pairs():
            target.parent.mkdir(exist_ok=True)
            target.write_text(converted(source))
        return 0
    made = dict(pairs())
    strange = set((ROOT / "_sync").glob("*.py")) - set(made.values())
    different = [t for s, t in made.items() if meaning(t.read_text()) != meaning(converted(s))]
    for path in (*different, *strange):
        print(f"{path}: it is not what .ci/async_to_sync.py makes", file=sys.stderr)
    return int(bool(different or strange))


if __name__ == "__main__":
    sys.exit(main())

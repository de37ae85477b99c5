"""A check of each row of a table as one test: thousands of tests that take microseconds each would
take longer to be collected and told than to run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def for_each(
    rows: Iterable[T], name: Callable[[T], object] = str
) -> Callable[[Callable[[T], None]], Callable[[], None]]:
    """Make one test of a check: it looks at all rows, and tells all that fail by their names."""
    table = list(rows)

    def made(check: Callable[[T], None]) -> Callable[[], None]:
        def test() -> None:
            assert table, "the table is empty"
            wrong = []
            for row in table:
                try:
                    check(row)
                except Exception as e:
                    wrong.append(f"{name(row)}: {type(e).__name__}: {e}")
            assert not wrong, f"{len(wrong)} of {len(table)}:\n" + "\n".join(wrong)

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        test.__module__, test.__qualname__ = check.__module__, check.__qualname__
        return test

    return made

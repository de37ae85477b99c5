"""What is read off a plain function is what `inspect` says of it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from ibapi_port._client.parameters import Parameters, parameters_of


class Some:
    def plain(self, a, b, c): ...
    def defaults(self, a, b=1, *, c, d=2): ...
    def positional(self, a, /, b, *args): ...
    def all_starred(*args, **values): ...
    def no_more(self): ...

    @staticmethod
    def static(a, b=0, **values): ...

    @classmethod
    def of_class(cls, a): ...

    @functools.wraps(plain)
    def wrapped(self, *args): ...


FUNCTIONS = [getattr(Some(), name) for name in vars(Some) if not name.startswith("_")] + [
    Some.plain,
    lambda a, *b: None,
]
CALLS: list[tuple[int, tuple[str, ...]]] = [(count, ()) for count in range(6)]
CALLS += [(0, names) for names in ((), ("a",), ("a", "b"), ("a", "b", "c"))]


def takes(function: Callable[..., Any], count: int, names: tuple[str, ...]) -> bool:
    try:
        inspect.signature(function).bind(*range(count), **dict.fromkeys(names))
    except TypeError:
        return False
    return True


@pytest.mark.parametrize(
    "function",
    [*FUNCTIONS, functools.partial(Some().plain, 1)],
    ids=lambda f: getattr(f, "__name__", "partial"),
)
def test_it_takes_what_inspect_says(function: Callable[..., Any]) -> None:
    parameters = parameters_of(function)
    for count, names in CALLS:
        found = parameters.take_names(names) if names else parameters.take_positions(count)
        assert found == takes(function, count, names), (count, names)


def test_what_nothing_is_known_of() -> None:
    with pytest.raises((TypeError, ValueError)):
        parameters_of(min)
    assert parameters_of(Some().plain) == Parameters(
        ("a", "b", "c"), 3, 0, ("a", "b", "c"), False, False
    )

"""Events of IB and AsyncIB: `ib.events.orderStatus += f`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")
Run = Callable[[Callable[..., object], tuple[object, ...]], None]


class Event(Generic[P]):
    """Functions that are called when something happens, in the order in which they were added.

    `event += function` adds one, `event -= function` removes it. What a function raises is logged
    and goes to `events.error`; the others are called all the same.
    """

    def __init__(self, name: str, run: Run) -> None:
        self.name = name
        self._run = run
        self._handlers: tuple[Callable[P, object], ...] = ()

    def __iadd__(self, handler: Callable[P, object]) -> Event[P]:
        if not callable(handler):
            raise TypeError(f"{self.name}: a function is expected, not {handler!r}")
        self._handlers = (*self._handlers, handler)
        return self

    def __isub__(self, handler: Callable[P, object]) -> Event[P]:
        self._handlers = tuple(each for each in self._handlers if each != handler)
        return self

    def __bool__(self) -> bool:
        return bool(self._handlers)

    def __call__(self, *arguments: P.args, **values: P.kwargs) -> None:
        """Call all handlers."""
        for handler in self._handlers:
            self._run(handler, arguments)


__all__ = ["Event"]

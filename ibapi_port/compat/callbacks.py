"""Callbacks written for older generations of `ibapi`, found by their signatures and called in their
own form.

When a connection is made, each callback that a program overrides is looked at once. One that takes
the newest arguments is called directly, at no cost; for one of an older form an adapter picks the
arguments that it knows. What fits no generation is warned of.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .._client.parameters import Parameters, parameters_of
from .._value_class import Comparable, value_class
from ..wrapper import OWN
from . import generations
from .forms import (
    CALLBACKS,
    OLDER,
    RENAMED,
    RENAMED_UNTIL,
    Form,
    distance,
    is_own,
    names_of,
    newest_form,
    use_forms,
)
from .generations import GENERATIONS, NEWEST, chosen, is_up_to
from .install import installed
from .values import Conversion, conversions

logger = logging.getLogger("ibapi_port.compat")


@value_class
class Fit(Comparable):
    """How a callback is to be called: its form, by keywords or by position; `sure` if no other form
    would do.
    """

    form: Form
    by_keyword: bool
    sure: bool


def fit(
    callback: str, function: Callable[..., object], generation: str | None = None
) -> Fit | None:
    """The form that fits a function, judged by its parameters' number and names; of several alike
    the generation's. None: none fits.
    """
    newest = newest_form(callback)
    forms = (newest, *OLDER.get(callback, ()))
    try:
        parameters = parameters_of(function, itself=is_own(function))
    except (TypeError, ValueError):  # nothing is known of it (a builtin, a mock)
        return Fit(newest, False, False)
    for by_keyword in (False, True):
        fitting = [form for form in forms if _binds(parameters, form, by_keyword)]
        if fitting:
            best = max(
                fitting,
                key=lambda form: (
                    _likeness(parameters, form),
                    -distance(form, generation),
                    -forms.index(form),
                ),
            )
            return Fit(best, by_keyword, len(fitting) == 1)
    return None


def _binds(parameters: Parameters, form: Form, by_keyword: bool) -> bool:
    return (
        parameters.take_names(form.names)
        if by_keyword
        else parameters.take_positions(len(form.names))
    )


def _takes_positions(function: Callable[..., object], count: int) -> bool:
    """Return whether a callback can be called with so many arguments; False where nothing is known
    of it (a builtin, a mock).
    """
    try:
        return parameters_of(function, itself=is_own(function)).take_positions(count)
    except (TypeError, ValueError):
        return False


_HINTS = ("time", "code", "json", "tick", "price")


def _likeness(parameters: Parameters, form: Form) -> int:
    """How many of a function's parameters look like the form's at their places: by name, or by the
    word that tells them apart.
    """
    return sum(
        _alike(ours.lower(), theirs.lower())
        for ours, theirs in zip(parameters.names, form.names, strict=False)
    )


def _alike(ours: str, theirs: str) -> bool:
    return ours == theirs or any(hint in ours and hint in theirs for hint in _HINTS)


class Callbacks:
    """A wrapper as the newest generation would have it. Attributes are the callbacks: adapted ones,
    else the wrapper's own.

    `generation`: the one that the program was written for, as chosen or as its callbacks tell.
    """

    def __init__(self, wrapper: object) -> None:
        self._wrapper = wrapper
        self._error: list[Any] = [None, None]
        self.adapted: dict[str, Callable[..., object]] = {}
        overridden = _overridden(wrapper)
        fits = {
            name: fit(name, function, chosen())
            for name, function in overridden.items()
            if name in CALLBACKS
        }
        self.generation = chosen() or _told_by(wrapper, overridden, fits)
        if installed():
            generations.found(self.generation)
        use_forms(self.generation, asked=_is_overridden(wrapper, "logAnswer"))
        for name, found in fits.items():
            self._adapt(name, overridden[name], found)
        for name, older in RENAMED.items():
            if name not in overridden or older in overridden:
                self.adapted[name] = functools.partial(self._call_renamed, name, older)
        for name, conversion in conversions(self.generation):
            self.adapted[name] = functools.partial(
                _converted, conversion, self.adapted.get(name) or self._late(name)
            )
        _warn_of_coroutines(overridden)

    @property
    def takes_one_text(self) -> bool:
        """Whether a `sendMsg` of the generation takes the whole text as one argument."""
        return is_up_to(self.generation, "10.30")

    def error(self, *arguments: object) -> None:
        """For errors of the client's own, which have no advancedOrderRejectJson, too."""
        self._call("error", self._error, *arguments)

    def __getattr__(self, name: str) -> Any:
        adapted: dict[str, Callable[..., object]] = self.__dict__["adapted"]
        if name in adapted:
            return adapted[name]
        # one that is no EWrapper
        if (name in CALLBACKS or name.endswith("ProtoBuf")) and not hasattr(self._wrapper, name):
            return functools.partial(_ignore, name)
        return getattr(self._wrapper, name)

    def target(self, callbacks: Iterable[str]) -> Any:
        """What to look these callbacks up on: the wrapper itself where it needs no help."""
        if any(name in self.adapted or not hasattr(self._wrapper, name) for name in callbacks):
            return self
        return self._wrapper

    def _wanted(self, name: str, older: str) -> str:
        """Which of the two names of a callback to call: the one of the more derived class, else the
        generation's.
        """
        rank, older_rank = _rank(self._wrapper, name), _rank(self._wrapper, older)
        if rank != older_rank:
            return name if rank < older_rank else older
        return older if is_up_to(self.generation, RENAMED_UNTIL) else name

    def _adapt(self, name: str, function: Callable[..., object], found: Fit | None) -> None:
        if found is not None and not found.sure:
            found = fit(name, function, self.generation)
        if found is None:
            _warn(name, function)
        elif found.by_keyword or found.form.picks != newest_form(name).picks:
            self.adapted[name] = functools.partial(self._call, name, [function, found])

    def _call(self, name: str, known: list[Any], *arguments: object) -> None:
        """`known`: the function that was looked at, and how it is to be called."""
        function = getattr(self._wrapper, name, _nothing)
        if function != known[0]:  # the program has put another one in its place
            known[:] = (
                function,
                fit(name, function, self.generation) or Fit(newest_form(name), False, False),
            )
        found: Fit = known[1]
        # only the last one, advancedOrderRejectJson, may be missing: the client's own errors have
        # none
        given = [arguments[n] if n < len(arguments) else "" for n in found.form.picks]
        if found.by_keyword:
            function(**dict(zip(found.form.names, given, strict=False)))
        elif found.form.picks[-1] >= len(arguments) and _takes_positions(function, len(given) - 1):
            function(*given[:-1])  # as the official client calls it
        else:
            function(*given)

    def _call_renamed(self, name: str, older: str, *arguments: object) -> None:
        """Whichever of the two names the program wants to hear by now."""
        getattr(self._wrapper, self._wanted(name, older), _nothing)(*arguments)

    def _late(self, name: str) -> Callable[..., object]:
        return lambda *arguments: getattr(self._wrapper, name, _nothing)(*arguments)


def _nothing(*arguments: object) -> None:
    """In place of a callback that the wrapper does not have."""


def _converted(conversion: Conversion, function: Callable[..., object], *arguments: object) -> None:
    function(*conversion(arguments))


def _ignore(name: str, *arguments: object) -> None:
    logger.debug("no callback %s for %r", name, arguments)


def _overridden(wrapper: object) -> dict[str, Callable[..., object]]:
    """The callbacks that a program has itself, by both names of those that have two."""
    return {
        name: getattr(wrapper, name)
        for name in (*CALLBACKS, *RENAMED.values())
        if _is_overridden(wrapper, name)
    }


def _is_overridden(wrapper: object, name: str) -> bool:
    if name in getattr(wrapper, "__dict__", ()):
        return True
    found = getattr(wrapper, name, None)
    return callable(found) and getattr(found, "__func__", found) is not OWN[name]


def _rank(wrapper: object, name: str) -> int:
    """How far from the object itself a name stands: 0 in the object, then the classes in the order
    in which they are looked up.
    """
    if name in getattr(wrapper, "__dict__", ()):
        return 0
    order = type(wrapper).__mro__
    return next(
        (place for place, cls in enumerate(order, 1) if name in cls.__dict__), len(order) + 1
    )


def _told_by(
    wrapper: object, overridden: Mapping[str, Callable[..., object]], fits: Mapping[str, Fit | None]
) -> str:
    """The generation that a program's callbacks tell: the oldest that one of them needs; one that
    knows Decimal sizes is no 9.81.

    A callback that takes the newest arguments needs none, whatever it calls them. One that takes
    any arguments tells nothing: it may be one of EWrapper's, wrapped with all the others.
    """
    found = [
        f.form.generation
        for name, f in fits.items()
        if f and (f.by_keyword or f.form.picks != newest_form(name).picks)
    ]
    if any(_rank(wrapper, older) < _rank(wrapper, name) for name, older in RENAMED.items()):
        found.append(RENAMED_UNTIL)
    oldest = min(found, key=GENERATIONS.index, default=NEWEST)
    return (
        max(oldest, "10.19", key=GENERATIONS.index)
        if any(map(_knows_decimal, overridden.values()))
        else oldest
    )


def found(wrapper: object) -> None:
    """A program has made a client: where this package stands in for `ibapi`, data classes are from
    now on as its callbacks tell.

    Before a connection, as programs make their contracts and orders before one, too. Only the
    wrapper's class is looked at: the wrapper itself may be half made.
    """
    if not installed():
        return
    kind = type(wrapper)
    asked = getattr(kind, "logAnswer", None) is not OWN["logAnswer"]
    if chosen() is not None:
        use_forms(generations.current(), asked=asked)
        return
    names = [
        name
        for name in (*CALLBACKS, *RENAMED.values())
        if getattr(kind, name, None) is not OWN[name]
    ]
    overridden = {
        name: getattr(wrapper, name) for name in names if callable(getattr(kind, name, None))
    }
    fits = {name: fit(name, function) for name, function in overridden.items() if name in CALLBACKS}
    generations.found(_told_by(wrapper, overridden, fits))
    use_forms(generations.current(), asked=asked)


def _knows_decimal(function: Callable[..., object]) -> bool:
    return not is_own(function) and any(
        "Decimal" in str(annotation)
        for annotation in getattr(function, "__annotations__", {}).values()
    )


_warned: set[str] = set()
_NEVER_RUN = 0x80 | 0x200  # CO_COROUTINE, CO_ASYNC_GENERATOR


def _warn_of_coroutines(overridden: Mapping[str, Callable[..., object]]) -> None:
    """Warn of callbacks that are `async def`: a call makes a coroutine, which nobody awaits."""
    names = []
    for name, function in overridden.items():
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        which = (
            f"async {getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"
        )
        if getattr(code, "co_flags", 0) & _NEVER_RUN and which not in _warned:
            _warned.add(which)
            names.append(name)
    if names:
        logger.warning(
            "async callbacks never run: %s. Callbacks are plain functions; from one, "
            "asyncio.run_coroutine_threadsafe starts a coroutine",
            ", ".join(names),
        )


def _warn(name: str, function: Callable[..., object]) -> None:
    """Warn of a callback that fits no generation; of each one once."""
    import inspect

    newest = ", ".join(("self", *names_of(name)))
    text = (
        f"{name}{inspect.signature(function)} fits no generation of this callback; "
        f"the newest one is {name}({newest})"
    )
    which = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}: {text}"
    if which not in _warned:
        _warned.add(which)
        logger.warning("%s", text)

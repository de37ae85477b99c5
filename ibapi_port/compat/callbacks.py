"""Callbacks written for older generations of `ibapi`, found by their signatures and called in their own form.

When a connection is made, each callback that a program overrides is looked at once. One that takes the newest arguments is called
directly, at no cost; for one of an older form an adapter picks the arguments that it knows. What fits no generation is warned of.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..structs import Comparable, struct
from ..wrapper import EWrapper
from . import generations
from .generations import GENERATIONS, NEWEST, chosen
from .install import installed
from .parameters import Parameters, parameters_of
from .values import Conversion, conversions

logger = logging.getLogger("ibapi_port.compat")


@struct
class Form(Comparable):
    """One way in which a callback's parameters were: the last generation that had it, their names, and which newest arguments."""

    generation: str
    names: tuple[str, ...]
    picks: tuple[int, ...]


def _form(generation: str, names: str, *picks: int) -> Form:
    words = tuple(names.split())
    return Form(generation, words, picks or tuple(range(len(words))))


OLDER: dict[str, tuple[Form, ...]] = {
    "error": (
        _form("10.30", "reqId errorCode errorString advancedOrderRejectJson", 0, 2, 3, 4),
        _form("9.81", "reqId errorCode errorString", 0, 2, 3),
        _form(NEWEST, "reqId errorTime errorCode errorString", 0, 1, 2, 3),
    ),
    "orderStatus": (
        _form("9.73", "orderId status filled remaining avgFillPrice permId parentId lastFillPrice clientId whyHeld", *range(10)),
    ),
    "orderBound": (_form("10.30", "reqId apiClientId apiOrderId"),),
    "tickOptionComputation": (
        _form("9.76", "reqId tickType impliedVol delta optPrice pvDividend gamma vega theta undPrice", 0, 1, *range(3, 11)),
    ),
    "updateMktDepthL2": (_form("9.73", "reqId position marketMaker operation side price size", *range(7)),),
    "realtimeBar": (_form("9.81", "reqId time open high low close volume wap count"),),
    "pnl": (_form("9.73", "reqId dailyPnL unrealizedPnL", 0, 1, 2), _form("9.73", "reqId dailyPnL", 0, 1)),
}
RENAMED = {"commissionAndFeesReport": "commissionReport"}  # the newest name: the one until 10.30


def names_of(callback: str) -> tuple[str, ...]:
    """The parameters of a callback in the newest generation."""
    code = getattr(EWrapper, callback).__code__
    names: tuple[str, ...] = code.co_varnames[1 : code.co_argcount]
    return names


CALLBACKS: tuple[str, ...] = tuple(
    sorted(n for n in dir(EWrapper) if not n.startswith("_") and n not in ("logAnswer", "commissionReport") and not n.endswith("ProtoBuf"))
)


@struct
class Fit(Comparable):
    """How a callback is to be called: its form, by keywords or by position; `sure` if no other form would do."""

    form: Form
    by_keyword: bool
    sure: bool


def newest_form(callback: str) -> Form:
    names = names_of(callback)
    return Form(NEWEST, names, tuple(range(len(names))))


def fit(callback: str, function: Callable[..., Any], generation: str | None = None) -> Fit | None:
    """The form that fits a function, judged by its parameters' number and names; of several alike the generation's. None: none fits."""
    newest = newest_form(callback)
    forms = (newest, *OLDER.get(callback, ()))
    try:
        parameters = parameters_of(function)
    except (TypeError, ValueError):  # nothing is known of it (a builtin, a mock)
        return Fit(newest, False, False)
    for by_keyword in (False, True):
        fitting = [form for form in forms if _binds(parameters, form, by_keyword)]
        if fitting:
            best = max(fitting, key=lambda form: (_likeness(parameters, form), -_distance(form, generation), -forms.index(form)))
            return Fit(best, by_keyword, len(fitting) == 1)
    return None


def _binds(parameters: Parameters, form: Form, by_keyword: bool) -> bool:
    return parameters.take_names(form.names) if by_keyword else parameters.take_positions(len(form.names))


def _distance(form: Form, generation: str | None) -> int:
    """How far a form, which was in use until its generation, is from being the one of a generation."""
    if generation is None:
        return 0
    later = GENERATIONS.index(form.generation) - GENERATIONS.index(generation)
    return later if later >= 0 else len(GENERATIONS)


_HINTS = ("time", "code", "json", "tick", "price")


def _likeness(parameters: Parameters, form: Form) -> int:
    """How many of a function's parameters look like the form's at their places: by name, or by the word that tells them apart."""
    return sum(_alike(ours.lower(), theirs.lower()) for ours, theirs in zip(parameters.names, form.names, strict=False))


def _alike(ours: str, theirs: str) -> bool:
    return ours == theirs or any(hint in ours and hint in theirs for hint in _HINTS)


class Callbacks:
    """A wrapper as the newest generation would have it. Attributes are the callbacks: adapted ones, else the wrapper's own.

    `generation`: the one that the program was written for, as chosen or as its callbacks tell.
    """

    def __init__(self, wrapper: Any) -> None:
        self._wrapper = wrapper
        self._error: list[Any] = [None, None]
        self.adapted: dict[str, Callable[..., Any]] = {}
        overridden = {name: getattr(wrapper, name) for name in (*CALLBACKS, *RENAMED.values()) if self._is_overridden(name)}
        fits = {name: fit(name, function, chosen()) for name, function in overridden.items() if name in CALLBACKS}
        self.generation = chosen() or _told_by(overridden, fits)
        if installed():
            generations.found(self.generation)
        for name, found in fits.items():
            self._adapt(name, overridden[name], found)
        for name, older in RENAMED.items():
            if name not in overridden:
                self.adapted[name] = functools.partial(self._call_renamed, name, older)
        for name, conversion in conversions(self.generation):
            self.adapted[name] = functools.partial(_converted, conversion, self.adapted.get(name) or self._late(name))

    def error(self, *arguments: Any) -> None:
        """For errors of the client's own, which have no advancedOrderRejectJson, too."""
        self._call("error", self._error, *arguments)

    def __getattr__(self, name: str) -> Any:
        adapted: dict[str, Callable[..., Any]] = self.__dict__["adapted"]
        if name in adapted:
            return adapted[name]
        if (name in CALLBACKS or name.endswith("ProtoBuf")) and not hasattr(self._wrapper, name):  # one that is no EWrapper
            return functools.partial(_ignore, name)
        return getattr(self._wrapper, name)

    def target(self, callbacks: Iterable[str]) -> Any:
        """What to look these callbacks up on: the wrapper itself where it needs no help."""
        if any(name in self.adapted or not hasattr(self._wrapper, name) for name in callbacks):
            return self
        return self._wrapper

    def _is_overridden(self, name: str) -> bool:
        if name in getattr(self._wrapper, "__dict__", ()):
            return True
        if not isinstance(self._wrapper, EWrapper):
            return callable(getattr(self._wrapper, name, None))
        found = getattr(type(self._wrapper), name, None)
        return callable(found) and found is not getattr(EWrapper, name, None)

    def _adapt(self, name: str, function: Callable[..., Any], found: Fit | None) -> None:
        if found is not None and not found.sure:
            found = fit(name, function, self.generation)
        if found is None:
            _warn(name, function)
        elif found.by_keyword or found.form.picks != newest_form(name).picks:
            self.adapted[name] = functools.partial(self._call, name, [function, found])

    def _call(self, name: str, known: list[Any], *arguments: Any) -> None:
        """`known`: the function that was looked at, and how it is to be called."""
        function = getattr(self._wrapper, name, _nothing)
        if function != known[0]:  # the program has put another one in its place
            known[:] = function, fit(name, function, self.generation) or Fit(newest_form(name), False, False)
        found: Fit = known[1]
        # only the last one, advancedOrderRejectJson, may be missing: the client's own errors have none
        given = [arguments[n] if n < len(arguments) else "" for n in found.form.picks]
        if found.by_keyword:
            function(**dict(zip(found.form.names, given, strict=False)))
        else:
            function(*given)

    def _call_renamed(self, name: str, older: str, *arguments: Any) -> None:
        """Whichever of the two names the program overrides by now."""
        getattr(self._wrapper, older if self._is_overridden(older) and not self._is_overridden(name) else name, _nothing)(*arguments)

    def _late(self, name: str) -> Callable[..., Any]:
        return lambda *arguments: getattr(self._wrapper, name, _nothing)(*arguments)


def never_entered(error: TypeError) -> bool:
    """Whether an exception comes from calling a callback with arguments that it does not take, and not from within it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = trace.tb_frame.f_code.co_filename if trace is not None else ""
    return where == __file__ or where.startswith("<ibapi_port decode")


def _nothing(*arguments: Any) -> None:
    """In place of a callback that the wrapper does not have."""


def _converted(conversion: Conversion, function: Callable[..., Any], *arguments: Any) -> None:
    function(*conversion(arguments))


def _ignore(name: str, *arguments: Any) -> None:
    logger.debug("no callback %s for %r", name, arguments)


def _told_by(overridden: Mapping[str, Callable[..., Any]], fits: Mapping[str, Fit | None]) -> str:
    """The generation that a program's callbacks tell: the oldest that one of them needs; one that knows Decimal sizes is no 9.81.

    A callback that takes the newest arguments needs none, whatever it calls them.
    """
    found = [f.form.generation for name, f in fits.items() if f and (f.by_keyword or f.form.picks != newest_form(name).picks)]
    if any(older in overridden and name not in overridden for name, older in RENAMED.items()):
        found.append("10.30")
    oldest = min(found, key=GENERATIONS.index, default=NEWEST)
    return max(oldest, "10.19", key=GENERATIONS.index) if any(map(_knows_decimal, overridden.values())) else oldest


def found(wrapper: Any) -> None:
    """A program has made a client: where this package stands in for `ibapi`, data classes are from now on as its callbacks tell.

    Before a connection, as programs make their contracts and orders before one, too. Only the wrapper's class is looked at: the
    wrapper itself may be half made.
    """
    if not installed() or chosen() is not None:
        return
    kind = type(wrapper)
    names = [name for name in (*CALLBACKS, *RENAMED.values()) if getattr(kind, name, None) is not getattr(EWrapper, name, None)]
    overridden = {name: getattr(wrapper, name) for name in names if callable(getattr(kind, name, None))}
    fits = {name: fit(name, function) for name, function in overridden.items() if name in CALLBACKS}
    generations.found(_told_by(overridden, fits))


def _knows_decimal(function: Callable[..., Any]) -> bool:
    return any("Decimal" in str(annotation) for annotation in getattr(function, "__annotations__", {}).values())


_warned: set[str] = set()


def _warn(name: str, function: Callable[..., Any]) -> None:
    """Warn of a callback that fits no generation; of each one once."""
    import inspect

    newest = inspect.signature(getattr(EWrapper, name))
    text = f"{name}{inspect.signature(function)} fits no generation of this callback; the newest one is {name}{newest}"
    which = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}: {text}"
    if which not in _warned:
        _warned.add(which)
        logger.warning("%s", text)

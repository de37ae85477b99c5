"""The forms that callbacks had in the generations: their parameters, and which of the newest
arguments those are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._client.callbacks import OLDER_NAMES
from .._value_class import Comparable, value_class
from ..wrapper import OWN, Answers
from .generations import GENERATIONS, NEWEST, is_up_to
from .install import installed


@value_class
class Form(Comparable):
    """One way in which a callback's parameters were: the last generation that had it, their names,
    and which newest arguments.
    """

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
        _form(
            "9.73",
            "orderId status filled remaining avgFillPrice permId parentId lastFillPrice clientId "
            "whyHeld",
            *range(10),
        ),
    ),
    "orderBound": (_form("10.30", "reqId apiClientId apiOrderId"),),
    "tickOptionComputation": (
        _form(
            "9.76",
            "reqId tickType impliedVol delta optPrice pvDividend gamma vega theta undPrice",
            0,
            1,
            *range(3, 11),
        ),
    ),
    "updateMktDepthL2": (
        _form("9.73", "reqId position marketMaker operation side price size", *range(7)),
    ),
    "realtimeBar": (_form("9.81", "reqId time open high low close volume wap count"),),
    "pnl": (
        _form("9.73", "reqId dailyPnL unrealizedPnL", 0, 1, 2),
        _form("9.73", "reqId dailyPnL", 0, 1),
    ),
}
RENAMED = OLDER_NAMES
RENAMED_UNTIL = "10.30"
_SHOWN_AS = {
    "realtimeBar": "9.76"
}  # until when the official parameters were so; later programs only called them so

CALLBACKS: tuple[str, ...] = tuple(
    sorted(
        name
        for name in OWN
        if name not in ("logAnswer", *RENAMED.values()) and not name.endswith("ProtoBuf")
    )
)


def names_of(callback: str) -> tuple[str, ...]:
    """The parameters of a callback in the newest generation."""
    function = OWN[callback]
    code = _inner.get(callback, function).__code__
    names: tuple[str, ...] = code.co_varnames[1 : code.co_argcount]
    return names


_inner: dict[str, Any] = {
    name: OWN[name].__wrapped__ for name in CALLBACKS if hasattr(OWN[name], "__wrapped__")
}
_ORIGINAL = {function: function.__dict__.get("__wrapped__") for function in OWN.values()}


def newest_form(callback: str) -> Form:
    names = names_of(callback)
    return Form(NEWEST, names, tuple(range(len(names))))


def distance(form: Form, generation: str | None) -> int:
    """Return how many generations after the given one a form ended; many if it ended before."""
    if generation is None:
        return 0
    later = GENERATIONS.index(form.generation) - GENERATIONS.index(generation)
    return later if later >= 0 else len(GENERATIONS)


def form_in(callback: str, generation: str) -> Form:
    """The form that a callback had in a generation."""
    known = (newest_form(callback), *OLDER.get(callback, ()))
    found = min(known, key=lambda form: (distance(form, generation), known.index(form)))
    until = _SHOWN_AS.get(callback)
    return known[0] if until is not None and not is_up_to(generation, until) else found


def is_own(function: object) -> bool:
    """Whether a function is one of EWrapper's, or a wrapper around one, as `functools.wraps` marks
    them.
    """
    for _ in range(20):  # a chain that ends in itself is nobody's
        function = getattr(function, "__func__", function)
        try:
            if function in _ORIGINAL:
                return True
        except TypeError:  # it has no hash
            return False
        function = getattr(function, "__dict__", {}).get("__wrapped__")
        if function is None:
            return False
    return False


def use_forms(generation: str, *, asked: bool = False) -> None:
    """Let callbacks that are not overridden be logged, and EWrapper's signatures be shown, as in a
    generation.

    `asked`: a program has a `logAnswer` of its own.
    """
    older = {name: form_in(name, generation) for name in OLDER}
    Answers.older = {
        name: {own: names_of(name)[pick] for own, pick in zip(form.names, form.picks, strict=True)}
        for name, form in older.items()
        if form != newest_form(name)
    }
    if installed():
        has_method = is_up_to(generation, "10.19")
        # of several programs in a process one may have asked
        asked = has_method and (asked or Answers.asked)
        Answers.stand_in("wrapper" if has_method else "utils", method=has_method, asked=asked)
    else:
        Answers.by_itself()
    for name, form in older.items():
        if installed():
            OWN[name].__wrapped__ = _signature(name, form)
        elif _ORIGINAL[OWN[name]] is not None:
            OWN[name].__wrapped__ = _ORIGINAL[OWN[name]]
        else:
            OWN[name].__dict__.pop("__wrapped__", None)


def _signature(name: str, form: Form) -> Callable[..., None]:
    """A function with the official parameters of a form: `inspect` shows those of what
    `__wrapped__` is.
    """
    words = [f"{word}=''" if word == "advancedOrderRejectJson" else word for word in form.names]
    made: Callable[..., None] = eval(f"lambda self, {', '.join(words)}: None")
    made.__name__, made.__qualname__, made.__module__ = (
        name,
        f"EWrapper.{name}",
        OWN[name].__module__,
    )
    annotations = OWN[name].__annotations__
    made.__annotations__ = {word: annotations[word] for word in form.names if word in annotations}
    return made

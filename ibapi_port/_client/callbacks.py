"""A program's callbacks as the client calls them: directly, or through what adapts older forms.

Most programs need no adapter: their callbacks take the newest arguments. The package
`ibapi_port.compat`, which knows the older generations, is imported only if a callback's parameters
differ from the newest ones, or if the program has asked for it (`install()`, `run`,
`generation()`).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from .. import _stand_in
from ..wrapper import EWrapper
from .parameters import parameters_of

logger = logging.getLogger("ibapi_port.client")
_COMPAT = "ibapi_port.compat.callbacks"
_VARIABLE = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS
_NEVER_RUN = 0x80 | 0x200  # CO_COROUTINE, CO_ASYNC_GENERATOR: an adapter warns of them
OLDER_NAMES = {"commissionAndFeesReport": "commissionReport"}  # a callback's name until 10.30


class CallbackAdapter(Protocol):
    """What stands between the client and a program's callbacks."""

    @property
    def adapted(self) -> Mapping[str, Callable[..., object]]:
        """The callbacks that are not called directly, by name."""

    @property
    def takes_one_text(self) -> bool:
        """Whether a `sendMsg` of the program's generation takes the whole text as one argument."""

    def error(self, *arguments: object) -> None:
        """Call the program's `error`, for an error of the client's own."""

    def target(self, callbacks: Iterable[str]) -> object:
        """Return what these callbacks are to be looked up on."""


class NewestCallbacks:
    """The callbacks of a wrapper that has them in their newest form."""

    takes_one_text = False

    def __init__(self, wrapper: object) -> None:
        # It may be no EWrapper, but an object with the same callbacks.
        self._wrapper = cast(EWrapper, wrapper)
        self.adapted: dict[str, Callable[..., object]] = {}

    def error(self, *arguments: object) -> None:
        """Call the wrapper's `error`. The client's own errors have no advancedOrderRejectJson."""
        function = self._wrapper.error
        if not is_newest("error", function):  # put in place since it was looked at
            adapter_of(self._wrapper).error(*arguments)
        elif getattr(getattr(function, "__func__", function), "__defaults__", None):
            function(*arguments)
        else:
            function(*arguments, "")

    def target(self, callbacks: Iterable[str]) -> object:
        """Return the wrapper itself, for a callback that has had two names what looks at both."""
        return _ByBothNames(self._wrapper) if set(callbacks) & set(OLDER_NAMES) else self._wrapper


class _ByBothNames:
    """A wrapper whose program may put a callback in place by its older name at any time."""

    def __init__(self, wrapper: object) -> None:
        self._wrapper = wrapper

    def __getattr__(self, name: str) -> object:
        older = OLDER_NAMES.get(name)
        if older is not None and _is_own(older, getattr(self._wrapper, older)):
            return getattr(self._wrapper, older)
        return getattr(self._wrapper, name)


_NEWEST: dict[str, Any] = {
    name: member
    for name, member in vars(EWrapper).items()
    if callable(member) and not name.startswith("_")
}  # EWrapper's own callbacks


def prepare_callbacks(wrapper: object) -> None:
    """Import what a wrapper's class needs, when its client is made.

    Later is too late: the process may be at its limit of descriptors, or a signal handler may ask
    in the middle of the import.
    """
    try:
        if stands_in():
            _compat().found(wrapper)
        elif not has_newest_forms(wrapper, vars_too=False):
            _compat()
    except (ImportError, OSError, MemoryError):  # it is tried again at connect()
        logger.warning("what adapts callbacks could not be imported", exc_info=True)


def callbacks_of(wrapper: object) -> CallbackAdapter:
    """Return how a wrapper's callbacks are to be called."""
    if _COMPAT in sys.modules or stands_in() or not has_newest_forms(wrapper):
        return adapter_of(wrapper)
    return NewestCallbacks(wrapper)


def adapter_of(wrapper: object) -> CallbackAdapter:
    """Return what calls a wrapper's callbacks in the forms of older generations."""
    try:
        adapter: CallbackAdapter = _compat().Callbacks(wrapper)
    except (ImportError, OSError, MemoryError, AttributeError):
        # a callback that was put in place late, where nothing can be imported any more
        logger.exception("callbacks of an older form cannot be called")
        return NewestCallbacks(wrapper)
    return adapter


def _compat() -> Any:
    return import_module(_COMPAT)


def has_newest_forms(wrapper: object, *, vars_too: bool = True) -> bool:
    """Return whether each callback that a wrapper has of its own takes the newest arguments.

    `vars_too`: those on the object, too; before it is whole only its class can be looked at.
    """
    if not isinstance(wrapper, EWrapper):
        return False
    own = getattr(wrapper, "__dict__", {}) if vars_too else {}
    kind = type(wrapper)
    for name, member in _NEWEST.items():
        function = own[name] if name in own else getattr(kind, name)
        if function is member or getattr(function, "takes_newest", False):
            continue
        if name in ("logAnswer", *OLDER_NAMES.values()):
            return False
        bound = 0 if name in own else 1
        if not name.endswith("ProtoBuf") and not is_newest(name, function, bound):
            return False
    return True


def is_newest(name: str, function: object, bound: int = 0) -> bool:
    """Return whether a callback takes the newest arguments, as far as a look at it tells.

    `bound`: how many of its parameters are not for them, `self` of a function in a class.
    """
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None or code.co_flags & (_VARIABLE | _NEVER_RUN) or code.co_kwonlyargcount:
        return False
    bound = 1 if hasattr(function, "__self__") else bound
    wanted: int = _NEWEST[name].__code__.co_argcount - 1
    taken: int = code.co_argcount - bound
    return taken == wanted


def can_take(function: object, count: int) -> bool:
    """Return whether a function can be called with so many arguments; True if that is not known."""
    try:
        parameters = parameters_of(cast(Callable[..., object], function))
    except (TypeError, ValueError):  # a builtin, a mock
        return True
    return bool(parameters.take_positions(count))


def newest_count(name: str) -> int:
    """Return how many arguments a callback has in its newest form."""
    count: int = _NEWEST[name].__code__.co_argcount - 1
    return count


def _is_own(name: str, function: object) -> bool:
    return getattr(function, "__func__", function) is not _NEWEST[name]


def stands_in() -> bool:
    """Return whether this package stands in for `ibapi` (`install()`, `run`)."""
    return _stand_in.installed


__all__ = [
    "CallbackAdapter",
    "NewestCallbacks",
    "adapter_of",
    "callbacks_of",
    "can_take",
    "has_newest_forms",
    "is_newest",
    "newest_count",
    "prepare_callbacks",
    "stands_in",
]

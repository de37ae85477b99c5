"""A program's callbacks as the client calls them: directly, or through what adapts older forms.

Most programs need no adapter: their callbacks take the newest arguments. The package
`ibapi_port.compat`, which knows the older generations, is imported only if a callback's parameters
differ from the newest ones, or if the program has asked for it (`install()`, `run`,
`generation()`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Protocol

from ..wrapper import EWrapper

_COMPAT = "ibapi_port.compat.callbacks"
_VARIABLE = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS
_NEVER_RUN = 0x80 | 0x200  # CO_COROUTINE, CO_ASYNC_GENERATOR: an adapter warns of them
OLDER_NAMES = {"commissionAndFeesReport": "commissionReport"}  # a callback's name until 10.30


class CallbackAdapter(Protocol):
    """What stands between the client and a program's callbacks."""

    @property
    def adapted(self) -> Mapping[str, Any]:
        """The callbacks that are not called directly, by name."""

    @property
    def takes_one_text(self) -> bool:
        """Whether a `sendMsg` of the program's generation takes the whole text as one argument."""

    def error(self, *arguments: Any) -> None:
        """Call the program's `error`, for an error of the client's own."""

    def target(self, callbacks: Iterable[str]) -> Any:
        """Return what these callbacks are to be looked up on."""


class NewestCallbacks:
    """The callbacks of a wrapper that has them in their newest form."""

    takes_one_text = False

    def __init__(self, wrapper: Any) -> None:
        self._wrapper = wrapper
        self.adapted: dict[str, Callable[..., Any]] = {}

    def error(self, *arguments: Any) -> None:
        """Call the wrapper's `error`. The client's own errors have no advancedOrderRejectJson."""
        function = self._wrapper.error
        if not is_newest("error", function):  # put in place since it was looked at
            adapter_of(self._wrapper).error(*arguments)
        elif getattr(getattr(function, "__func__", function), "__defaults__", None):
            function(*arguments)
        else:
            function(*arguments, "")

    def target(self, callbacks: Iterable[str]) -> Any:
        """Return the wrapper itself, for a callback that has had two names what looks at both."""
        return _ByBothNames(self._wrapper) if set(callbacks) & set(OLDER_NAMES) else self._wrapper


class _ByBothNames:
    """A wrapper whose program may put a callback in place by its older name at any time."""

    def __init__(self, wrapper: Any) -> None:
        self._wrapper = wrapper

    def __getattr__(self, name: str) -> Any:
        older = OLDER_NAMES.get(name)
        if older is not None and _is_own(older, getattr(self._wrapper, older)):
            return getattr(self._wrapper, older)
        return getattr(self._wrapper, name)


_NEWEST: dict[str, Any] = {
    name: member
    for name, member in vars(EWrapper).items()
    if callable(member) and not name.startswith("_")
}  # EWrapper's own callbacks


def callbacks_of(wrapper: Any) -> CallbackAdapter:
    """Return how a wrapper's callbacks are to be called."""
    if _COMPAT in sys.modules or stands_in() or not has_newest_forms(wrapper):
        return adapter_of(wrapper)
    return NewestCallbacks(wrapper)


def adapter_of(wrapper: Any) -> CallbackAdapter:
    """Return what calls a wrapper's callbacks in the forms of older generations."""
    adapter: CallbackAdapter = import_module(_COMPAT).Callbacks(wrapper)
    return adapter


def has_newest_forms(wrapper: Any) -> bool:
    """Return whether each callback that a wrapper has of its own takes the newest arguments."""
    if not isinstance(wrapper, EWrapper):
        return False
    own = vars(wrapper)
    kind = type(wrapper)
    for name, member in _NEWEST.items():
        function = own[name] if name in own else getattr(kind, name)
        if function is member:
            continue
        if name in ("logAnswer", *OLDER_NAMES.values()):
            return False
        if not name.endswith("ProtoBuf") and not is_newest(name, getattr(wrapper, name)):
            return False
    return True


def is_newest(name: str, function: Any) -> bool:
    """Return whether a callback takes the newest arguments, as far as a look at it tells."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None or code.co_flags & (_VARIABLE | _NEVER_RUN) or code.co_kwonlyargcount:
        return False
    bound = 1 if hasattr(function, "__self__") else 0
    wanted: int = _NEWEST[name].__code__.co_argcount - 1
    taken: int = code.co_argcount - bound
    return taken == wanted


def can_take(function: Any, count: int) -> bool:
    """Return whether a function can be called with so many arguments; True if that is not known."""
    try:
        parameters = import_module("ibapi_port.compat.parameters").parameters_of(function)
    except (TypeError, ValueError):  # a builtin, a mock
        return True
    return bool(parameters.take_positions(count))


def newest_count(name: str) -> int:
    """Return how many arguments a callback has in its newest form."""
    count: int = _NEWEST[name].__code__.co_argcount - 1
    return count


def _is_own(name: str, function: Any) -> bool:
    return getattr(function, "__func__", function) is not _NEWEST[name]


def stands_in() -> bool:
    """Return whether this package stands in for `ibapi` (`install()`, `run`)."""
    install = sys.modules.get("ibapi_port.compat.install")
    return install is not None and bool(install.installed())


def client_made(wrapper: Any) -> None:
    """Tell the compat package, where it stands in, that a program has made a client."""
    if stands_in():
        import_module(_COMPAT).found(wrapper)


__all__ = [
    "CallbackAdapter",
    "NewestCallbacks",
    "adapter_of",
    "callbacks_of",
    "can_take",
    "client_made",
    "has_newest_forms",
    "is_newest",
    "newest_count",
    "stands_in",
]

"""What all public data classes have in common, and the decorator that makes one.

A data class declares typed fields with defaults, and in ``_text`` how it prints; everything else comes from here:

    @record
    class PriceIncrement(Object):
        _text = "LowEdge: {lowEdge:f}, Increment: {increment:f}"
        lowEdge: float = 0.0
        increment: float = 0.0

The letter after the colon says how TWS programs are used to see the value: ``f`` a float, ``m`` a Decimal, ``i`` an int, ``l`` a
long (each empty when unset), ``d`` a flag as 0 or 1. Without a letter it is ``str(value)``.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from operator import attrgetter
from string import Formatter
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, overload

from ibapi_port.structs import constructor, dataclass_transform, field, fields_of, struct
from ibapi_port.utils import decimalMaxString, floatMaxString, intMaxString, longMaxString

__all__ = ["Ignored", "Object", "Renamed", "default_in_constructor", "printer", "record"]

_T = TypeVar("_T", bound="Object")

_FORMATTERS = {"f": floatMaxString, "m": decimalMaxString, "i": intMaxString, "l": longMaxString, "d": int}

# CPython shares the keys of instance dictionaries up to this size; a larger class is made several times faster by one dict.update.
_MAX_SHARED_KEYS = 30


class Object:
    """Base of the data classes: compares by value, prints as the official client does."""

    __slots__ = ("__dict__", "__weakref__", "_newer")  # the last one for values that an older generation has no name for

    _text: ClassVar[str]
    _defaults: ClassVar[Mapping[str, Callable[[], object]]] = {}
    _values: ClassVar[attrgetter[Any]]  # what two objects are compared by
    _plain: ClassVar[dict[str, object]] = {}  # what a large class copies into a new object

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__ or not self._defaults:
            return NotImplemented
        return bool(self._values(self) == self._values(other))

    # By identity although equality is by value: programs keep contracts and orders as keys and go on changing their attributes, which
    # with a hash by value would lose them in their own dictionaries. Two equal objects are therefore two keys.
    __hash__ = object.__hash__

    def __str__(self) -> str:
        return self._show()

    def _show(self) -> str:
        return "Object"

    def __repr__(self) -> str:
        if _stands_in():
            return f"{id(self)}: {self}"
        shown = [f"{name}={value!r}" for name, default in self._defaults.items() if (value := getattr(self, name)) != default()]
        return f"{type(self).__name__}({', '.join(shown)})"


def _stands_in() -> bool:
    """Whether this package stands in for `ibapi`, and the program has imported that."""
    official = sys.modules.get("ibapi")
    return official is not None and official.__class__.__module__ == "ibapi_port.compat.install"


_warned: set[str] = set()


def _deprecated(owner: str, name: str, advice: str) -> None:
    """Warn of an attribute of an older generation: once for each name, in the line of the program that uses it."""
    if f"{owner}.{name}" not in _warned:
        _warned.add(f"{owner}.{name}")
        warnings.warn(f"{owner}.{name} {advice}", DeprecationWarning, stacklevel=3)


class Renamed:
    """An attribute under the name that it had in older generations."""

    def __init__(self, newest: str) -> None:
        self.newest = newest

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner, self.name = owner.__name__, name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        _deprecated(self.owner, self.name, f"is called {self.newest} now")
        return getattr(instance, self.newest)

    def __set__(self, instance: Any, value: Any) -> None:
        _deprecated(self.owner, self.name, f"is called {self.newest} now")
        setattr(instance, self.newest, value)


class Ignored:
    """An attribute that older generations had and TWS does not take any more: kept on the object, never sent."""

    def __init__(self, default: Any) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner, self.name = owner.__name__, name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        _deprecated(self.owner, self.name, "is not used any more")
        return instance.__dict__.get(self.name, self.default)

    def __set__(self, instance: Any, value: Any) -> None:
        _deprecated(self.owner, self.name, "is not used any more")
        instance.__dict__[self.name] = value


def printer(text: str, letters: Mapping[str, Callable[[Any], object]] = MappingProxyType({})) -> Callable[[Any], str]:
    """Compile ``_text``: "Open: {open:f}" becomes a function that computes "Open: %s" % (f(self.open),). ``letters``: more of them."""
    template, values = "", ""
    for literal, name, letter, _ in Formatter().parse(text):
        template += literal.replace("%", "%%")
        if name:
            template += "%s"
            values += f"{letter}(self.{name}), "
    show: Callable[[Any], str] = eval(f"lambda self: {template!r} % ({values})", {**_FORMATTERS, **letters})
    return show


def _bulk_init(cls: type, defaults: Mapping[str, object], factories: Mapping[str, Callable[[], object]]) -> Any:
    """An ``__init__`` that copies the defaults at one blow; with arguments it leaves the work to the compiled one."""

    def __init__(self: Any, *args: Any, **values: Any) -> None:
        if args or values:
            constructor(cls)(self, *args, **values)
            return
        state = self.__dict__
        state.update(defaults)
        for name, make in factories.items():
            state[name] = make()

    return __init__


def _lazy_printer(cls: Any) -> Callable[[Any], str]:
    """Compiles the class's ``_text`` when an object is printed for the first time."""

    compiled: Callable[[Any], str] | None = None

    def _show(self: Any) -> str:
        nonlocal compiled
        if compiled is None:
            compiled = printer(cls._text)
        return compiled(self)

    return _show


def _make(cls: type[_T]) -> type[_T]:
    made = struct(cls)
    fields = fields_of(made)
    made._defaults = {name: one.value if one.factory is None else one.factory for name, one in fields.items()}
    if "_text" in cls.__dict__:
        made._show = _lazy_printer(made)  # type: ignore[method-assign, assignment]
    if "_first_init" in cls.__dict__ and len(fields) > _MAX_SHARED_KEYS:
        plain = {name: one.default if one.factory is None else None for name, one in fields.items()}  # all, for their order
        made.__init__ = _bulk_init(made, plain, {n: one.factory for n, one in fields.items() if one.factory is not None})  # type: ignore[method-assign]
        made._plain = plain
    return made


_NEWEST = object()
_newest_defaults: dict[tuple[type, str], tuple[object, Callable[[], object]]] = {}


def default_in_constructor(cls: type[Object], name: str, value: object = _NEWEST) -> None:
    """Let new objects of a class have another default; without a value the newest generation's again."""
    init: Any = constructor(cls)
    place = list(cls._defaults).index(name)
    given, shown = _newest_defaults.setdefault((cls, name), (init.__defaults__[place], cls._defaults[name]))
    if value is not _NEWEST:
        given, shown = value, lambda: value
    init.__defaults__ = (*init.__defaults__[:place], given, *init.__defaults__[place + 1 :])
    cls._defaults = {**cls._defaults, name: shown}
    if name in cls._plain:
        cls._plain[name] = given


@overload
def record(cls: type[_T]) -> type[_T]: ...
@overload
def record(*, kw_only: bool = ...) -> Callable[[type[_T]], type[_T]]: ...
@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[_T] | None = None, *, kw_only: bool = True) -> Any:
    """Make a data class: a constructor over the declared fields, comparison, ``repr`` and ``str``. A constructor of its own is kept.

    ``kw_only`` is for type checkers: ``False`` where the official constructor takes positions. At run time all classes take them,
    since keyword-only parameters would make a new object half as slow again.
    """
    return _make if cls is None else _make(cls)

"""The decorator that makes a public data class, and attributes that only older generations have.

A data class declares typed fields with defaults, and in ``_text`` how it prints:

    @record
    class PriceIncrement(Object):
        _text = "LowEdge: {lowEdge:f}, Increment: {increment:f}"
        lowEdge: float = 0.0
        increment: float = 0.0

It is a standard dataclass: `fields`, `asdict` and `replace` of `dataclasses` take it, by the newest
names of its attributes whatever generation is in use. The constructor, comparison, `repr` and `str`
are ours.

The letter after the colon says how TWS programs are used to see the value: ``f`` a float, ``m`` a
Decimal, ``i`` an int, ``l`` a long (each empty when unset), ``d`` a flag as 0 or 1. Without a
letter it is ``str(value)``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field
from functools import wraps
from inspect import Signature, signature
from string import Formatter
from types import MappingProxyType
from typing import Any, TypeVar, overload

from ._value_class import constructor, dataclass_transform, field, value_class
from .object_implem import Object
from .utils import decimalMaxString, floatMaxString, intMaxString, longMaxString

__all__ = ["Ignored", "Renamed", "default_in_constructor", "field", "printer", "record"]

_T = TypeVar("_T", bound=Object)

_FORMATTERS = {
    "f": floatMaxString,
    "m": decimalMaxString,
    "i": intMaxString,
    "l": longMaxString,
    "d": int,
}

# CPython shares the keys of instance dictionaries up to this size; a larger class is made several
# times faster by one dict.update.
_MAX_SHARED_KEYS = 30

_warned: set[str] = set()


def _deprecated(owner: str, name: str, advice: str) -> None:
    """Warn of an attribute of an older generation, once for each name, at the program's line."""
    if f"{owner}.{name}" not in _warned:
        _warned.add(f"{owner}.{name}")
        warnings.warn(f"{owner}.{name} {advice}", DeprecationWarning, stacklevel=3)


class Renamed:
    """An attribute under the name that it had in older generations."""

    def __init__(self, newest: str) -> None:
        self.newest = newest

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner.__name__
        self.name = name

    def __get__(self, instance: Object | None, owner: type) -> Any:
        if instance is None:
            return self
        _deprecated(self.owner, self.name, f"is called {self.newest} now")
        return getattr(instance, self.newest)

    def __set__(self, instance: Object, value: object) -> None:
        _deprecated(self.owner, self.name, f"is called {self.newest} now")
        setattr(instance, self.newest, value)


class Ignored:
    """An attribute of older generations that TWS does not take any more: kept, never sent."""

    def __init__(self, default: object) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner.__name__
        self.name = name

    def __get__(self, instance: Object | None, owner: type) -> Any:
        if instance is None:
            return self
        _deprecated(self.owner, self.name, "is not used any more")
        return instance.__dict__.get(self.name, self.default)

    def __set__(self, instance: Object, value: object) -> None:
        _deprecated(self.owner, self.name, "is not used any more")
        instance.__dict__[self.name] = value


def printer(
    text: str,
    letters: Mapping[str, Callable[[Any], object]] = MappingProxyType({}),
) -> Callable[[Any], str]:
    """Compile a ``_text``: "Open: {open:f}" becomes a function that computes "Open: %s" %
    (f(self.open),).

    `letters` are taken beside those that the module's docstring lists.
    """
    template = ""
    values = ""
    for literal, name, letter, _ in Formatter().parse(text):
        template += literal.replace("%", "%%")
        if name:
            template += "%s"
            values += f"{letter}(self.{name}), "
    source = f"lambda self: {template!r} % ({values})"
    show: Callable[[Any], str] = eval(source, {**_FORMATTERS, **letters})
    return show


def _lazy_printer(cls: type[Object]) -> Callable[[Object], str]:
    """Return a `_show` that compiles the class's ``_text`` when an object is printed first."""
    compiled: Callable[[Any], str] | None = None

    def _show(self: Object) -> str:
        nonlocal compiled
        if compiled is None:
            compiled = printer(cls._text)
        return compiled(self)

    return _show


def _bulk_init(cls: type[Object]) -> Callable[..., None]:
    """Return an ``__init__`` that copies the defaults with one call, and then sets what is given.

    Positions, and names that are not known, it leaves to the standard constructor.
    """
    defaults = cls._defaults
    factories = cls._factories

    def __init__(self: Object, *args: Any, **values: Any) -> None:
        if args or (values and not defaults.keys() >= values.keys()):
            constructor(cls)(self, *args, **values)
            return
        state = self.__dict__
        state.update(defaults)
        for name, make in factories.items():
            state[name] = make()
        if values:
            for name, value in values.items():
                setattr(self, name, value)

    return __init__


class _SignatureOf:
    """The signature of a class that `_bulk_init` made the constructor of; subclasses have their
    own.
    """

    def __init__(self, cls: type) -> None:
        self._cls = cls

    def __get__(self, instance: object, owner: type) -> Signature:
        own = owner.__init__ is self._cls.__init__  # type: ignore[misc]
        init = signature(constructor(self._cls) if own else owner.__init__)  # type: ignore[misc]
        return init.replace(parameters=list(init.parameters.values())[1:])


def _takes_all_fields(cls: type[Object]) -> Callable[..., None]:
    """Return a class's own ``__init__``, so that it takes every field as a keyword.

    `dataclasses.replace` gives all of them. Those that the constructor does not know are set after
    it.
    """
    init: Callable[..., None] = cls.__dict__["__init__"]
    code = init.__code__
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    others = [name for name in cls._defaults if name not in known]
    if not others:
        return init

    @wraps(init)
    def __init__(self: Object, *args: Any, **values: Any) -> None:
        if not values:
            init(self, *args)
            return
        left = {name: values.pop(name) for name in others if name in values}
        init(self, *args, **values)
        for name, value in left.items():
            setattr(self, name, value)

    return __init__


def _make(cls: type[_T]) -> type[_T]:
    made: Any = value_class(cls)
    known: Mapping[str, Field[Any]] = made.__dataclass_fields__
    made._defaults = {}
    made._factories = {}
    for name, one in known.items():
        if one.default_factory is MISSING:
            made._defaults[name] = one.default
        else:
            made._defaults[name] = None  # holds the place
            made._factories[name] = one.default_factory
    if "_text" in cls.__dict__:
        made._show = _lazy_printer(made)
    if "_on_demand" not in cls.__dict__:
        made.__init__ = _takes_all_fields(made)
    elif len(known) > _MAX_SHARED_KEYS:
        made.__init__ = _bulk_init(made)
        made.__signature__ = _SignatureOf(made)
    return cls


_NEWEST = object()
_newest_defaults: dict[tuple[type, str], tuple[object, object, Callable[[], object] | None]] = {}


def default_in_constructor(cls: type[Object], name: str, value: object = _NEWEST) -> None:
    """Let new objects of a class have another default; without a value the newest generation's
    again.
    """
    if value is _NEWEST and (cls, name) not in _newest_defaults:
        return
    init: Any = constructor(cls)
    place = list(cls._defaults).index(name)
    newest = (init.__defaults__[place], cls._defaults[name], cls._factories.get(name))
    given, shown, make = _newest_defaults.setdefault((cls, name), newest)
    cls._factories.pop(name, None)
    if value is not _NEWEST:
        given = shown = value
    elif make is not None:
        cls._factories[name] = make
    init.__defaults__ = (*init.__defaults__[:place], given, *init.__defaults__[place + 1 :])
    cls._defaults[name] = shown


@overload
def record(cls: type[_T]) -> type[_T]: ...
@overload
def record(*, kw_only: bool = ...) -> Callable[[type[_T]], type[_T]]: ...
@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[_T] | None = None, *, kw_only: bool = True) -> Any:
    """Make a data class: constructor, comparison, ``repr`` and ``str``.

    A constructor of its own is kept.

    ``kw_only`` is for type checkers: ``False`` where the official constructor takes positions. At
    run time all classes take them, since keyword-only parameters would make a new object half as
    slow again.
    """
    return _make if cls is None else _make(cls)

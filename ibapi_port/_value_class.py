"""Value classes: standard dataclasses whose constructor is made when the first object is.

`dataclasses` compiles a constructor when it decorates a class. For all classes of this package that
would be a third of its import time, and a program makes objects of few of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from operator import attrgetter
from typing import Any, ClassVar, TypeVar

if sys.version_info >= (3, 11):
    from typing import dataclass_transform
else:
    from typing_extensions import dataclass_transform

__all__ = ["Comparable", "constructor", "dataclass_transform", "field", "new_value", "value_class"]

T = TypeVar("T")

_define = dataclass(init=False, repr=False, eq=False)


class _OnDemand:
    """Stands for `__init__` until somebody asks for it; then the constructor takes its place."""

    def __init__(self, cls: type) -> None:
        self._cls = cls
        self._made: dict[str, Callable[..., None]] = {}

    def made(self) -> Callable[..., None]:
        """Return the constructor, the same one each time."""
        found = self._made.get("__init__")
        if found is None:
            # Two threads may compile it at the same time; the one that is done first counts. With a
            # lock instead, a process that forks, or a signal handler, could wait for ever.
            found = self._made.setdefault("__init__", _standard_constructor(self._cls))
        return found

    def __get__(self, instance: object, owner: type) -> Callable[..., None]:
        made = self.made()
        if self._cls.__dict__.get("__init__") is self:
            self._cls.__init__ = made
        bound: Callable[..., None] = made.__get__(instance, owner)
        return bound


class _MadeByFactory:
    """The default of a parameter whose value a factory makes for each object."""

    def __repr__(self) -> str:
        return "<factory>"  # as signatures of dataclasses show it


_FACTORY = _MadeByFactory()


def _standard_constructor(cls: type) -> Callable[..., None]:
    """Return the constructor that `dataclasses` makes for the fields of a class.

    `dataclasses` makes a whole class for it, which takes several times as long.
    """
    names: dict[str, Any] = {"_FACTORY": _FACTORY}
    parameters: dict[bool, list[str]] = {False: [], True: []}  # by whether it is a keyword alone
    body = []
    annotations: dict[str, Any] = {}
    for one in fields(cls):
        name = one.name
        annotations[name] = one.type
        parameter = value = name
        if one.default_factory is not MISSING:
            names[f"_make_{name}"] = one.default_factory
            parameter = f"{name}=_FACTORY"
            value = f"_make_{name}() if {name} is _FACTORY else {name}"
        elif one.default is not MISSING:
            names[f"_default_{name}"] = one.default
            parameter = f"{name}=_default_{name}"
        elif not one.kw_only and "=" in "".join(parameters[False][-1:]):
            raise TypeError(f"non-default argument {name!r} follows default argument")
        parameters[bool(one.kw_only)].append(parameter)
        body.append(f"{_this(cls)}.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append(f"{_this(cls)}.__post_init__()")
    keywords = ["*", *parameters[True]] if parameters[True] else []
    head = ", ".join([_this(cls), *parameters[False], *keywords])
    exec("\n ".join([f"def __init__({head}):", *(body or ["pass"])]), names)
    init: Callable[..., None] = names.pop("__init__")
    init.__annotations__ = {**annotations, "return": None}
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__module__ = cls.__module__
    return init


def _this(cls: type) -> str:
    """Return what the constructor calls the object: "self", unless a field has that name."""
    return "__dataclass_self__" if "self" in cls.__dict__["__dataclass_fields__"] else "self"


def constructor(cls: type) -> Callable[..., None]:
    """Return the constructor over all fields of a value class that has none of its own."""
    on_demand: _OnDemand = cls.__dict__["_on_demand"]
    return on_demand.made()


def new_value(one: Field[object]) -> object:
    """Return the value that a field has in a new object."""
    return one.default if one.default_factory is MISSING else one.default_factory()


class Comparable:
    """Base of value classes that are compared by value, and keys by it."""

    _values: ClassVar[attrgetter[Any]]

    def __eq__(self, other: object) -> bool:
        return other.__class__ is self.__class__ and bool(self._values(self) == self._values(other))

    def __hash__(self) -> int:
        return hash(self._values(self))


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def value_class(cls: type[T]) -> type[T]:
    """Make a class a dataclass over its annotated attributes. A constructor of its own is kept."""
    made: Any = _define(cls)
    known: dict[str, Field[Any]] = made.__dataclass_fields__
    if known:
        made._values = staticmethod(attrgetter(*known))
    for name, one in known.items():
        # The defaults live in the constructor. Left in the class they would keep CPython from
        # caching access to the attributes.
        if name in cls.__dict__ and cls.__dict__[name] is one.default:
            delattr(cls, name)
    if "__init__" not in cls.__dict__:
        made._on_demand = made.__init__ = _OnDemand(cls)
    return cls

"""Data classes that are cheap to import.

As dataclasses make them, but the constructor of a class is compiled when its first object is made, and no other method is: the standard
module, and what it imports, would be a third of the time that it takes to import this package.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        return lambda decorator: decorator


__all__ = ["Comparable", "constructor", "dataclass_transform", "field", "fields_of", "replaced", "struct"]

T = TypeVar("T")
_NO_DEFAULT: Any = object()
_FRESH: Any = object()  # the default, in a constructor's signature, of a field that each object gets a new value of


class _Field:
    """What `field` leaves in a class until `struct` has seen it."""

    def __init__(self, default: Any, default_factory: Callable[[], Any] | None, kw_only: bool) -> None:
        self.default, self.factory, self.kw_only = default, default_factory, kw_only

    def value(self) -> Any:
        """The value of a new object."""
        return self.factory() if self.factory is not None else self.default


def field(*, default: Any = _NO_DEFAULT, default_factory: Callable[[], Any] | None = None, kw_only: bool = False) -> Any:
    """A field with a default that is made anew for each object, or that only a keyword can set."""
    return _Field(default, default_factory, kw_only)


def fields_of(cls: type) -> dict[str, _Field]:
    """A struct's fields by name, inherited ones first."""
    fields: dict[str, _Field] = cls.__dict__["_fields"]
    return fields


def replaced(value: T, **changes: Any) -> T:
    """A copy of a struct with other values in some fields."""
    made = copy(value)
    for name, change in changes.items():
        setattr(made, name, change)
    return made


def _declared(cls: type) -> dict[str, _Field]:
    found = {name: one for base in reversed(cls.__mro__[1:]) for name, one in base.__dict__.get("_fields", {}).items()}
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():  # noqa: RUF063 - inspect is what is avoided here
        if "ClassVar" not in str(annotation):
            default = cls.__dict__.get(name, _NO_DEFAULT)
            found[name] = default if isinstance(default, _Field) else _Field(default, None, False)
            if name in cls.__dict__:
                # The defaults live in the constructor. Left in the class they would keep CPython from caching access to the attributes.
                delattr(cls, name)
    return found


def constructor(cls: type) -> Any:
    """The compiled constructor of a struct that has none of its own."""
    made = cls.__dict__.get("_constructor")
    if made is None:
        made = _compiled(cls)
        cls._constructor = staticmethod(made)  # type: ignore[attr-defined]
        if cls.__init__ is cls.__dict__["_first_init"].__func__:  # type: ignore[misc]  # nobody has put another in its place
            cls.__init__ = made  # type: ignore[misc]
    return made.__func__ if isinstance(made, staticmethod) else made


def _compiled(cls: type) -> Callable[..., None]:
    fields, names = fields_of(cls), dict[str, Any](FRESH=_FRESH)
    heads: dict[bool, list[str]] = {False: [], True: []}
    lines = []
    for name, one in fields.items():
        head = name
        if one.factory is not None:
            names[f"make_{name}"], head = one.factory, f"{name}=FRESH"
            lines.append(f"    self.{name} = make_{name}() if {name} is FRESH else {name}")
        else:
            if one.default is not _NO_DEFAULT:
                names[f"default_{name}"], head = one.default, f"{name}=default_{name}"
            lines.append(f"    self.{name} = {name}")
        heads[one.kw_only].append(head)
    signature = ", ".join(["self", *heads[False], *(["*"] if heads[True] else []), *heads[True]])
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    exec("\n".join([f"def __init__({signature}):", *(lines or ["    pass"])]), names)
    made: Callable[..., None] = names["__init__"]
    made.__qualname__, made.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    return made


class _Signature:
    """The signature of a struct, for `inspect`: that of its constructor, which may not have been compiled yet."""

    def __get__(self, instance: Any, owner: type) -> Any:
        import inspect

        if "_first_init" in owner.__dict__:
            constructor(owner)
        init = inspect.signature(owner.__dict__.get("_constructor", owner.__init__))  # type: ignore[misc]
        return init.replace(parameters=list(init.parameters.values())[1:])


class Comparable:
    """Base of structs that are compared by value, and keys by it."""

    _values: ClassVar[Any]

    def __eq__(self, other: object) -> bool:
        return other.__class__ is self.__class__ and bool(self._values(self) == self._values(other))

    def __hash__(self) -> int:
        return hash(self._values(self))


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def struct(cls: type[T]) -> type[T]:
    """Give a class a constructor over its annotated attributes, unless it has one of its own."""
    made: Any = cls
    made._fields = _declared(cls)
    made._values = staticmethod(attrgetter(*made._fields)) if made._fields else None
    if "__init__" not in cls.__dict__:

        def __init__(self: Any, *args: Any, **values: Any) -> None:
            constructor(cls)(self, *args, **values)

        made.__init__, made._first_init, made.__signature__ = __init__, staticmethod(__init__), _Signature()
    return cls

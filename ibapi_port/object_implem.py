"""Object, the base of the public data classes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import Field
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar

__all__ = ["Object"]


class Object:
    """Base of the data classes: compares by value, prints as the official client does."""

    # The last one is for values that an older generation has no name for.
    __slots__ = ("__dict__", "__weakref__", "_newer")

    if TYPE_CHECKING:  # of the classes that are derived from this one
        __dataclass_fields__: ClassVar[dict[str, Field[object]]]

    _text: ClassVar[str]
    _values: ClassVar[attrgetter[object]]  # what two objects are compared by
    # The attributes of a new object in their order, and what makes the value of those that each
    # object has one of its own of. `compat` changes them while an older generation is in use.
    _defaults: ClassVar[dict[str, object]] = {}
    _factories: ClassVar[dict[str, Callable[[], object]]] = {}

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__ or not self._defaults:
            return NotImplemented
        return bool(self._values(self) == self._values(other))

    # By identity although equality is by value: programs keep contracts and orders as keys and go
    # on changing their attributes, which with a hash by value would lose them in their own
    # dictionaries. Two equal objects are therefore two keys.
    __hash__ = object.__hash__

    def __str__(self) -> str:
        return self._show()

    def _show(self) -> str:
        return "Object"

    def __repr__(self) -> str:
        if _stands_in():
            return f"{id(self)}: {self}"
        shown = [
            f"{name}={value!r}"
            for name, value in ((name, getattr(self, name)) for name in self._defaults)
            if value != self._new_value(name)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    @classmethod
    def _new_value(cls, name: str) -> object:
        """Return the value that an attribute has in a new object."""
        make = cls._factories.get(name)
        return cls._defaults[name] if make is None else make()


def _stands_in() -> bool:
    """Return whether this package stands in for `ibapi`, and the program has imported that."""
    official = sys.modules.get("ibapi")
    return official is not None and official.__class__.__module__ == "ibapi_port.compat.install"

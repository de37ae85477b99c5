"""Members of a class's bases as its own: programs that wrap every request go over `vars(EClient)`,
in which the official one has all.
"""

from __future__ import annotations

from typing import TypeVar

_C = TypeVar("_C", bound=type)


def own_members(cls: _C) -> _C:
    """Put what a class inherits from this package into the class itself: its constructor, and all
    public members.

    A decorator. They are the same objects, so that looking them up costs and gives the same. What
    `object` gives is left out.
    """
    for base in cls.__mro__[1:-1]:
        for name, member in vars(base).items():
            if (name == "__init__" or not name.startswith("_")) and name not in vars(cls):
                setattr(cls, name, member)
    return cls

"""The numbered names that the interface uses where Python later got ``enum``."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["Enum"]


class Enum:
    """Names counted from 0: ``Enum("A", "B").B == 1`` and ``.toStr(1) == "B"``."""

    def __init__(self, *args: str) -> None:
        self.idx2name: dict[int, str] = dict(enumerate(args))
        # The last one wins where a name stands for several unused places ("N/A").
        self.__dict__.update({name: number for number, name in enumerate(args)})

    def toStr(self, idx: int) -> str:
        """The name of a number, "NOTFOUND" for a number without one."""
        name = self.idx2name.get(idx)
        return "NOTFOUND" if name is None else name

    to_str = toStr  # its name in 9.81 and 10.19

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> int: ...

        def __setattr__(self, name: str, value: int) -> None: ...

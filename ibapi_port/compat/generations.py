"""The generations of `ibapi` that programs were written for, and the choice of one."""

from __future__ import annotations

from ..contract import Contract, ContractDescription
from ..object_implem import Object, default_in_constructor

GENERATIONS = ("9.73", "9.76", "9.81", "10.19", "10.30", "10.37", "10.46")  # each stands for the versions from it to the next
NEWEST = GENERATIONS[-1]

# Defaults of data classes that programs ask for ("strike == 0", "comboLegs is None") and that have changed: the last generation with
# the older one, class, attribute, older default.
_OLDER_DEFAULTS: tuple[tuple[str, type[Object], str, object], ...] = (
    ("10.30", Contract, "strike", 0.0),
    ("10.19", Contract, "comboLegs", None),
    ("10.19", ContractDescription, "derivativeSecTypes", None),
)

_chosen: str | None = None


def generation(name: str | None) -> None:
    """Let callbacks and data classes be as in a generation: "9.76", "9.81" (up to 10.10), "10.19", "10.30", "10.37" or "10.46".

    For the whole process, and for connections made from now on. None: what each program's callbacks tell, the default. ValueError:
    there is no such generation.
    """
    if name is not None and name not in GENERATIONS:
        raise ValueError(f"there is no generation {name!r}; there are {', '.join(GENERATIONS)}")
    global _chosen
    _chosen = name
    for last, cls, attribute, older in _OLDER_DEFAULTS:
        if name is not None and is_up_to(name, last):
            default_in_constructor(cls, attribute, older)
        else:
            default_in_constructor(cls, attribute)


def chosen() -> str | None:
    """The generation that was asked for; None if none was."""
    return _chosen


def is_up_to(name: str, last: str) -> bool:
    """Whether a generation is `last` or an older one."""
    return GENERATIONS.index(name) <= GENERATIONS.index(last)

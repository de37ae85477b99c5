"""Attributes that are given by name to the helpers which make contracts and orders."""

from __future__ import annotations

from collections.abc import Container, Mapping
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING

from ibapi_port.object_implem import Object

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    Number: TypeAlias = int | float | Decimal


def check_names(
    helper: str, cls: type[Object], more: Mapping[str, object], taken: Container[str]
) -> None:
    """Raise TypeError if a name in `more` is no attribute of `cls`, or one that the helper sets
    itself (`taken`).
    """
    for name in more:
        if name not in cls.__dataclass_fields__:
            raise TypeError(
                f"{helper}() got {name!r}, which is no attribute of {cls.__name__}"
                + _suggestion(name, cls.__dataclass_fields__)
            )
        if name in taken:
            raise TypeError(
                f"{helper}() got {name!r}, which it sets itself or does not use; "
                f"make a {cls.__name__} for another kind"
            )


def _suggestion(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # late: for an error alone

    lower = {one.lower(): one for one in known}
    near = get_close_matches(name.lower().replace("_", ""), lower, n=1)
    return f"; did you mean {lower[near[0]]!r}?" if near else ""


def number(name: str, value: object) -> Decimal:
    """Return a finite number as a Decimal, with the digits that are seen of a float.

    Raise ValueError, which names the field, if it is none.
    """
    if isinstance(value, (Decimal, Real)) and not isinstance(value, bool):
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        # The "not set" values of IB are far above any number that is meant.
        if exact.is_finite() and abs(exact) < Decimal("1e30"):
            return exact
    raise ValueError(f"{name}: {value!r} is not a number")


def price(name: str, value: object) -> float:
    """Return a price as a float. It may be negative, as those of spreads are.

    Raise ValueError, which names the field, if it is no finite number.
    """
    return float(number(name, value))

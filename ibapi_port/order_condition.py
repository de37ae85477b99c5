"""Conditions on which an order is sent or cancelled (Order.conditions), and Create, which makes one
by its number.
"""

from __future__ import annotations

from ._conditions import (
    ContractCondition,
    Create,
    ExecutionCondition,
    MarginCondition,
    OperatorCondition,
    OrderCondition,
    PercentChangeCondition,
    PriceCondition,
    TextWire,
    TimeCondition,
    VolumeCondition,
    on_the_text_wire,
)
from .const import UNSET_DOUBLE
from .enum_implem import Enum
from .object_implem import Object

__all__ = [
    "UNSET_DOUBLE",
    "ContractCondition",
    "Create",
    "Enum",
    "ExecutionCondition",
    "MarginCondition",
    "Object",
    "OperatorCondition",
    "OrderCondition",
    "PercentChangeCondition",
    "PriceCondition",
    "TimeCondition",
    "VolumeCondition",
]


def _declared() -> TextWire:
    # here: it loads declarations, which most programs never ask for
    from .protocol.text import conditions

    return conditions


on_the_text_wire(_declared)

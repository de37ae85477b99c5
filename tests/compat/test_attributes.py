"""Names and fields of older generations on the data classes: they work, and are warned of once
each.
"""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port._record import Ignored, Renamed
from ibapi_port.commission_and_fees_report import CommissionAndFeesReport
from ibapi_port.common import BarData, HistogramData
from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.contract import ContractDetails
from ibapi_port.object_implem import Object
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.order_state import OrderState

RENAMED: list[tuple[type[Object], str, str, Any]] = [
    (BarData, "average", "wap", Decimal("1.5")),
    (HistogramData, "count", "size", Decimal(3)),
    (CommissionAndFeesReport, "commission", "commissionAndFees", 1.25),
    (OrderState, "commission", "commissionAndFees", 1.25),
    (OrderState, "minCommission", "minCommissionAndFees", 1.0),
    (OrderState, "maxCommission", "maxCommissionAndFees", 2.0),
    (OrderState, "commissionCurrency", "commissionAndFeesCurrency", "USD"),
]
IGNORED: list[tuple[type[Object], str, Any]] = [
    (Order, "eTradeOnly", True),
    (Order, "firmQuoteOnly", True),
    (Order, "nbboPriceCap", UNSET_DOUBLE),
    (Order, "faProfile", ""),
    (Order, "externalUserId", ""),
    (OrderCancel, "externalUserId", ""),
    (ContractDetails, "mdSizeMultiplier", 0),
]


@contextmanager
def caught_warnings() -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


def told(caught: list[warnings.WarningMessage]) -> list[str]:
    """The texts of the warnings, each of which has to name the line of the program."""
    assert all(
        warning.category is DeprecationWarning and warning.filename == __file__
        for warning in caught
    )
    return [str(warning.message) for warning in caught]


def older(kind: type) -> set[tuple[str, str]]:
    found = set()
    todo = [Object]
    while todo:
        cls = todo.pop()
        todo += cls.__subclasses__()
        if cls.__module__.startswith("ibapi_port"):
            found |= {
                (cls.__name__, name) for name, value in vars(cls).items() if isinstance(value, kind)
            }
    return found


def test_these_are_all_of_them() -> None:
    assert older(Renamed) == {(cls.__name__, name) for cls, name, *_ in RENAMED}
    assert older(Ignored) == {(cls.__name__, name) for cls, name, *_ in IGNORED}


@pytest.mark.parametrize(("cls", "name", "newest", "value"), RENAMED)
def test_renamed(cls: type[Object], name: str, newest: str, value: Any) -> None:
    made = cls()
    with caught_warnings() as caught:
        setattr(made, name, value)
        assert getattr(made, name) == value
        assert getattr(cls(), name) == getattr(cls(), newest)
    assert told(caught) == [f"{cls.__name__}.{name} is called {newest} now"]
    assert getattr(made, newest) == value
    assert name not in vars(made)
    assert f"{name}=" not in repr(made)


@pytest.mark.parametrize(("cls", "name", "default"), IGNORED)
def test_ignored(cls: type[Object], name: str, default: Any) -> None:
    made = cls()
    with caught_warnings() as caught:
        assert getattr(made, name) == default
        setattr(made, name, "x")
        assert getattr(made, name) == "x"
        assert getattr(cls(), name) == default
    assert told(caught) == [f"{cls.__name__}.{name} is not used any more"]
    assert made == cls()
    assert name not in repr(made)
    assert name not in str(made)


def test_each_name_is_warned_of_for_itself() -> None:
    with caught_warnings() as caught:
        order, state = Order(), OrderState()
        for _ in range(2):
            order.eTradeOnly = False  # type: ignore[assignment]
            order.firmQuoteOnly = False  # type: ignore[assignment]
            state.commission = 1.0  # type: ignore[assignment]
            _ = CommissionAndFeesReport().commission
    assert [text.split()[0] for text in told(caught)] == [
        "Order.eTradeOnly",
        "Order.firmQuoteOnly",
        "OrderState.commission",
        "CommissionAndFeesReport.commission",
    ]


def test_copies_and_pickles_keep_what_was_set() -> None:
    order = Order()
    with pytest.deprecated_call():
        order.eTradeOnly = False  # type: ignore[assignment]
    for again in (copy.copy(order), copy.deepcopy(order), pickle.loads(pickle.dumps(order))):
        assert again.eTradeOnly is False
        assert again == order


def test_what_the_newest_generation_has_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for cls in {cls for cls, *_ in (*RENAMED, *IGNORED)}:
            made = cls()
            assert made == copy.deepcopy(made)
            str(made), repr(made), vars(made)

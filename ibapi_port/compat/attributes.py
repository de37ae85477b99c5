"""The attributes of data objects as older generations had them: what `vars()` of an object shows,
under which names, in which order.

The newest names are the classes' own. While an older generation is in use, an object has its names
in `__dict__`, and the newest ones are descriptors: the package reads and writes those, whatever is
in use. A value that the generation has no name for is kept beside `__dict__`; it is sent and
compared as always, and `vars()` does not show it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..commission_and_fees_report import CommissionAndFeesReport
from ..common import BarData, HistogramData
from ..const import UNSET_DOUBLE
from ..contract import Contract, ContractDetails
from ..execution import Execution, ExecutionFilter
from ..object_implem import Object
from ..order import Order
from ..order_cancel import OrderCancel
from ..order_state import OrderState
from ..protocol.schema.left_out import NOT_YET
from ..scanner import ScanData

Make = Callable[[], Any]

# The generation that brought them, the class, the attributes.
_SINCE: tuple[tuple[str, type[Object], str], ...] = (
    ("10.30", Contract, "lastTradeDate"),
    ("10.19", Contract, "description issuerId"),
    ("10.19", ContractDetails, "minSize sizeIncrement suggestedSizeIncrement"),
    (
        "10.30",
        ContractDetails,
        "fundName fundFamily fundType fundFrontLoad fundBackLoad fundBackLoadTimeInterval "
        "fundManagementFee fundClosed fundClosedForNewInvestors fundClosedForNewMoney "
        "fundNotifyAmount fundMinimumInitialPurchase fundSubsequentMinimumPurchase "
        "fundBlueSkyStates fundBlueSkyTerritories fundDistributionPolicyIndicator fundAssetType "
        "ineligibilityReasonList",
    ),
    (
        "10.46",
        ContractDetails,
        "minAlgoSize lastPricePrecision lastSizePrecision eventContract1 "
        "eventContractDescription1 eventContractDescription2",
    ),
    ("10.51", ContractDetails, "settlementMethod"),
    ("10.30", Execution, "pendingPriceRevision"),
    ("10.37", Execution, "submitter optExerciseOrLapseType"),
    ("10.37", ExecutionFilter, "lastNDays specificDates"),
    (
        "10.19",
        Order,
        "duration postToAts advancedErrorOverride manualOrderTime minTradeQty minCompeteSize "
        "competeAgainstBestOffset midOffsetAtWhole midOffsetAtHalf",
    ),
    (
        "10.30",
        Order,
        "customerAccount professionalCustomer bondAccruedInterest manualOrderIndicator",
    ),
    ("10.37", Order, "includeOvernight submitter"),
    (
        "10.46",
        Order,
        "hedgeMaxSize postOnly allowPreOpen ignoreOpenAuction deactivate seekPriceImprovement "
        "whatIfType slOrderId slOrderType ptOrderId ptOrderType",
    ),
    ("10.51", Order, "conditionsIncludeOvernight"),
    (
        "10.37",
        OrderState,
        "marginCurrency initMarginBeforeOutsideRTH maintMarginBeforeOutsideRTH "
        "equityWithLoanBeforeOutsideRTH initMarginChangeOutsideRTH maintMarginChangeOutsideRTH "
        "equityWithLoanChangeOutsideRTH initMarginAfterOutsideRTH maintMarginAfterOutsideRTH "
        "equityWithLoanAfterOutsideRTH suggestedSize rejectReason orderAllocations",
    ),
    ("10.46", ScanData, "marketName"),
)

# The last generation with the older name, the class, the newest name, the older one.
_RENAMED: tuple[tuple[str, type[Object], str, str], ...] = (
    ("9.81", BarData, "wap", "average"),
    ("9.81", HistogramData, "size", "count"),
    ("10.30", CommissionAndFeesReport, "commissionAndFees", "commission"),
    ("10.30", OrderState, "commissionAndFees", "commission"),
    ("10.30", OrderState, "minCommissionAndFees", "minCommission"),
    ("10.30", OrderState, "maxCommissionAndFees", "maxCommission"),
    ("10.30", OrderState, "commissionAndFeesCurrency", "commissionCurrency"),
)

_AT_THE_END = {(BarData, "average")}  # older names that stood elsewhere than the newest ones

# The first and the last generation with an attribute that is gone, the class, the attribute, its
# default, what it comes after.
_GONE: tuple[tuple[str, str, type[Object], str, object, str], ...] = (
    ("9.73", "9.81", ContractDetails, "mdSizeMultiplier", 0, "evMultiplier"),
    ("9.73", "10.19", Order, "faProfile", "", "faGroup"),
    ("9.73", "9.81", Order, "eTradeOnly", True, "discretionaryAmt"),
    ("9.73", "9.81", Order, "firmQuoteOnly", True, "eTradeOnly"),
    ("9.73", "9.81", Order, "nbboPriceCap", UNSET_DOUBLE, "firmQuoteOnly"),
    ("10.30", "10.30", Order, "externalUserId", "", "bondAccruedInterest"),
    ("10.30", "10.30", OrderCancel, "externalUserId", "", "extOperator"),
)

# The last generation with the older name, the class, that name, and the module that has it.
_CLASSES: tuple[tuple[str, type[Object], str, str], ...] = (
    ("10.30", CommissionAndFeesReport, "CommissionReport", "ibapi_port.commission_report"),
)


class _Newer:
    """An attribute that the generation in use does not have: kept beside `__dict__`.

    The dictionary in `_newer` is replaced at each change, since a copy of an object has the same
    one.
    """

    def __init__(self, name: str, default: Make) -> None:
        self.name, self.default = name, default

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        if self.name in instance.__dict__:  # made before the generation was known
            return instance.__dict__[self.name]
        return _kept(instance)[self.name] if self.name in _kept(instance) else self.default()

    def __set__(self, instance: Any, value: Any) -> None:
        if self.name in instance.__dict__:
            instance.__dict__[self.name] = value
        elif self.name in _kept(instance) or value != self.default():
            instance._newer = {**_kept(instance), self.name: value}


def _kept(instance: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(instance, "_newer", _NOTHING)
    return found


_NOTHING: dict[str, Any] = {}


class _Moved:
    """The newest name of an attribute that `__dict__` has under an older one."""

    def __init__(self, name: str, older: str) -> None:
        self.name, self.older = name, older

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        state = instance.__dict__
        if self.older in state:
            return state[self.older]
        if self.name in state:
            return state[self.name]
        raise AttributeError(f"{owner.__name__!r} object has no attribute {self.name!r}")

    def __set__(self, instance: Any, value: Any) -> None:
        state = instance.__dict__
        state[self.name if self.name in state and self.older not in state else self.older] = value


class _MadeBefore:
    """The older name, for an object that was made before the generation was known. Where `__dict__`
    has it, this is not asked.
    """

    def __init__(self, newest: str) -> None:
        self.newest = newest

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else getattr(instance, self.newest)


def _number(generation: str) -> tuple[int, ...]:
    return tuple(map(int, generation.split(".")))


def _layout(
    cls: type[Object], generation: tuple[int, ...]
) -> tuple[dict[str, Make], dict[str, Any]]:
    """What a new object has in `__dict__`, with what makes each value; and what the class has in
    place of its own attributes.
    """
    renamed = {
        newest: older
        for last, kind, newest, older in _RENAMED
        if kind is cls and generation <= _number(last)
    }
    hidden = {
        name
        for since, kind, names in _SINCE
        if kind is cls and generation < _number(since)
        for name in names.split()
    }
    gone = {
        after: (name, default)
        for first, last, kind, name, default, after in _GONE
        if kind is cls and _number(first) <= generation <= _number(last)
    }
    shown: dict[str, Make] = {}
    members: dict[str, Any] = {}
    for name in cls._defaults:
        make = partial(cls._new_value, name)
        if name in hidden:
            members[name] = _Newer(name, make)
            continue
        shown[renamed.get(name, name)] = make
        if name in renamed:
            members[name], members[renamed[name]] = _Moved(name, renamed[name]), _MadeBefore(name)
        last = name
        while last in gone:
            last, default = gone[last]
            shown[last] = lambda default=default: default  # type: ignore[misc]
            members[last] = default
    for name in [name for name in shown if (cls, name) in _AT_THE_END]:
        shown[name] = shown.pop(name)
    return shown, members


def _initializer(cls: type[Object], shown: dict[str, Make]) -> Callable[..., None]:
    """An `__init__` that gives an object these attributes, in this order."""
    plain = {name: make() for name, make in shown.items()}
    fresh = {name: make for name, make in shown.items() if make() is not plain[name]}
    names = list(cls._defaults)

    def __init__(self: Any, *args: Any, **values: Any) -> None:
        state = self.__dict__
        state.update(plain)
        for name, make in fresh.items():
            state[name] = make()
        if len(args) > len(names):
            raise TypeError(
                f"{cls.__name__}.__init__() takes {len(names) + 1} positional arguments but "
                f"{len(args) + 1} were given"
            )
        for name, value in zip(names, args, strict=False):
            if name in values:
                raise TypeError(
                    f"{cls.__name__}.__init__() got multiple values for argument {name!r}"
                )
            setattr(self, name, value)
        for name, value in values.items():
            if name not in names:
                raise TypeError(
                    f"{cls.__name__}.__init__() got an unexpected keyword argument {name!r}"
                )
            setattr(self, name, value)

    return __init__


_NONE: Any = object()
_own: dict[
    type[Object], dict[str, Any]
] = {}  # what the classes had in the places of what is there now
_own_names: dict[type[Object], tuple[str, str]] = {}


def use_names(generation: str) -> None:
    """Let the objects of the data classes have the attributes of a generation. Call it once the
    defaults are the generation's.
    """
    _restore()
    number = _number(generation)
    for cls in dict.fromkeys(
        [*(row[1] for row in _SINCE), *(row[1] for row in _RENAMED), *(row[2] for row in _GONE)]
    ):
        not_yet = [words for since, of, words in _SINCE if of is cls and number < _number(since)]
        NOT_YET[cls] = frozenset(" ".join(not_yet).split())
        shown, members = _layout(cls, number)
        if members:
            members["__init__"] = _initializer(cls, shown)
            _own[cls] = {name: cls.__dict__.get(name, _NONE) for name in members}
            for name, member in members.items():
                setattr(cls, name, member)
    for last, cls, name, module in _CLASSES:
        if number <= _number(last):
            _own_names[cls] = cls.__name__, cls.__module__
            cls.__name__ = cls.__qualname__ = name
            cls.__module__ = module


def _restore() -> None:
    """Let the classes be as in the newest generation."""
    for cls, members in _own.items():
        for name, member in members.items():
            if member is _NONE:
                delattr(cls, name)
            else:
                setattr(cls, name, member)
    for cls, (name, module) in _own_names.items():
        cls.__name__ = cls.__qualname__ = name
        cls.__module__ = module
    if _own:
        Object.__getattr__ = _of_older  # type: ignore[attr-defined]
    _own.clear()
    _own_names.clear()


_OLDER_NAME = {(cls, newest): older for _, cls, newest, older in _RENAMED}


def _of_older(self: Any, name: str) -> Any:
    """An attribute of an object that was made while an older generation was in use. In place only
    after one was.
    """
    if not name.startswith("_"):
        for cls in type(self).__mro__:
            older = _OLDER_NAME.get((cls, name))
            if older is not None and older in self.__dict__:
                return self.__dict__[older]
        if name in _kept(self):
            return _kept(self)[name]
        if name in self._defaults:
            return self._new_value(name)
    raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

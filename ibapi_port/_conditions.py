"""The classes of order conditions; `ibapi_port.order_condition` is where programs find them.

They stand here so that the protocol, which declares how they go on the wire, can import them: the
public module has to know the protocol, for `make_fields` and `decode`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Protocol

from ibapi_port._record import record
from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.enum_implem import Enum
from ibapi_port.object_implem import Object

if sys.version_info >= (3, 11):
    from typing import Self
else:
    from typing_extensions import Self

__all__ = [
    "ContractCondition",
    "Create",
    "ExecutionCondition",
    "MarginCondition",
    "OperatorCondition",
    "OrderCondition",
    "PercentChangeCondition",
    "PriceCondition",
    "TimeCondition",
    "VolumeCondition",
    "on_the_text_wire",
]


class TextWire(Protocol):
    """How a condition stands on the text wire, without the number of its kind."""

    def texts(self, condition: OrderCondition) -> list[str]:
        """Return the texts of the condition's fields."""

    def read(self, condition: OrderCondition, fields: Iterator[str | bytes]) -> None:
        """Set the condition's values from its fields, and take no more of them."""


def _no_text_wire() -> TextWire:
    raise RuntimeError("import ibapi_port.order_condition: it tells conditions how they are sent")


_text_wire: Callable[[], TextWire] = _no_text_wire


def on_the_text_wire(load: Callable[[], TextWire]) -> None:
    """Let conditions be written and read by what `load` returns; it is asked at each use."""
    global _text_wire
    _text_wire = load


@record
class OrderCondition(Object):
    """What all conditions have: their kind, and whether the next condition is joined by "and" or by
    "or".
    """

    # kinds
    Price = 1
    Time = 3
    Margin = 4
    Execution = 5
    Volume = 6
    PercentChange = 7

    condType: int | None = None
    isConjunctionConnection: bool = True

    def __init__(self, condType: int | None) -> None:
        self.condType = condType
        self.isConjunctionConnection = True

    def type(self) -> int | None:
        return self.condType

    def And(self) -> Self:
        """Join the next condition by "and"; returns the condition itself."""
        self.isConjunctionConnection = True
        return self

    def Or(self) -> Self:
        """Join the next condition by "or"; returns the condition itself."""
        self.isConjunctionConnection = False
        return self

    def make_fields(self) -> list[str]:
        """Return the fields on the text wire, each with its NUL, without the number of the kind."""
        return [f"{text}\0" for text in _text_wire().texts(self)]

    def decode(self, fields: Iterator[str | bytes]) -> None:
        """Set the values from the text wire's fields, which begin after the number of the kind."""
        _text_wire().read(self, fields)

    def __str__(self) -> str:
        return f"<{'AND' if self.isConjunctionConnection else 'OR'}>"


@record
class ExecutionCondition(OrderCondition):
    """A trade in an instrument happens."""

    condType: int | None = OrderCondition.Execution
    secType: str | None = None
    exchange: str | None = None
    symbol: str | None = None

    def __init__(
        self, secType: str | None = None, exch: str | None = None, symbol: str | None = None
    ) -> None:
        super().__init__(OrderCondition.Execution)
        self.secType = secType
        self.exchange = exch
        self.symbol = symbol

    def __str__(self) -> str:
        return (
            f"trade occurs for {self.symbol} symbol on {self.exchange} exchange for {self.secType} "
            "security type"
        )


@record
class OperatorCondition(OrderCondition):
    """A value reaches a threshold from below (``isMore``) or from above; subclasses say which
    value.
    """

    isMore: bool | None = None

    def __init__(self, condType: int | None = None, isMore: bool | None = None) -> None:
        super().__init__(condType)
        self.isMore = isMore

    def valueToString(self) -> str:
        """Return the threshold as text, as it goes on the text wire."""
        raise NotImplementedError(f"{self.__class__.__name__} has no threshold")

    def setValueFromString(self, text: str) -> None:
        """Set the threshold from the text wire's form."""
        raise NotImplementedError(f"{self.__class__.__name__} has no threshold")

    def __str__(self) -> str:
        return f" {'>=' if self.isMore else '<='}  {self.valueToString()}"


@record
class MarginCondition(OperatorCondition):
    """The account's margin cushion, in percent."""

    condType: int | None = OrderCondition.Margin
    percent: float | None = None

    def __init__(self, isMore: bool | None = None, percent: float | None = None) -> None:
        super().__init__(OrderCondition.Margin, isMore)
        self.percent = percent

    def valueToString(self) -> str:
        return str(self.percent)

    def setValueFromString(self, text: str) -> None:
        self.percent = float(text)

    def __str__(self) -> str:
        return f"the margin cushion percent {super().__str__()} "


@record
class TimeCondition(OperatorCondition):
    """A point in time, as text with its zone ("20250131 09:30:00 US/Eastern")."""

    condType: int | None = OrderCondition.Time
    time: str | None = None

    def __init__(self, isMore: bool | None = None, time: str | None = None) -> None:
        super().__init__(OrderCondition.Time, isMore)
        self.time = time

    def valueToString(self) -> str:
        return str(self.time)

    def setValueFromString(self, text: str) -> None:
        self.time = text

    def __str__(self) -> str:
        return f"time is {super().__str__()} "


@record
class ContractCondition(OperatorCondition):
    """A value of an instrument, given by its conId and an exchange."""

    conId: int | None = None
    exchange: str | None = None

    def __init__(
        self,
        condType: int | None = None,
        conId: int | None = None,
        exch: str | None = None,
        isMore: bool | None = None,
    ) -> None:
        super().__init__(condType, isMore)
        self.conId = conId
        self.exchange = exch

    def __str__(self) -> str:
        return f"{self.conId} on {self.exchange} is {super().__str__()} "


@record
class PriceCondition(ContractCondition):
    """A price; ``triggerMethod`` says which of the instrument's prices counts."""

    # The numbers 5 and 6 are free.
    TriggerMethodEnum = Enum(
        "Default",
        "DoubleBidAsk",
        "Last",
        "DoubleLast",
        "BidAsk",
        "N/A1",
        "N/A2",
        "LastBidAsk",
        "MidPoint",
    )

    condType: int | None = OrderCondition.Price
    price: float | None = None
    triggerMethod: int | None = None

    def __init__(
        self,
        triggerMethod: int | None = None,
        conId: int | None = None,
        exch: str | None = None,
        isMore: bool | None = None,
        price: float | None = None,
    ) -> None:
        super().__init__(OrderCondition.Price, conId, exch, isMore)
        self.price = price
        self.triggerMethod = triggerMethod

    def valueToString(self) -> str:
        return str(self.price)

    def setValueFromString(self, text: str) -> None:
        self.price = float(text)

    def __str__(self) -> str:
        method = (
            "NOTFOUND"
            if self.triggerMethod is None
            else self.TriggerMethodEnum.toStr(self.triggerMethod)
        )
        return f"{method} price of {super().__str__()} "


@record
class PercentChangeCondition(ContractCondition):
    """The change since yesterday's close, in percent."""

    condType: int | None = OrderCondition.PercentChange
    changePercent: float = UNSET_DOUBLE

    def __init__(
        self,
        conId: int | None = None,
        exch: str | None = None,
        isMore: bool | None = None,
        changePercent: float = UNSET_DOUBLE,
    ) -> None:
        super().__init__(OrderCondition.PercentChange, conId, exch, isMore)
        self.changePercent = changePercent

    def valueToString(self) -> str:
        return str(self.changePercent)

    def setValueFromString(self, text: str) -> None:
        self.changePercent = float(text)

    def __str__(self) -> str:
        return f"percent change of {super().__str__()} "


@record
class VolumeCondition(ContractCondition):
    """The day's volume."""

    condType: int | None = OrderCondition.Volume
    volume: int | None = None

    def __init__(
        self,
        conId: int | None = None,
        exch: str | None = None,
        isMore: bool | None = None,
        volume: int | None = None,
    ) -> None:
        super().__init__(OrderCondition.Volume, conId, exch, isMore)
        self.volume = volume

    def valueToString(self) -> str:
        return str(self.volume)

    def setValueFromString(self, text: str) -> None:
        self.volume = int(text)

    def __str__(self) -> str:
        return f"volume of {super().__str__()} "


_BY_KIND: dict[int, type[OrderCondition]] = {
    OrderCondition.Price: PriceCondition,
    OrderCondition.Time: TimeCondition,
    OrderCondition.Margin: MarginCondition,
    OrderCondition.Execution: ExecutionCondition,
    OrderCondition.Volume: VolumeCondition,
    OrderCondition.PercentChange: PercentChangeCondition,
}


def Create(condType: int) -> OrderCondition | None:
    """Return an empty condition of this kind; None for a number that is no kind."""
    cls: Callable[[], OrderCondition] | None = _BY_KIND.get(condType)
    return cls() if cls else None


# Their public home, which pickles are to name: it stays when this module does not.
for _cls in (OrderCondition, OperatorCondition, ContractCondition, *_BY_KIND.values()):
    _cls.__module__ = "ibapi_port.order_condition"

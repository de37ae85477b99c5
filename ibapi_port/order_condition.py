"""Conditions on which an order is sent or cancelled (Order.conditions), and Create, which makes one by its number.

How they go on the wire is declared in ``ibapi_port.protocol``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.enum_implem import Enum
from ibapi_port.object_implem import Object, record

if TYPE_CHECKING:
    from typing_extensions import Self

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


@record
class OrderCondition(Object):
    """What all conditions have: their kind, and whether the next condition is joined by "and" or by "or"."""

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
        """The condition's fields on the text wire, each with its NUL, without the number of its kind."""
        from ibapi_port.protocol.text.conditions import texts

        return [f"{text}\0" for text in texts(self)]

    def decode(self, fields: Iterator[str | bytes]) -> None:
        """Take the values from the text wire's fields, beginning after the number of the condition's kind."""
        from ibapi_port.protocol.text.conditions import read

        read(self, fields)

    def __str__(self) -> str:
        return f"<{'AND' if self.isConjunctionConnection else 'OR'}>"


@record
class ExecutionCondition(OrderCondition):
    """A trade in an instrument happens."""

    condType: int | None = OrderCondition.Execution
    secType: str | None = None
    exchange: str | None = None
    symbol: str | None = None

    def __init__(self, secType: str | None = None, exch: str | None = None, symbol: str | None = None) -> None:
        super().__init__(OrderCondition.Execution)
        self.secType = secType
        self.exchange = exch
        self.symbol = symbol

    def __str__(self) -> str:
        return f"trade occurs for {self.symbol} symbol on {self.exchange} exchange for {self.secType} security type"


@record
class OperatorCondition(OrderCondition):
    """A value reaches a threshold from below (``isMore``) or from above; subclasses say which value."""

    isMore: bool | None = None

    def __init__(self, condType: int | None = None, isMore: bool | None = None) -> None:
        super().__init__(condType)
        self.isMore = isMore

    def valueToString(self) -> str:
        """The threshold as text, as it goes on the text wire."""
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

    def __init__(self, condType: int | None = None, conId: int | None = None, exch: str | None = None, isMore: bool | None = None) -> None:
        super().__init__(condType, isMore)
        self.conId = conId
        self.exchange = exch

    def __str__(self) -> str:
        return f"{self.conId} on {self.exchange} is {super().__str__()} "


@record
class PriceCondition(ContractCondition):
    """A price; ``triggerMethod`` says which of the instrument's prices counts."""

    # The numbers 5 and 6 are free.
    TriggerMethodEnum = Enum("Default", "DoubleBidAsk", "Last", "DoubleLast", "BidAsk", "N/A1", "N/A2", "LastBidAsk", "MidPoint")

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
        method = "NOTFOUND" if self.triggerMethod is None else self.TriggerMethodEnum.toStr(self.triggerMethod)
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

    def __init__(self, conId: int | None = None, exch: str | None = None, isMore: bool | None = None, volume: int | None = None) -> None:
        super().__init__(OrderCondition.Volume, conId, exch, isMore)
        self.volume = volume

    def valueToString(self) -> str:
        return str(self.volume)

    def setValueFromString(self, text: str) -> None:
        self.volume = int(text)

    def __str__(self) -> str:
        return f"volume of {super().__str__()} "


_BY_KIND: dict[int, Callable[[], OrderCondition]] = {
    OrderCondition.Price: PriceCondition,
    OrderCondition.Time: TimeCondition,
    OrderCondition.Margin: MarginCondition,
    OrderCondition.Execution: ExecutionCondition,
    OrderCondition.Volume: VolumeCondition,
    OrderCondition.PercentChange: PercentChangeCondition,
}


def Create(condType: int) -> OrderCondition | None:
    """An empty condition of this kind; None for a number that is no kind."""
    make = _BY_KIND.get(condType)
    return make() if make else None

"""Fills (execDetails) and the filter of reqExecutions."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from ibapi_port._record import record
from ibapi_port.const import UNSET_DECIMAL, UNSET_INTEGER
from ibapi_port.object_implem import Object
from ibapi_port.utils import (
    decimalMaxString,
    floatMaxString,
    getEnumTypeName,
    intMaxString,
    longMaxString,
)

__all__ = [
    "UNSET_DECIMAL",
    "UNSET_INTEGER",
    "Execution",
    "ExecutionFilter",
    "Object",
    "OptionExerciseType",
    "decimalMaxString",
    "floatMaxString",
    "getEnumTypeName",
    "intMaxString",
    "longMaxString",
]


class OptionExerciseType(Enum):
    """What became of an option: (code of TWS, label)."""

    NoneItem = (-1, "None")
    Exercise = (1, "Exercise")
    Lapse = (2, "Lapse")
    DoNothing = (3, "DoNothing")
    Assigned = (100, "Assigned ")  # IB's label ends in a space
    AutoexerciseClearing = (101, "AutoexerciseClearing")
    Expired = (102, "Expired")
    Netting = (103, "Netting")
    AutoexerciseTrading = (200, "AutoexerciseTrading")


@record
class Execution(Object):
    """One fill of an order."""

    _text = (
        "ExecId: {execId}, Time: {time}, Account: {acctNumber}, Exchange: {exchange}, Side: "
        "{side}, Shares: {shares:m}, "
        "Price: {price:f}, PermId: {permId:l}, ClientId: {clientId:i}, OrderId: {orderId:i}, "
        "Liquidation: {liquidation:i}, "
        "CumQty: {cumQty:m}, AvgPrice: {avgPrice:f}, OrderRef: {orderRef}, EvRule: {evRule}, "
        "EvMultiplier: {evMultiplier:f}, "
        "ModelCode: {modelCode}, LastLiquidity: {lastLiquidity:i}, PendingPriceRevision: "
        "{pendingPriceRevision}, "
        "Submitter: {submitter}, OptExerciseOrLapseType: {_optExerciseOrLapseTypeName}"
    )

    execId: str = ""  # a correction has the same id but for the number after the last point
    time: str = ""
    acctNumber: str = ""
    exchange: str = ""
    side: str = ""  # BOT or SLD
    shares: Decimal = UNSET_DECIMAL
    price: float = 0.0  # without commission
    permId: int = 0
    clientId: int = 0
    orderId: int = 0
    liquidation: int = 0  # 1: IB liquidated the position
    cumQty: Decimal = UNSET_DECIMAL  # of all fills of the order so far, as avgPrice
    avgPrice: float = 0.0
    orderRef: str = ""
    evRule: str = ""
    evMultiplier: float = 0.0
    modelCode: str = ""
    lastLiquidity: int = 0  # common.LiquiditiesEnum
    pendingPriceRevision: bool = False
    submitter: str = ""
    optExerciseOrLapseType: OptionExerciseType = OptionExerciseType.NoneItem

    @property
    def _optExerciseOrLapseTypeName(self) -> str:
        return getEnumTypeName(OptionExerciseType, self.optExerciseOrLapseType)


@record
class ExecutionFilter(Object):
    """Which fills reqExecutions shall report; what is left empty does not restrict."""

    clientId: int = 0
    acctCode: str = ""
    time: str = ""  # fills after it: YYYYMMDD-hh:mm:ss (UTC) or YYYYMMDD hh:mm:ss zone
    symbol: str = ""
    secType: str = ""
    exchange: str = ""
    side: str = ""  # BUY or SELL
    lastNDays: int = UNSET_INTEGER
    specificDates: list[int] | None = None  # as numbers YYYYMMDD

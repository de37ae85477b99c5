"""What TWS says about the state of an order (openOrder, completedOrder)."""

from __future__ import annotations

from decimal import Decimal

from ibapi_port._record import Renamed, record
from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE
from ibapi_port.object_implem import Object

__all__ = ["UNSET_DECIMAL", "UNSET_DOUBLE", "Object", "OrderAllocation", "OrderState"]


@record
class OrderAllocation(Object):
    """The part of an advisor's order that goes to one account."""

    _text = (
        "Account: {account}, Position: {position:m}, PositionDesired: {positionDesired:m}, "
        "PositionAfter: {positionAfter:m}, "
        "DesiredAllocQty: {desiredAllocQty:m}, AllowedAllocQty: {allowedAllocQty:m}, IsMonetary: "
        "{isMonetary}"
    )

    account: str = ""
    position: Decimal = UNSET_DECIMAL
    positionDesired: Decimal = UNSET_DECIMAL
    positionAfter: Decimal = UNSET_DECIMAL
    desiredAllocQty: Decimal = UNSET_DECIMAL
    allowedAllocQty: Decimal = UNSET_DECIMAL
    isMonetary: bool = False  # quantities are money, not units


@record
class OrderState(Object):
    """Status, margin before and after the order, fees; filled in full for whatIf orders.

    The older margins are text, as TWS sends them.
    """

    _text = (
        "Status: {status}, InitMarginBefore: {initMarginBefore}, MaintMarginBefore: "
        "{maintMarginBefore}, "
        "EquityWithLoanBefore: {equityWithLoanBefore}, InitMarginChange: {initMarginChange}, "
        "MaintMarginChange: {maintMarginChange}, "
        "EquityWithLoanChange: {equityWithLoanChange}, InitMarginAfter: {initMarginAfter}, "
        "MaintMarginAfter: {maintMarginAfter}, "
        "EquityWithLoanAfter: {equityWithLoanAfter}, CommissionAndFees: {commissionAndFees:f}, "
        "MinCommissionAndFees: {minCommissionAndFees:f}, MaxCommissionAndFees: "
        "{maxCommissionAndFees:f}, "
        "CommissionAndFeesCurrency: {commissionAndFeesCurrency}, MarginCurrency: {marginCurrency}, "
        "InitMarginBeforeOutsideRTH: {initMarginBeforeOutsideRTH:f}, MaintMarginBeforeOutsideRTH: "
        "{maintMarginBeforeOutsideRTH:f}, "
        "EquityWithLoanBeforeOutsideRTH: {equityWithLoanBeforeOutsideRTH:f}, "
        "InitMarginChangeOutsideRTH: {initMarginChangeOutsideRTH:f}, MaintMarginChangeOutsideRTH: "
        "{maintMarginChangeOutsideRTH:f}, "
        "equityWithLoanChangeOutsideRTH: {equityWithLoanChangeOutsideRTH:f}, "
        "InitMarginAfterOutsideRTH: {initMarginAfterOutsideRTH:f}, MaintMarginAfterOutsideRTH: "
        "{maintMarginAfterOutsideRTH:f}, "
        "equityWithLoanAfterOutsideRTH: {equityWithLoanAfterOutsideRTH:f}, SuggestedSize: "
        "{suggestedSize:m}, "
        "RejectReason: {rejectReason}, WarningText: {warningText}, CompletedTime: {completedTime}, "
        "CompletedStatus: {completedStatus}"
    )

    status: str = ""

    initMarginBefore: str = ""
    maintMarginBefore: str = ""
    equityWithLoanBefore: str = ""
    initMarginChange: str = ""
    maintMarginChange: str = ""
    equityWithLoanChange: str = ""
    initMarginAfter: str = ""
    maintMarginAfter: str = ""
    equityWithLoanAfter: str = ""

    commissionAndFees: float = UNSET_DOUBLE
    minCommissionAndFees: float = UNSET_DOUBLE
    maxCommissionAndFees: float = UNSET_DOUBLE
    commissionAndFeesCurrency: str = ""
    marginCurrency: str = ""
    # outside of regular trading hours
    initMarginBeforeOutsideRTH: float = UNSET_DOUBLE
    maintMarginBeforeOutsideRTH: float = UNSET_DOUBLE
    equityWithLoanBeforeOutsideRTH: float = UNSET_DOUBLE
    initMarginChangeOutsideRTH: float = UNSET_DOUBLE
    maintMarginChangeOutsideRTH: float = UNSET_DOUBLE
    equityWithLoanChangeOutsideRTH: float = UNSET_DOUBLE
    initMarginAfterOutsideRTH: float = UNSET_DOUBLE
    maintMarginAfterOutsideRTH: float = UNSET_DOUBLE
    equityWithLoanAfterOutsideRTH: float = UNSET_DOUBLE

    suggestedSize: Decimal = UNSET_DECIMAL
    rejectReason: str = ""
    orderAllocations: list[OrderAllocation] | None = None
    warningText: str = ""
    completedTime: str = ""
    completedStatus: str = ""

    def __str__(self) -> str:
        if not self.orderAllocations:
            return super().__str__()
        allocations = "".join(f"{allocation}; " for allocation in self.orderAllocations)
        return f"{super().__str__()} OrderAllocations({allocations})"

    # names and fields of older generations
    commission = Renamed("commissionAndFees")
    minCommission = Renamed("minCommissionAndFees")
    maxCommission = Renamed("maxCommissionAndFees")
    commissionCurrency = Renamed("commissionAndFeesCurrency")

from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .OrderAllocation_pb2 import OrderAllocation

DESCRIPTOR: FileDescriptor

class OrderState(Message):
    status: str
    initMarginBefore: float
    maintMarginBefore: float
    equityWithLoanBefore: float
    initMarginChange: float
    maintMarginChange: float
    equityWithLoanChange: float
    initMarginAfter: float
    maintMarginAfter: float
    equityWithLoanAfter: float
    commissionAndFees: float
    minCommissionAndFees: float
    maxCommissionAndFees: float
    commissionAndFeesCurrency: str
    marginCurrency: str
    initMarginBeforeOutsideRTH: float
    maintMarginBeforeOutsideRTH: float
    equityWithLoanBeforeOutsideRTH: float
    initMarginChangeOutsideRTH: float
    maintMarginChangeOutsideRTH: float
    equityWithLoanChangeOutsideRTH: float
    initMarginAfterOutsideRTH: float
    maintMarginAfterOutsideRTH: float
    equityWithLoanAfterOutsideRTH: float
    suggestedSize: str
    rejectReason: str
    @property
    def orderAllocations(self) -> RepeatedCompositeFieldContainer[OrderAllocation]: ...
    warningText: str
    completedTime: str
    completedStatus: str
    def __init__(
        self,
        *,
        status: str | None = None,
        initMarginBefore: float | None = None,
        maintMarginBefore: float | None = None,
        equityWithLoanBefore: float | None = None,
        initMarginChange: float | None = None,
        maintMarginChange: float | None = None,
        equityWithLoanChange: float | None = None,
        initMarginAfter: float | None = None,
        maintMarginAfter: float | None = None,
        equityWithLoanAfter: float | None = None,
        commissionAndFees: float | None = None,
        minCommissionAndFees: float | None = None,
        maxCommissionAndFees: float | None = None,
        commissionAndFeesCurrency: str | None = None,
        marginCurrency: str | None = None,
        initMarginBeforeOutsideRTH: float | None = None,
        maintMarginBeforeOutsideRTH: float | None = None,
        equityWithLoanBeforeOutsideRTH: float | None = None,
        initMarginChangeOutsideRTH: float | None = None,
        maintMarginChangeOutsideRTH: float | None = None,
        equityWithLoanChangeOutsideRTH: float | None = None,
        initMarginAfterOutsideRTH: float | None = None,
        maintMarginAfterOutsideRTH: float | None = None,
        equityWithLoanAfterOutsideRTH: float | None = None,
        suggestedSize: str | None = None,
        rejectReason: str | None = None,
        orderAllocations: Iterable[OrderAllocation] | None = None,
        warningText: str | None = None,
        completedTime: str | None = None,
        completedStatus: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class CommissionAndFeesReport(Message):
    execId: str
    commissionAndFees: float
    currency: str
    realizedPNL: float
    bondYield: float
    yieldRedemptionDate: str
    def __init__(
        self,
        *,
        execId: str | None = None,
        commissionAndFees: float | None = None,
        currency: str | None = None,
        realizedPNL: float | None = None,
        bondYield: float | None = None,
        yieldRedemptionDate: str | None = None,
    ) -> None: ...

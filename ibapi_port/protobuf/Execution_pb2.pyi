from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class Execution(Message):
    orderId: int
    execId: str
    time: str
    acctNumber: str
    exchange: str
    side: str
    shares: str
    price: float
    permId: int
    clientId: int
    isLiquidation: bool
    cumQty: str
    avgPrice: float
    orderRef: str
    evRule: str
    evMultiplier: float
    modelCode: str
    lastLiquidity: int
    isPriceRevisionPending: bool
    submitter: str
    optExerciseOrLapseType: int
    def __init__(
        self,
        *,
        orderId: int | None = None,
        execId: str | None = None,
        time: str | None = None,
        acctNumber: str | None = None,
        exchange: str | None = None,
        side: str | None = None,
        shares: str | None = None,
        price: float | None = None,
        permId: int | None = None,
        clientId: int | None = None,
        isLiquidation: bool | None = None,
        cumQty: str | None = None,
        avgPrice: float | None = None,
        orderRef: str | None = None,
        evRule: str | None = None,
        evMultiplier: float | None = None,
        modelCode: str | None = None,
        lastLiquidity: int | None = None,
        isPriceRevisionPending: bool | None = None,
        submitter: str | None = None,
        optExerciseOrLapseType: int | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class OrderCondition(Message):
    type: int
    isConjunctionConnection: bool
    isMore: bool
    conId: int
    exchange: str
    symbol: str
    secType: str
    percent: int
    changePercent: float
    price: float
    triggerMethod: int
    time: str
    volume: int
    def __init__(
        self,
        *,
        type: int | None = None,
        isConjunctionConnection: bool | None = None,
        isMore: bool | None = None,
        conId: int | None = None,
        exchange: str | None = None,
        symbol: str | None = None,
        secType: str | None = None,
        percent: int | None = None,
        changePercent: float | None = None,
        price: float | None = None,
        triggerMethod: int | None = None,
        time: str | None = None,
        volume: int | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class PnLSingle(Message):
    reqId: int
    position: str
    dailyPnL: float
    unrealizedPnL: float
    realizedPnL: float
    value: float
    def __init__(
        self,
        *,
        reqId: int | None = None,
        position: str | None = None,
        dailyPnL: float | None = None,
        unrealizedPnL: float | None = None,
        realizedPnL: float | None = None,
        value: float | None = None,
    ) -> None: ...

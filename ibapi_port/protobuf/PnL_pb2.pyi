from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class PnL(Message):
    reqId: int
    dailyPnL: float
    unrealizedPnL: float
    realizedPnL: float
    def __init__(
        self,
        *,
        reqId: int | None = None,
        dailyPnL: float | None = None,
        unrealizedPnL: float | None = None,
        realizedPnL: float | None = None,
    ) -> None: ...

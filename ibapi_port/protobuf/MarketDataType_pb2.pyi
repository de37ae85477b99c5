from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class MarketDataType(Message):
    reqId: int
    marketDataType: int
    def __init__(
        self,
        *,
        reqId: int | None = None,
        marketDataType: int | None = None,
    ) -> None: ...

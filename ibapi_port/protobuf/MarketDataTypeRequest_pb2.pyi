from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class MarketDataTypeRequest(Message):
    marketDataType: int
    def __init__(
        self,
        *,
        marketDataType: int | None = None,
    ) -> None: ...

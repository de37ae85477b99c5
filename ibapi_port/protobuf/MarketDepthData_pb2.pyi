from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class MarketDepthData(Message):
    position: int
    operation: int
    side: int
    price: float
    size: str
    marketMaker: str
    isSmartDepth: bool
    def __init__(
        self,
        *,
        position: int | None = None,
        operation: int | None = None,
        side: int | None = None,
        price: float | None = None,
        size: str | None = None,
        marketMaker: str | None = None,
        isSmartDepth: bool | None = None,
    ) -> None: ...

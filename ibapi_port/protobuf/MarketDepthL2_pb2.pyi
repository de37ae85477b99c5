from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .MarketDepthData_pb2 import MarketDepthData

DESCRIPTOR: FileDescriptor

class MarketDepthL2(Message):
    reqId: int
    @property
    def marketDepthData(self) -> MarketDepthData: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        marketDepthData: MarketDepthData | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .HistoricalDataBar_pb2 import HistoricalDataBar

DESCRIPTOR: FileDescriptor

class HistoricalDataUpdate(Message):
    reqId: int
    @property
    def historicalDataBar(self) -> HistoricalDataBar: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        historicalDataBar: HistoricalDataBar | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class HistoricalNewsEnd(Message):
    reqId: int
    hasMore: bool
    def __init__(
        self,
        *,
        reqId: int | None = None,
        hasMore: bool | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class HistoricalDataEnd(Message):
    reqId: int
    startDateStr: str
    endDateStr: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        startDateStr: str | None = None,
        endDateStr: str | None = None,
    ) -> None: ...

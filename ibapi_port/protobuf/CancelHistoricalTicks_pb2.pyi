from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class CancelHistoricalTicks(Message):
    reqId: int
    def __init__(
        self,
        *,
        reqId: int | None = None,
    ) -> None: ...

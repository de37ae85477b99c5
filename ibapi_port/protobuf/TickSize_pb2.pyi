from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class TickSize(Message):
    reqId: int
    tickType: int
    size: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        tickType: int | None = None,
        size: str | None = None,
    ) -> None: ...

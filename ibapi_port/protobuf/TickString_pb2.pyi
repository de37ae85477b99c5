from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class TickString(Message):
    reqId: int
    tickType: int
    value: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        tickType: int | None = None,
        value: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class TickGeneric(Message):
    reqId: int
    tickType: int
    value: float
    def __init__(
        self,
        *,
        reqId: int | None = None,
        tickType: int | None = None,
        value: float | None = None,
    ) -> None: ...

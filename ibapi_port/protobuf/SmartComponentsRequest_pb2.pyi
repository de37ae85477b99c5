from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class SmartComponentsRequest(Message):
    reqId: int
    bboExchange: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        bboExchange: str | None = None,
    ) -> None: ...

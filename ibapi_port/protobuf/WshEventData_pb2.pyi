from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class WshEventData(Message):
    reqId: int
    dataJson: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        dataJson: str | None = None,
    ) -> None: ...

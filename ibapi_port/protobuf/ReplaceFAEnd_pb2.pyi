from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class ReplaceFAEnd(Message):
    reqId: int
    text: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        text: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class ReceiveFA(Message):
    faDataType: int
    xml: str
    def __init__(
        self,
        *,
        faDataType: int | None = None,
        xml: str | None = None,
    ) -> None: ...

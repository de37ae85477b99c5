from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class FARequest(Message):
    faDataType: int
    def __init__(
        self,
        *,
        faDataType: int | None = None,
    ) -> None: ...

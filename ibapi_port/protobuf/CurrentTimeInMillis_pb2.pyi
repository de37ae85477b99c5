from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class CurrentTimeInMillis(Message):
    currentTimeInMillis: int
    def __init__(
        self,
        *,
        currentTimeInMillis: int | None = None,
    ) -> None: ...

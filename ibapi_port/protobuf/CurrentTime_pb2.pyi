from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class CurrentTime(Message):
    currentTime: int
    def __init__(
        self,
        *,
        currentTime: int | None = None,
    ) -> None: ...

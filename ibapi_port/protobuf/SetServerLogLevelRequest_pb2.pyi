from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class SetServerLogLevelRequest(Message):
    logLevel: int
    def __init__(
        self,
        *,
        logLevel: int | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class TickAttribLast(Message):
    pastLimit: bool
    unreported: bool
    def __init__(
        self,
        *,
        pastLimit: bool | None = None,
        unreported: bool | None = None,
    ) -> None: ...

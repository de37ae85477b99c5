from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class HeadTimestamp(Message):
    reqId: int
    headTimestamp: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        headTimestamp: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class DisplayGroupList(Message):
    reqId: int
    groups: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        groups: str | None = None,
    ) -> None: ...

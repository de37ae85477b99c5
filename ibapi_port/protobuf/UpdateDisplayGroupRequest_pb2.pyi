from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class UpdateDisplayGroupRequest(Message):
    reqId: int
    contractInfo: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contractInfo: str | None = None,
    ) -> None: ...

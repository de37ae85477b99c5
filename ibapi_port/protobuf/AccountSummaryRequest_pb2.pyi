from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class AccountSummaryRequest(Message):
    reqId: int
    group: str
    tags: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        group: str | None = None,
        tags: str | None = None,
    ) -> None: ...

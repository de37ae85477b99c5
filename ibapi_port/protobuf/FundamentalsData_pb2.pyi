from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class FundamentalsData(Message):
    reqId: int
    data: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        data: str | None = None,
    ) -> None: ...

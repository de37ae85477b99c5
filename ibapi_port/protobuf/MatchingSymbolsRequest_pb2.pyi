from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class MatchingSymbolsRequest(Message):
    reqId: int
    pattern: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        pattern: str | None = None,
    ) -> None: ...

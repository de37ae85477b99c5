from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class CancelMarketDepth(Message):
    reqId: int
    isSmartDepth: bool
    def __init__(
        self,
        *,
        reqId: int | None = None,
        isSmartDepth: bool | None = None,
    ) -> None: ...

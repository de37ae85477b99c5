from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class CancelScannerSubscription(Message):
    reqId: int
    def __init__(
        self,
        *,
        reqId: int | None = None,
    ) -> None: ...

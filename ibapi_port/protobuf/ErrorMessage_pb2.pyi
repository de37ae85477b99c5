from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class ErrorMessage(Message):
    id: int
    errorTime: int
    errorCode: int
    errorMsg: str
    advancedOrderRejectJson: str
    def __init__(
        self,
        *,
        id: int | None = None,
        errorTime: int | None = None,
        errorCode: int | None = None,
        errorMsg: str | None = None,
        advancedOrderRejectJson: str | None = None,
    ) -> None: ...

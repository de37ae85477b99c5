from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class OrderCancel(Message):
    manualOrderCancelTime: str
    extOperator: str
    manualOrderIndicator: int
    def __init__(
        self,
        *,
        manualOrderCancelTime: str | None = None,
        extOperator: str | None = None,
        manualOrderIndicator: int | None = None,
    ) -> None: ...

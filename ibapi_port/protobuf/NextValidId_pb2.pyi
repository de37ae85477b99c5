from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class NextValidId(Message):
    orderId: int
    def __init__(
        self,
        *,
        orderId: int | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class OrderBound(Message):
    permId: int
    clientId: int
    orderId: int
    def __init__(
        self,
        *,
        permId: int | None = None,
        clientId: int | None = None,
        orderId: int | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class CompletedOrdersRequest(Message):
    apiOnly: bool
    def __init__(
        self,
        *,
        apiOnly: bool | None = None,
    ) -> None: ...

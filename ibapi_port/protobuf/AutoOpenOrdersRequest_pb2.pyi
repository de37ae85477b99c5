from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class AutoOpenOrdersRequest(Message):
    autoBind: bool
    def __init__(
        self,
        *,
        autoBind: bool | None = None,
    ) -> None: ...

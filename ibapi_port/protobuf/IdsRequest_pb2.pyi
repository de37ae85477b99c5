from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class IdsRequest(Message):
    numIds: int
    def __init__(
        self,
        *,
        numIds: int | None = None,
    ) -> None: ...

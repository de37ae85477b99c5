from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class IneligibilityReason(Message):
    id: str
    description: str
    def __init__(
        self,
        *,
        id: str | None = None,
        description: str | None = None,
    ) -> None: ...

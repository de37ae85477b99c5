from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class SoftDollarTier(Message):
    name: str
    value: str
    displayName: str
    def __init__(
        self,
        *,
        name: str | None = None,
        value: str | None = None,
        displayName: str | None = None,
    ) -> None: ...

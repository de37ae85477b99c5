from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class MessageConfig(Message):
    id: int
    title: str
    message: str
    defaultAction: str
    enabled: bool
    def __init__(
        self,
        *,
        id: int | None = None,
        title: str | None = None,
        message: str | None = None,
        defaultAction: str | None = None,
        enabled: bool | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class UpdateConfigWarning(Message):
    messageId: int
    title: str
    message: str
    def __init__(
        self,
        *,
        messageId: int | None = None,
        title: str | None = None,
        message: str | None = None,
    ) -> None: ...

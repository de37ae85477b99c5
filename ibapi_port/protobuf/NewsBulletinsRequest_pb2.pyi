from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class NewsBulletinsRequest(Message):
    allMessages: bool
    def __init__(
        self,
        *,
        allMessages: bool | None = None,
    ) -> None: ...

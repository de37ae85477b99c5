from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class AccountUpdateTime(Message):
    timeStamp: str
    def __init__(
        self,
        *,
        timeStamp: str | None = None,
    ) -> None: ...

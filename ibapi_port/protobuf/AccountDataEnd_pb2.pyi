from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class AccountDataEnd(Message):
    accountName: str
    def __init__(
        self,
        *,
        accountName: str | None = None,
    ) -> None: ...

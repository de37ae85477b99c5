from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class ManagedAccounts(Message):
    accountsList: str
    def __init__(
        self,
        *,
        accountsList: str | None = None,
    ) -> None: ...

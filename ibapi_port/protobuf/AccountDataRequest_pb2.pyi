from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class AccountDataRequest(Message):
    subscribe: bool
    acctCode: str
    def __init__(
        self,
        *,
        subscribe: bool | None = None,
        acctCode: str | None = None,
    ) -> None: ...

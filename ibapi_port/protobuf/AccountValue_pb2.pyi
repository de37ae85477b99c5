from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class AccountValue(Message):
    key: str
    value: str
    currency: str
    accountName: str
    def __init__(
        self,
        *,
        key: str | None = None,
        value: str | None = None,
        currency: str | None = None,
        accountName: str | None = None,
    ) -> None: ...

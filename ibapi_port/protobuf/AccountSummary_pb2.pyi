from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class AccountSummary(Message):
    reqId: int
    account: str
    tag: str
    value: str
    currency: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        account: str | None = None,
        tag: str | None = None,
        value: str | None = None,
        currency: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class AccountUpdateMulti(Message):
    reqId: int
    account: str
    modelCode: str
    key: str
    value: str
    currency: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        account: str | None = None,
        modelCode: str | None = None,
        key: str | None = None,
        value: str | None = None,
        currency: str | None = None,
    ) -> None: ...

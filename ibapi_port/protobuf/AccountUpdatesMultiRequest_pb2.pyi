from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class AccountUpdatesMultiRequest(Message):
    reqId: int
    account: str
    modelCode: str
    ledgerAndNLV: bool
    def __init__(
        self,
        *,
        reqId: int | None = None,
        account: str | None = None,
        modelCode: str | None = None,
        ledgerAndNLV: bool | None = None,
    ) -> None: ...

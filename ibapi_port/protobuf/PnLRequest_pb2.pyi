from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class PnLRequest(Message):
    reqId: int
    account: str
    modelCode: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        account: str | None = None,
        modelCode: str | None = None,
    ) -> None: ...

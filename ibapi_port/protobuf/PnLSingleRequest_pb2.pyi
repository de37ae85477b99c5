from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class PnLSingleRequest(Message):
    reqId: int
    account: str
    modelCode: str
    conId: int
    def __init__(
        self,
        *,
        reqId: int | None = None,
        account: str | None = None,
        modelCode: str | None = None,
        conId: int | None = None,
    ) -> None: ...

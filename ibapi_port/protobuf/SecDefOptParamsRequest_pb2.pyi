from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class SecDefOptParamsRequest(Message):
    reqId: int
    underlyingSymbol: str
    futFopExchange: str
    underlyingSecType: str
    underlyingConId: int
    def __init__(
        self,
        *,
        reqId: int | None = None,
        underlyingSymbol: str | None = None,
        futFopExchange: str | None = None,
        underlyingSecType: str | None = None,
        underlyingConId: int | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class RerouteMarketDataRequest(Message):
    reqId: int
    conId: int
    exchange: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        conId: int | None = None,
        exchange: str | None = None,
    ) -> None: ...

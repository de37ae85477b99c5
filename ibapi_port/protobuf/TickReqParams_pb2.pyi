from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class TickReqParams(Message):
    reqId: int
    minTick: str
    bboExchange: str
    snapshotPermissions: int
    lastPricePrecision: str
    lastSizePrecision: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        minTick: str | None = None,
        bboExchange: str | None = None,
        snapshotPermissions: int | None = None,
        lastPricePrecision: str | None = None,
        lastSizePrecision: str | None = None,
    ) -> None: ...

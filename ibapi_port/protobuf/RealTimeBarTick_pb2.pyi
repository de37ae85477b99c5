from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class RealTimeBarTick(Message):
    reqId: int
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: str
    WAP: str
    count: int
    def __init__(
        self,
        *,
        reqId: int | None = None,
        time: int | None = None,
        open: float | None = None,
        high: float | None = None,
        low: float | None = None,
        close: float | None = None,
        volume: str | None = None,
        WAP: str | None = None,
        count: int | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class HistoricalDataBar(Message):
    date: str
    open: float
    high: float
    low: float
    close: float
    volume: str
    WAP: str
    barCount: int
    def __init__(
        self,
        *,
        date: str | None = None,
        open: float | None = None,
        high: float | None = None,
        low: float | None = None,
        close: float | None = None,
        volume: str | None = None,
        WAP: str | None = None,
        barCount: int | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class HistoricalTick(Message):
    time: int
    price: float
    size: str
    def __init__(
        self,
        *,
        time: int | None = None,
        price: float | None = None,
        size: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class HistogramDataEntry(Message):
    price: float
    size: str
    def __init__(
        self,
        *,
        price: float | None = None,
        size: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class PriceIncrement(Message):
    lowEdge: float
    increment: float
    def __init__(
        self,
        *,
        lowEdge: float | None = None,
        increment: float | None = None,
    ) -> None: ...

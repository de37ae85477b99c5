from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class TickPrice(Message):
    reqId: int
    tickType: int
    price: float
    size: str
    attrMask: int
    def __init__(
        self,
        *,
        reqId: int | None = None,
        tickType: int | None = None,
        price: float | None = None,
        size: str | None = None,
        attrMask: int | None = None,
    ) -> None: ...

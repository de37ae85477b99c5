from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class OrderStatus(Message):
    orderId: int
    status: str
    filled: str
    remaining: str
    avgFillPrice: float
    permId: int
    parentId: int
    lastFillPrice: float
    clientId: int
    whyHeld: str
    mktCapPrice: float
    def __init__(
        self,
        *,
        orderId: int | None = None,
        status: str | None = None,
        filled: str | None = None,
        remaining: str | None = None,
        avgFillPrice: float | None = None,
        permId: int | None = None,
        parentId: int | None = None,
        lastFillPrice: float | None = None,
        clientId: int | None = None,
        whyHeld: str | None = None,
        mktCapPrice: float | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class AttachedOrders(Message):
    slOrderId: int
    slOrderType: str
    ptOrderId: int
    ptOrderType: str
    def __init__(
        self,
        *,
        slOrderId: int | None = None,
        slOrderType: str | None = None,
        ptOrderId: int | None = None,
        ptOrderType: str | None = None,
    ) -> None: ...

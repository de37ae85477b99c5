from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .OrderCancel_pb2 import OrderCancel

DESCRIPTOR: FileDescriptor

class CancelOrderRequest(Message):
    orderId: int
    @property
    def orderCancel(self) -> OrderCancel: ...
    def __init__(
        self,
        *,
        orderId: int | None = None,
        orderCancel: OrderCancel | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .OrderCancel_pb2 import OrderCancel

DESCRIPTOR: FileDescriptor

class GlobalCancelRequest(Message):
    @property
    def orderCancel(self) -> OrderCancel: ...
    def __init__(
        self,
        *,
        orderCancel: OrderCancel | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .OrdersSmartRoutingConfig_pb2 import OrdersSmartRoutingConfig

DESCRIPTOR: FileDescriptor

class OrdersConfig(Message):
    @property
    def smartRouting(self) -> OrdersSmartRoutingConfig: ...
    def __init__(
        self,
        *,
        smartRouting: OrdersSmartRoutingConfig | None = None,
    ) -> None: ...

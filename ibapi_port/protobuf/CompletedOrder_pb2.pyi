from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract
from .Order_pb2 import Order
from .OrderState_pb2 import OrderState

DESCRIPTOR: FileDescriptor

class CompletedOrder(Message):
    @property
    def contract(self) -> Contract: ...
    @property
    def order(self) -> Order: ...
    @property
    def orderState(self) -> OrderState: ...
    def __init__(
        self,
        *,
        contract: Contract | None = None,
        order: Order | None = None,
        orderState: OrderState | None = None,
    ) -> None: ...

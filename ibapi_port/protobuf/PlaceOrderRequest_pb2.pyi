from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .AttachedOrders_pb2 import AttachedOrders
from .Contract_pb2 import Contract
from .Order_pb2 import Order

DESCRIPTOR: FileDescriptor

class PlaceOrderRequest(Message):
    orderId: int
    @property
    def contract(self) -> Contract: ...
    @property
    def order(self) -> Order: ...
    @property
    def attachedOrders(self) -> AttachedOrders: ...
    def __init__(
        self,
        *,
        orderId: int | None = None,
        contract: Contract | None = None,
        order: Order | None = None,
        attachedOrders: AttachedOrders | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class ExerciseOptionsRequest(Message):
    orderId: int
    @property
    def contract(self) -> Contract: ...
    exerciseAction: int
    exerciseQuantity: int
    account: str
    override: bool
    manualOrderTime: str
    customerAccount: str
    professionalCustomer: bool
    def __init__(
        self,
        *,
        orderId: int | None = None,
        contract: Contract | None = None,
        exerciseAction: int | None = None,
        exerciseQuantity: int | None = None,
        account: str | None = None,
        override: bool | None = None,
        manualOrderTime: str | None = None,
        customerAccount: str | None = None,
        professionalCustomer: bool | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class Position(Message):
    account: str
    @property
    def contract(self) -> Contract: ...
    position: str
    avgCost: float
    def __init__(
        self,
        *,
        account: str | None = None,
        contract: Contract | None = None,
        position: str | None = None,
        avgCost: float | None = None,
    ) -> None: ...

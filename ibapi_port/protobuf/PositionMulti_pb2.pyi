from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class PositionMulti(Message):
    reqId: int
    account: str
    @property
    def contract(self) -> Contract: ...
    position: str
    avgCost: float
    modelCode: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        account: str | None = None,
        contract: Contract | None = None,
        position: str | None = None,
        avgCost: float | None = None,
        modelCode: str | None = None,
    ) -> None: ...

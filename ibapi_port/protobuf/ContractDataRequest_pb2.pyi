from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class ContractDataRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
    ) -> None: ...

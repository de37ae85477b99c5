from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract
from .ContractDetails_pb2 import ContractDetails

DESCRIPTOR: FileDescriptor

class ContractData(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    @property
    def contractDetails(self) -> ContractDetails: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        contractDetails: ContractDetails | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract
from .Execution_pb2 import Execution

DESCRIPTOR: FileDescriptor

class ExecutionDetails(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    @property
    def execution(self) -> Execution: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        execution: Execution | None = None,
    ) -> None: ...

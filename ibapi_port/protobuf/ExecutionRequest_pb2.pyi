from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .ExecutionFilter_pb2 import ExecutionFilter

DESCRIPTOR: FileDescriptor

class ExecutionRequest(Message):
    reqId: int
    @property
    def executionFilter(self) -> ExecutionFilter: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        executionFilter: ExecutionFilter | None = None,
    ) -> None: ...

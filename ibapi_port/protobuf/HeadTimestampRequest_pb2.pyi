from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class HeadTimestampRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    useRTH: bool
    whatToShow: str
    formatDate: int
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        useRTH: bool | None = None,
        whatToShow: str | None = None,
        formatDate: int | None = None,
    ) -> None: ...

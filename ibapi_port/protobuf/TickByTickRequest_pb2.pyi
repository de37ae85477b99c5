from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class TickByTickRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    tickType: str
    numberOfTicks: int
    ignoreSize: bool
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        tickType: str | None = None,
        numberOfTicks: int | None = None,
        ignoreSize: bool | None = None,
    ) -> None: ...

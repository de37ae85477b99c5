from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class HistogramDataRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    useRTH: bool
    timePeriod: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        useRTH: bool | None = None,
        timePeriod: str | None = None,
    ) -> None: ...

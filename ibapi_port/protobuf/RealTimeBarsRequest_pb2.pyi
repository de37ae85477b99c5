from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class RealTimeBarsRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    barSize: int
    whatToShow: str
    useRTH: bool
    @property
    def realTimeBarsOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        barSize: int | None = None,
        whatToShow: str | None = None,
        useRTH: bool | None = None,
        realTimeBarsOptions: Mapping[str, str] | None = None,
    ) -> None: ...

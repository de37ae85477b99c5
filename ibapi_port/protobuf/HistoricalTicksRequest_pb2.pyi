from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class HistoricalTicksRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    startDateTime: str
    endDateTime: str
    numberOfTicks: int
    whatToShow: str
    useRTH: bool
    ignoreSize: bool
    @property
    def miscOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        startDateTime: str | None = None,
        endDateTime: str | None = None,
        numberOfTicks: int | None = None,
        whatToShow: str | None = None,
        useRTH: bool | None = None,
        ignoreSize: bool | None = None,
        miscOptions: Mapping[str, str] | None = None,
    ) -> None: ...

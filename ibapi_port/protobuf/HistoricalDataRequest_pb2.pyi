from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class HistoricalDataRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    endDateTime: str
    barSizeSetting: str
    duration: str
    useRTH: bool
    whatToShow: str
    formatDate: int
    keepUpToDate: bool
    @property
    def chartOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        endDateTime: str | None = None,
        barSizeSetting: str | None = None,
        duration: str | None = None,
        useRTH: bool | None = None,
        whatToShow: str | None = None,
        formatDate: int | None = None,
        keepUpToDate: bool | None = None,
        chartOptions: Mapping[str, str] | None = None,
    ) -> None: ...

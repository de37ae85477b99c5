from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class HistoricalNewsRequest(Message):
    reqId: int
    conId: int
    providerCodes: str
    startDateTime: str
    endDateTime: str
    totalResults: int
    @property
    def historicalNewsOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        conId: int | None = None,
        providerCodes: str | None = None,
        startDateTime: str | None = None,
        endDateTime: str | None = None,
        totalResults: int | None = None,
        historicalNewsOptions: Mapping[str, str] | None = None,
    ) -> None: ...

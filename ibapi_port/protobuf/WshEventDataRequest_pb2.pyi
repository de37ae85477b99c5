from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class WshEventDataRequest(Message):
    reqId: int
    conId: int
    filter: str
    fillWatchlist: bool
    fillPortfolio: bool
    fillCompetitors: bool
    startDate: str
    endDate: str
    totalLimit: int
    def __init__(
        self,
        *,
        reqId: int | None = None,
        conId: int | None = None,
        filter: str | None = None,
        fillWatchlist: bool | None = None,
        fillPortfolio: bool | None = None,
        fillCompetitors: bool | None = None,
        startDate: str | None = None,
        endDate: str | None = None,
        totalLimit: int | None = None,
    ) -> None: ...

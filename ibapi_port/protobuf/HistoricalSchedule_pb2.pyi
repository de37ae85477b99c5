from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .HistoricalSession_pb2 import HistoricalSession

DESCRIPTOR: FileDescriptor

class HistoricalSchedule(Message):
    reqId: int
    startDateTime: str
    endDateTime: str
    timeZone: str
    @property
    def historicalSessions(self) -> RepeatedCompositeFieldContainer[HistoricalSession]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        startDateTime: str | None = None,
        endDateTime: str | None = None,
        timeZone: str | None = None,
        historicalSessions: Iterable[HistoricalSession] | None = None,
    ) -> None: ...

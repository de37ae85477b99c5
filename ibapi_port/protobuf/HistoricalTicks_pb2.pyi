from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .HistoricalTick_pb2 import HistoricalTick

DESCRIPTOR: FileDescriptor

class HistoricalTicks(Message):
    reqId: int
    @property
    def historicalTicks(self) -> RepeatedCompositeFieldContainer[HistoricalTick]: ...
    isDone: bool
    def __init__(
        self,
        *,
        reqId: int | None = None,
        historicalTicks: Iterable[HistoricalTick] | None = None,
        isDone: bool | None = None,
    ) -> None: ...

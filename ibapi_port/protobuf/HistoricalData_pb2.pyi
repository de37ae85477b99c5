from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .HistoricalDataBar_pb2 import HistoricalDataBar

DESCRIPTOR: FileDescriptor

class HistoricalData(Message):
    reqId: int
    @property
    def historicalDataBars(self) -> RepeatedCompositeFieldContainer[HistoricalDataBar]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        historicalDataBars: Iterable[HistoricalDataBar] | None = None,
    ) -> None: ...

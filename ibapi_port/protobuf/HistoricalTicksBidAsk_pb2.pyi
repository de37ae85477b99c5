from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .HistoricalTickBidAsk_pb2 import HistoricalTickBidAsk

DESCRIPTOR: FileDescriptor

class HistoricalTicksBidAsk(Message):
    reqId: int
    @property
    def historicalTicksBidAsk(self) -> RepeatedCompositeFieldContainer[HistoricalTickBidAsk]: ...
    isDone: bool
    def __init__(
        self,
        *,
        reqId: int | None = None,
        historicalTicksBidAsk: Iterable[HistoricalTickBidAsk] | None = None,
        isDone: bool | None = None,
    ) -> None: ...

from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .HistoricalTickLast_pb2 import HistoricalTickLast

DESCRIPTOR: FileDescriptor

class HistoricalTicksLast(Message):
    reqId: int
    @property
    def historicalTicksLast(self) -> RepeatedCompositeFieldContainer[HistoricalTickLast]: ...
    isDone: bool
    def __init__(
        self,
        *,
        reqId: int | None = None,
        historicalTicksLast: Iterable[HistoricalTickLast] | None = None,
        isDone: bool | None = None,
    ) -> None: ...

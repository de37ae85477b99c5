from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .HistogramDataEntry_pb2 import HistogramDataEntry

DESCRIPTOR: FileDescriptor

class HistogramData(Message):
    reqId: int
    @property
    def histogramDataEntries(self) -> RepeatedCompositeFieldContainer[HistogramDataEntry]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        histogramDataEntries: Iterable[HistogramDataEntry] | None = None,
    ) -> None: ...

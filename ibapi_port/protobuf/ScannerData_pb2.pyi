from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .ScannerDataElement_pb2 import ScannerDataElement

DESCRIPTOR: FileDescriptor

class ScannerData(Message):
    reqId: int
    @property
    def scannerDataElement(self) -> RepeatedCompositeFieldContainer[ScannerDataElement]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        scannerDataElement: Iterable[ScannerDataElement] | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .ScannerSubscription_pb2 import ScannerSubscription

DESCRIPTOR: FileDescriptor

class ScannerSubscriptionRequest(Message):
    reqId: int
    @property
    def scannerSubscription(self) -> ScannerSubscription: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        scannerSubscription: ScannerSubscription | None = None,
    ) -> None: ...

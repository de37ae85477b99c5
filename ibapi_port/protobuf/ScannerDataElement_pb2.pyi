from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class ScannerDataElement(Message):
    rank: int
    @property
    def contract(self) -> Contract: ...
    marketName: str
    distance: str
    benchmark: str
    projection: str
    comboKey: str
    def __init__(
        self,
        *,
        rank: int | None = None,
        contract: Contract | None = None,
        marketName: str | None = None,
        distance: str | None = None,
        benchmark: str | None = None,
        projection: str | None = None,
        comboKey: str | None = None,
    ) -> None: ...

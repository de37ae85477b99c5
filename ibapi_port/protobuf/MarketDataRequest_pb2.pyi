from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class MarketDataRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    genericTickList: str
    snapshot: bool
    regulatorySnapshot: bool
    @property
    def marketDataOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        genericTickList: str | None = None,
        snapshot: bool | None = None,
        regulatorySnapshot: bool | None = None,
        marketDataOptions: Mapping[str, str] | None = None,
    ) -> None: ...

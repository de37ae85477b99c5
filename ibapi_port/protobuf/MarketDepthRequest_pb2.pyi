from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class MarketDepthRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    numRows: int
    isSmartDepth: bool
    @property
    def marketDepthOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        numRows: int | None = None,
        isSmartDepth: bool | None = None,
        marketDepthOptions: Mapping[str, str] | None = None,
    ) -> None: ...

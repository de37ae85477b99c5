from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class CalculateOptionPriceRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    volatility: float
    underPrice: float
    @property
    def optionPriceOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        volatility: float | None = None,
        underPrice: float | None = None,
        optionPriceOptions: Mapping[str, str] | None = None,
    ) -> None: ...

from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class CalculateImpliedVolatilityRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    optionPrice: float
    underPrice: float
    @property
    def impliedVolatilityOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        optionPrice: float | None = None,
        underPrice: float | None = None,
        impliedVolatilityOptions: Mapping[str, str] | None = None,
    ) -> None: ...

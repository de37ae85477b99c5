from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class PortfolioValue(Message):
    @property
    def contract(self) -> Contract: ...
    position: str
    marketPrice: float
    marketValue: float
    averageCost: float
    unrealizedPNL: float
    realizedPNL: float
    accountName: str
    def __init__(
        self,
        *,
        contract: Contract | None = None,
        position: str | None = None,
        marketPrice: float | None = None,
        marketValue: float | None = None,
        averageCost: float | None = None,
        unrealizedPNL: float | None = None,
        realizedPNL: float | None = None,
        accountName: str | None = None,
    ) -> None: ...

from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .ComboLeg_pb2 import ComboLeg
from .DeltaNeutralContract_pb2 import DeltaNeutralContract

DESCRIPTOR: FileDescriptor

class Contract(Message):
    conId: int
    symbol: str
    secType: str
    lastTradeDateOrContractMonth: str
    strike: float
    right: str
    multiplier: float
    exchange: str
    primaryExch: str
    currency: str
    localSymbol: str
    tradingClass: str
    secIdType: str
    secId: str
    description: str
    issuerId: str
    @property
    def deltaNeutralContract(self) -> DeltaNeutralContract: ...
    includeExpired: bool
    comboLegsDescrip: str
    @property
    def comboLegs(self) -> RepeatedCompositeFieldContainer[ComboLeg]: ...
    lastTradeDate: str
    def __init__(
        self,
        *,
        conId: int | None = None,
        symbol: str | None = None,
        secType: str | None = None,
        lastTradeDateOrContractMonth: str | None = None,
        strike: float | None = None,
        right: str | None = None,
        multiplier: float | None = None,
        exchange: str | None = None,
        primaryExch: str | None = None,
        currency: str | None = None,
        localSymbol: str | None = None,
        tradingClass: str | None = None,
        secIdType: str | None = None,
        secId: str | None = None,
        description: str | None = None,
        issuerId: str | None = None,
        deltaNeutralContract: DeltaNeutralContract | None = None,
        includeExpired: bool | None = None,
        comboLegsDescrip: str | None = None,
        comboLegs: Iterable[ComboLeg] | None = None,
        lastTradeDate: str | None = None,
    ) -> None: ...

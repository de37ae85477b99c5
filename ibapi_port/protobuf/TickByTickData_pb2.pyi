from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .HistoricalTick_pb2 import HistoricalTick
from .HistoricalTickBidAsk_pb2 import HistoricalTickBidAsk
from .HistoricalTickLast_pb2 import HistoricalTickLast

DESCRIPTOR: FileDescriptor

class TickByTickData(Message):
    reqId: int
    tickType: int
    @property
    def historicalTickLast(self) -> HistoricalTickLast: ...
    @property
    def historicalTickBidAsk(self) -> HistoricalTickBidAsk: ...
    @property
    def historicalTickMidPoint(self) -> HistoricalTick: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        tickType: int | None = None,
        historicalTickLast: HistoricalTickLast | None = None,
        historicalTickBidAsk: HistoricalTickBidAsk | None = None,
        historicalTickMidPoint: HistoricalTick | None = None,
    ) -> None: ...

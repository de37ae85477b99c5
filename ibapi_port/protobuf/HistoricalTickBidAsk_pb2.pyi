from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .TickAttribBidAsk_pb2 import TickAttribBidAsk

DESCRIPTOR: FileDescriptor

class HistoricalTickBidAsk(Message):
    time: int
    @property
    def tickAttribBidAsk(self) -> TickAttribBidAsk: ...
    priceBid: float
    priceAsk: float
    sizeBid: str
    sizeAsk: str
    def __init__(
        self,
        *,
        time: int | None = None,
        tickAttribBidAsk: TickAttribBidAsk | None = None,
        priceBid: float | None = None,
        priceAsk: float | None = None,
        sizeBid: str | None = None,
        sizeAsk: str | None = None,
    ) -> None: ...

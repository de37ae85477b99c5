from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .TickAttribLast_pb2 import TickAttribLast

DESCRIPTOR: FileDescriptor

class HistoricalTickLast(Message):
    time: int
    @property
    def tickAttribLast(self) -> TickAttribLast: ...
    price: float
    size: str
    exchange: str
    specialConditions: str
    def __init__(
        self,
        *,
        time: int | None = None,
        tickAttribLast: TickAttribLast | None = None,
        price: float | None = None,
        size: str | None = None,
        exchange: str | None = None,
        specialConditions: str | None = None,
    ) -> None: ...

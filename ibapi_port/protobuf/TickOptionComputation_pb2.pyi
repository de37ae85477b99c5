from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class TickOptionComputation(Message):
    reqId: int
    tickType: int
    tickAttrib: int
    impliedVol: float
    delta: float
    optPrice: float
    pvDividend: float
    gamma: float
    vega: float
    theta: float
    undPrice: float
    def __init__(
        self,
        *,
        reqId: int | None = None,
        tickType: int | None = None,
        tickAttrib: int | None = None,
        impliedVol: float | None = None,
        delta: float | None = None,
        optPrice: float | None = None,
        pvDividend: float | None = None,
        gamma: float | None = None,
        vega: float | None = None,
        theta: float | None = None,
        undPrice: float | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class ComboLeg(Message):
    conId: int
    ratio: int
    action: str
    exchange: str
    openClose: int
    shortSalesSlot: int
    designatedLocation: str
    exemptCode: int
    perLegPrice: float
    def __init__(
        self,
        *,
        conId: int | None = None,
        ratio: int | None = None,
        action: str | None = None,
        exchange: str | None = None,
        openClose: int | None = None,
        shortSalesSlot: int | None = None,
        designatedLocation: str | None = None,
        exemptCode: int | None = None,
        perLegPrice: float | None = None,
    ) -> None: ...

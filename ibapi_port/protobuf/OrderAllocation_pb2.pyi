from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class OrderAllocation(Message):
    account: str
    position: str
    positionDesired: str
    positionAfter: str
    desiredAllocQty: str
    allowedAllocQty: str
    isMonetary: bool
    def __init__(
        self,
        *,
        account: str | None = None,
        position: str | None = None,
        positionDesired: str | None = None,
        positionAfter: str | None = None,
        desiredAllocQty: str | None = None,
        allowedAllocQty: str | None = None,
        isMonetary: bool | None = None,
    ) -> None: ...

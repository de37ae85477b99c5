from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class DeltaNeutralContract(Message):
    conId: int
    delta: float
    price: float
    def __init__(
        self,
        *,
        conId: int | None = None,
        delta: float | None = None,
        price: float | None = None,
    ) -> None: ...

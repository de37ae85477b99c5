from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class SmartComponent(Message):
    bitNumber: int
    exchange: str
    exchangeLetter: str
    def __init__(
        self,
        *,
        bitNumber: int | None = None,
        exchange: str | None = None,
        exchangeLetter: str | None = None,
    ) -> None: ...

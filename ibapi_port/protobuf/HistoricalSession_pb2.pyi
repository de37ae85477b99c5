from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class HistoricalSession(Message):
    startDateTime: str
    endDateTime: str
    refDate: str
    def __init__(
        self,
        *,
        startDateTime: str | None = None,
        endDateTime: str | None = None,
        refDate: str | None = None,
    ) -> None: ...

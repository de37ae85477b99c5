from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class TickAttribBidAsk(Message):
    bidPastLow: bool
    askPastHigh: bool
    def __init__(
        self,
        *,
        bidPastLow: bool | None = None,
        askPastHigh: bool | None = None,
    ) -> None: ...

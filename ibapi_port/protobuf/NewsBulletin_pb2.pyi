from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class NewsBulletin(Message):
    newsMsgId: int
    newsMsgType: int
    newsMessage: str
    originatingExch: str
    def __init__(
        self,
        *,
        newsMsgId: int | None = None,
        newsMsgType: int | None = None,
        newsMessage: str | None = None,
        originatingExch: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class TickNews(Message):
    reqId: int
    timestamp: int
    providerCode: str
    articleId: str
    headline: str
    extraData: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        timestamp: int | None = None,
        providerCode: str | None = None,
        articleId: str | None = None,
        headline: str | None = None,
        extraData: str | None = None,
    ) -> None: ...

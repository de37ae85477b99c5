from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class HistoricalNews(Message):
    reqId: int
    time: str
    providerCode: str
    articleId: str
    headline: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        time: str | None = None,
        providerCode: str | None = None,
        articleId: str | None = None,
        headline: str | None = None,
    ) -> None: ...

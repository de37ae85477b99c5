from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class NewsArticle(Message):
    reqId: int
    articleType: int
    articleText: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        articleType: int | None = None,
        articleText: str | None = None,
    ) -> None: ...

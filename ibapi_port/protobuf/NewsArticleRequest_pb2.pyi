from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class NewsArticleRequest(Message):
    reqId: int
    providerCode: str
    articleId: str
    @property
    def newsArticleOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        providerCode: str | None = None,
        articleId: str | None = None,
        newsArticleOptions: Mapping[str, str] | None = None,
    ) -> None: ...

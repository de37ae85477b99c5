from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class NewsProvider(Message):
    providerCode: str
    providerName: str
    def __init__(
        self,
        *,
        providerCode: str | None = None,
        providerName: str | None = None,
    ) -> None: ...

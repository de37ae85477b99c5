from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class VerifyMessageApi(Message):
    apiData: str
    def __init__(
        self,
        *,
        apiData: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class UserInfo(Message):
    reqId: int
    whiteBrandingId: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        whiteBrandingId: str | None = None,
    ) -> None: ...

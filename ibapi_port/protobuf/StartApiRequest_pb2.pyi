from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class StartApiRequest(Message):
    clientId: int
    optionalCapabilities: str
    def __init__(
        self,
        *,
        clientId: int | None = None,
        optionalCapabilities: str | None = None,
    ) -> None: ...

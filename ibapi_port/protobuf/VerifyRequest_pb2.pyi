from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class VerifyRequest(Message):
    apiName: str
    apiVersion: str
    def __init__(
        self,
        *,
        apiName: str | None = None,
        apiVersion: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class VerifyCompleted(Message):
    isSuccessful: bool
    errorText: str
    def __init__(
        self,
        *,
        isSuccessful: bool | None = None,
        errorText: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class LockAndExitConfig(Message):
    autoLogoffTime: str
    autoLogoffPeriod: str
    autoLogoffType: str
    def __init__(
        self,
        *,
        autoLogoffTime: str | None = None,
        autoLogoffPeriod: str | None = None,
        autoLogoffType: str | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class ScannerParameters(Message):
    xml: str
    def __init__(
        self,
        *,
        xml: str | None = None,
    ) -> None: ...

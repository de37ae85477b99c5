from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class FAReplace(Message):
    reqId: int
    faDataType: int
    xml: str
    def __init__(
        self,
        *,
        reqId: int | None = None,
        faDataType: int | None = None,
        xml: str | None = None,
    ) -> None: ...

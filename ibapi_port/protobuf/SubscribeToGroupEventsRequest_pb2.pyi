from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class SubscribeToGroupEventsRequest(Message):
    reqId: int
    groupId: int
    def __init__(
        self,
        *,
        reqId: int | None = None,
        groupId: int | None = None,
    ) -> None: ...

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class FamilyCode(Message):
    accountId: str
    familyCode: str
    def __init__(
        self,
        *,
        accountId: str | None = None,
        familyCode: str | None = None,
    ) -> None: ...

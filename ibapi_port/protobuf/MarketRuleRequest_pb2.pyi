from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class MarketRuleRequest(Message):
    marketRuleId: int
    def __init__(
        self,
        *,
        marketRuleId: int | None = None,
    ) -> None: ...

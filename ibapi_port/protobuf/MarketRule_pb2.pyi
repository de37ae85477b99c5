from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .PriceIncrement_pb2 import PriceIncrement

DESCRIPTOR: FileDescriptor

class MarketRule(Message):
    marketRuleId: int
    @property
    def priceIncrements(self) -> RepeatedCompositeFieldContainer[PriceIncrement]: ...
    def __init__(
        self,
        *,
        marketRuleId: int | None = None,
        priceIncrements: Iterable[PriceIncrement] | None = None,
    ) -> None: ...

from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .DepthMarketDataDescription_pb2 import DepthMarketDataDescription

DESCRIPTOR: FileDescriptor

class MarketDepthExchanges(Message):
    @property
    def depthMarketDataDescriptions(
        self,
    ) -> RepeatedCompositeFieldContainer[DepthMarketDataDescription]: ...
    def __init__(
        self,
        *,
        depthMarketDataDescriptions: Iterable[DepthMarketDataDescription] | None = None,
    ) -> None: ...

from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .SoftDollarTier_pb2 import SoftDollarTier

DESCRIPTOR: FileDescriptor

class SoftDollarTiers(Message):
    reqId: int
    @property
    def softDollarTiers(self) -> RepeatedCompositeFieldContainer[SoftDollarTier]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        softDollarTiers: Iterable[SoftDollarTier] | None = None,
    ) -> None: ...

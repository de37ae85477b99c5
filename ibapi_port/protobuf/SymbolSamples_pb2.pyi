from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .ContractDescription_pb2 import ContractDescription

DESCRIPTOR: FileDescriptor

class SymbolSamples(Message):
    reqId: int
    @property
    def contractDescriptions(self) -> RepeatedCompositeFieldContainer[ContractDescription]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contractDescriptions: Iterable[ContractDescription] | None = None,
    ) -> None: ...

from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedScalarFieldContainer
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class ContractDescription(Message):
    @property
    def contract(self) -> Contract: ...
    @property
    def derivativeSecTypes(self) -> RepeatedScalarFieldContainer[str]: ...
    def __init__(
        self,
        *,
        contract: Contract | None = None,
        derivativeSecTypes: Iterable[str] | None = None,
    ) -> None: ...

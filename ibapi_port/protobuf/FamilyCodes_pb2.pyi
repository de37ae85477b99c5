from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .FamilyCode_pb2 import FamilyCode

DESCRIPTOR: FileDescriptor

class FamilyCodes(Message):
    @property
    def familyCodes(self) -> RepeatedCompositeFieldContainer[FamilyCode]: ...
    def __init__(
        self,
        *,
        familyCodes: Iterable[FamilyCode] | None = None,
    ) -> None: ...

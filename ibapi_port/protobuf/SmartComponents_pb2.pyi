from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .SmartComponent_pb2 import SmartComponent

DESCRIPTOR: FileDescriptor

class SmartComponents(Message):
    reqId: int
    @property
    def smartComponents(self) -> RepeatedCompositeFieldContainer[SmartComponent]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        smartComponents: Iterable[SmartComponent] | None = None,
    ) -> None: ...

from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .NewsProvider_pb2 import NewsProvider

DESCRIPTOR: FileDescriptor

class NewsProviders(Message):
    @property
    def newsProviders(self) -> RepeatedCompositeFieldContainer[NewsProvider]: ...
    def __init__(
        self,
        *,
        newsProviders: Iterable[NewsProvider] | None = None,
    ) -> None: ...

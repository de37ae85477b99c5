from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import Message

from .ApiConfig_pb2 import ApiConfig
from .LockAndExitConfig_pb2 import LockAndExitConfig
from .MessageConfig_pb2 import MessageConfig
from .OrdersConfig_pb2 import OrdersConfig

DESCRIPTOR: FileDescriptor

class ConfigResponse(Message):
    reqId: int
    @property
    def lockAndExit(self) -> LockAndExitConfig: ...
    @property
    def messages(self) -> RepeatedCompositeFieldContainer[MessageConfig]: ...
    @property
    def api(self) -> ApiConfig: ...
    @property
    def orders(self) -> OrdersConfig: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        lockAndExit: LockAndExitConfig | None = None,
        messages: Iterable[MessageConfig] | None = None,
        api: ApiConfig | None = None,
        orders: OrdersConfig | None = None,
    ) -> None: ...

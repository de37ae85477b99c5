from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from .ApiPrecautionsConfig_pb2 import ApiPrecautionsConfig
from .ApiSettingsConfig_pb2 import ApiSettingsConfig

DESCRIPTOR: FileDescriptor

class ApiConfig(Message):
    @property
    def precautions(self) -> ApiPrecautionsConfig: ...
    @property
    def settings(self) -> ApiSettingsConfig: ...
    def __init__(
        self,
        *,
        precautions: ApiPrecautionsConfig | None = None,
        settings: ApiSettingsConfig | None = None,
    ) -> None: ...

from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import (
    RepeatedCompositeFieldContainer,
    RepeatedScalarFieldContainer,
)
from google.protobuf.message import Message

from .UpdateConfigWarning_pb2 import UpdateConfigWarning

DESCRIPTOR: FileDescriptor

class UpdateConfigResponse(Message):
    reqId: int
    status: str
    message: str
    @property
    def changedFields(self) -> RepeatedScalarFieldContainer[str]: ...
    @property
    def errors(self) -> RepeatedScalarFieldContainer[str]: ...
    @property
    def warnings(self) -> RepeatedCompositeFieldContainer[UpdateConfigWarning]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        status: str | None = None,
        message: str | None = None,
        changedFields: Iterable[str] | None = None,
        errors: Iterable[str] | None = None,
        warnings: Iterable[UpdateConfigWarning] | None = None,
    ) -> None: ...

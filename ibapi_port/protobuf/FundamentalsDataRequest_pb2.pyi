from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

from .Contract_pb2 import Contract

DESCRIPTOR: FileDescriptor

class FundamentalsDataRequest(Message):
    reqId: int
    @property
    def contract(self) -> Contract: ...
    reportType: str
    @property
    def fundamentalsDataOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        contract: Contract | None = None,
        reportType: str | None = None,
        fundamentalsDataOptions: Mapping[str, str] | None = None,
    ) -> None: ...

from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedScalarFieldContainer
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class SecDefOptParameter(Message):
    reqId: int
    exchange: str
    underlyingConId: int
    tradingClass: str
    multiplier: str
    @property
    def expirations(self) -> RepeatedScalarFieldContainer[str]: ...
    @property
    def strikes(self) -> RepeatedScalarFieldContainer[float]: ...
    def __init__(
        self,
        *,
        reqId: int | None = None,
        exchange: str | None = None,
        underlyingConId: int | None = None,
        tradingClass: str | None = None,
        multiplier: str | None = None,
        expirations: Iterable[str] | None = None,
        strikes: Iterable[float] | None = None,
    ) -> None: ...

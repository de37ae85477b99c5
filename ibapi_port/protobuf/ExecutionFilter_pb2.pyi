from collections.abc import Iterable

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import RepeatedScalarFieldContainer
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class ExecutionFilter(Message):
    clientId: int
    acctCode: str
    time: str
    symbol: str
    secType: str
    exchange: str
    side: str
    lastNDays: int
    @property
    def specificDates(self) -> RepeatedScalarFieldContainer[int]: ...
    def __init__(
        self,
        *,
        clientId: int | None = None,
        acctCode: str | None = None,
        time: str | None = None,
        symbol: str | None = None,
        secType: str | None = None,
        exchange: str | None = None,
        side: str | None = None,
        lastNDays: int | None = None,
        specificDates: Iterable[int] | None = None,
    ) -> None: ...

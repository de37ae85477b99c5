from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class DepthMarketDataDescription(Message):
    exchange: str
    secType: str
    listingExch: str
    serviceDataType: str
    aggGroup: int
    def __init__(
        self,
        *,
        exchange: str | None = None,
        secType: str | None = None,
        listingExch: str | None = None,
        serviceDataType: str | None = None,
        aggGroup: int | None = None,
    ) -> None: ...

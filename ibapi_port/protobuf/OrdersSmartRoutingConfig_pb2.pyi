from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class OrdersSmartRoutingConfig(Message):
    seekPriceImprovement: bool
    preOpenReroute: bool
    doNotRouteToDarkPools: bool
    defaultAlgorithm: str
    def __init__(
        self,
        *,
        seekPriceImprovement: bool | None = None,
        preOpenReroute: bool | None = None,
        doNotRouteToDarkPools: bool | None = None,
        defaultAlgorithm: str | None = None,
    ) -> None: ...

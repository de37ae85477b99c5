from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class ApiPrecautionsConfig(Message):
    bypassOrderPrecautions: bool
    bypassBondWarning: bool
    bypassNegativeYieldConfirmation: bool
    bypassCalledBondWarning: bool
    bypassSameActionPairTradeWarning: bool
    bypassFlaggedAccountsWarning: bool
    bypassPriceBasedVolatilityWarning: bool
    bypassRedirectOrderWarning: bool
    bypassNoOverfillProtection: bool
    bypassRouteMarketableToBBO: bool
    def __init__(
        self,
        *,
        bypassOrderPrecautions: bool | None = None,
        bypassBondWarning: bool | None = None,
        bypassNegativeYieldConfirmation: bool | None = None,
        bypassCalledBondWarning: bool | None = None,
        bypassSameActionPairTradeWarning: bool | None = None,
        bypassFlaggedAccountsWarning: bool | None = None,
        bypassPriceBasedVolatilityWarning: bool | None = None,
        bypassRedirectOrderWarning: bool | None = None,
        bypassNoOverfillProtection: bool | None = None,
        bypassRouteMarketableToBBO: bool | None = None,
    ) -> None: ...

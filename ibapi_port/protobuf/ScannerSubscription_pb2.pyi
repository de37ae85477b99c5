from collections.abc import Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import ScalarMap
from google.protobuf.message import Message

DESCRIPTOR: FileDescriptor

class ScannerSubscription(Message):
    numberOfRows: int
    instrument: str
    locationCode: str
    scanCode: str
    abovePrice: float
    belowPrice: float
    aboveVolume: int
    marketCapAbove: float
    marketCapBelow: float
    moodyRatingAbove: str
    moodyRatingBelow: str
    spRatingAbove: str
    spRatingBelow: str
    maturityDateAbove: str
    maturityDateBelow: str
    couponRateAbove: float
    couponRateBelow: float
    excludeConvertible: bool
    averageOptionVolumeAbove: int
    scannerSettingPairs: str
    stockTypeFilter: str
    @property
    def scannerSubscriptionFilterOptions(self) -> ScalarMap[str, str]: ...
    @property
    def scannerSubscriptionOptions(self) -> ScalarMap[str, str]: ...
    def __init__(
        self,
        *,
        numberOfRows: int | None = None,
        instrument: str | None = None,
        locationCode: str | None = None,
        scanCode: str | None = None,
        abovePrice: float | None = None,
        belowPrice: float | None = None,
        aboveVolume: int | None = None,
        marketCapAbove: float | None = None,
        marketCapBelow: float | None = None,
        moodyRatingAbove: str | None = None,
        moodyRatingBelow: str | None = None,
        spRatingAbove: str | None = None,
        spRatingBelow: str | None = None,
        maturityDateAbove: str | None = None,
        maturityDateBelow: str | None = None,
        couponRateAbove: float | None = None,
        couponRateBelow: float | None = None,
        excludeConvertible: bool | None = None,
        averageOptionVolumeAbove: int | None = None,
        scannerSettingPairs: str | None = None,
        stockTypeFilter: str | None = None,
        scannerSubscriptionFilterOptions: Mapping[str, str] | None = None,
        scannerSubscriptionOptions: Mapping[str, str] | None = None,
    ) -> None: ...

"""Market scanners (reqScannerSubscription)."""

from __future__ import annotations

from ibapi_port._record import record
from ibapi_port.const import UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.contract import Contract, ContractDetails
from ibapi_port.object_implem import Object

__all__ = [
    "NO_ROW_NUMBER_SPECIFIED",
    "UNSET_DOUBLE",
    "UNSET_INTEGER",
    "Object",
    "ScanData",
    "ScannerSubscription",
]

NO_ROW_NUMBER_SPECIFIED = -1


@record(kw_only=False)
class ScanData(Object):
    """One row of a scanner's result."""

    contract: Contract | ContractDetails | None = None
    rank: int = 0  # from 0
    distance: str = ""
    benchmark: str = ""
    projection: str = ""
    legsStr: str = ""
    marketName: str = ""

    def _show(self) -> str:
        contract = (
            self.contract.contract
            if isinstance(self.contract, ContractDetails)
            else self.contract or Contract()
        )
        return (
            f"Rank: {self.rank:d}, Symbol: {contract.symbol}, SecType: {contract.secType}, "
            f"Currency: {contract.currency}, "
            f"Distance: {self.distance}, Benchmark: {self.benchmark}, Projection: "
            f"{self.projection}, Legs String: {self.legsStr}, "
            f"MarketName: {self.marketName}"
        )


@record
class ScannerSubscription(Object):
    """What to scan for; what is left at its default does not restrict. reqScannerParameters tells
    the possible values.
    """

    _text = "Instrument: {instrument}, LocationCode: {locationCode}, ScanCode: {scanCode}"

    numberOfRows: int = NO_ROW_NUMBER_SPECIFIED  # at most 50 come
    instrument: str = ""  # STK, FUT.US, ...
    locationCode: str = ""  # STK.US.MAJOR, ...
    scanCode: str = ""  # TOP_PERC_GAIN, ...
    abovePrice: float = UNSET_DOUBLE
    belowPrice: float = UNSET_DOUBLE
    aboveVolume: int = UNSET_INTEGER
    marketCapAbove: float = UNSET_DOUBLE
    marketCapBelow: float = UNSET_DOUBLE
    moodyRatingAbove: str = ""
    moodyRatingBelow: str = ""
    spRatingAbove: str = ""
    spRatingBelow: str = ""
    maturityDateAbove: str = ""  # YYYYMMDD
    maturityDateBelow: str = ""
    couponRateAbove: float = UNSET_DOUBLE
    couponRateBelow: float = UNSET_DOUBLE
    excludeConvertible: bool = False
    averageOptionVolumeAbove: int = UNSET_INTEGER
    scannerSettingPairs: str = ""  # like "Annual,true"
    stockTypeFilter: str = ""  # ALL, STOCK, ETF

"""Market scanners."""

from __future__ import annotations

from ....contract import ContractDetails
from ....message import IN, OUT
from ....scanner import ScanData, ScannerSubscription
from ..nodes import (
    Call,
    Fixed,
    Gate,
    Incoming,
    MessageVersion,
    Pb,
    Repeated,
    Request,
    Row,
    incoming,
    many,
    request,
)
from ..shared_fields import BOOL, FLOAT, FLOAT_UNSET, INT, INT_UNSET, OPTIONS, STR, escaped, v


class Scanned(ScanData):
    """A row as it is read: with the contract details that ScanData itself leaves None."""

    def __init__(self) -> None:
        super().__init__(ContractDetails())


MESSAGES: tuple[Incoming, ...] = (
    incoming(
        "scannerParameters", IN.SCANNER_PARAMETERS, MessageVersion(1), *escaped("xml"),
        pb=Pb("ScannerParameters", v.PROTOBUF_SCAN_DATA)
    ),
    incoming(
        "scannerData", IN.SCANNER_DATA, MessageVersion(3), INT("reqId"),
        Repeated("rows", Row(Scanned, (
            *many(INT, "", "rank contract.contract.conId"),
            *many(STR, "contract.contract", "symbol secType lastTradeDateOrContractMonth"),
            FLOAT("contract.contract.strike"),
            *many(STR, "contract.contract", "right exchange currency localSymbol"),
            STR("contract.marketName"), STR("contract.contract.tradingClass"),
            *many(STR, "", "distance benchmark projection legsStr"),
        )), pb="scannerDataElement"),
        calls=(
            Call(
                "scannerData",
                "reqId, row.rank, row.contract, row.distance, row.benchmark, row.projection, "
                "row.legsStr",
                each="rows"
            ),
            Call("scannerDataEnd", "reqId"),
        ),
        pb=Pb("ScannerData", v.PROTOBUF_SCAN_DATA),
    ),
)  # fmt: skip

REQUESTS: tuple[Request, ...] = (
    request(
        "reqScannerParameters", OUT.REQ_SCANNER_PARAMETERS, "", Fixed("1"),
        pb=Pb("ScannerParametersRequest", v.PROTOBUF_SCAN_DATA)
    ),
    request(
        "reqScannerSubscription", OUT.REQ_SCANNER_SUBSCRIPTION,
        "reqId subscription scannerSubscriptionOptions scannerSubscriptionFilterOptions",
        Fixed("4", until=v.SCANNER_GENERIC_OPTS), INT("reqId"),
        INT_UNSET("subscription.numberOfRows"),
        *many(STR, "subscription", "instrument locationCode scanCode"),
        *many(FLOAT_UNSET, "subscription", "abovePrice belowPrice"),
        INT_UNSET("subscription.aboveVolume"),
        *many(FLOAT_UNSET, "subscription", "marketCapAbove marketCapBelow"),
        *many(
            STR, "subscription",
            "moodyRatingAbove moodyRatingBelow spRatingAbove spRatingBelow maturityDateAbove "
            "maturityDateBelow"
        ),
        *many(FLOAT_UNSET, "subscription", "couponRateAbove couponRateBelow"),
        BOOL("subscription.excludeConvertible"), INT_UNSET("subscription.averageOptionVolumeAbove"),
        *many(STR, "subscription", "scannerSettingPairs stockTypeFilter"),
        OPTIONS(
            "scannerSubscriptionFilterOptions", since=v.SCANNER_GENERIC_OPTS,
            pb="scannerSubscription."
        ),
        OPTIONS("scannerSubscriptionOptions", pb="scannerSubscription."),
        gates=(
            Gate(
                "scannerSubscriptionFilterOptions is not None",
                "It does not support API scanner subscription generic filter options.",
                below=v.SCANNER_GENERIC_OPTS, has_request_id=False,
            ),
        ),
        classes={"subscription": ScannerSubscription},
        pb=Pb(
            "ScannerSubscriptionRequest", v.PROTOBUF_SCAN_DATA,
            objects={"subscription": "scannerSubscription"},
        ),
    ),
    request(
        "cancelScannerSubscription", OUT.CANCEL_SCANNER_SUBSCRIPTION, "reqId", Fixed("1"),
        INT("reqId"), pb=Pb("CancelScannerSubscription", v.PROTOBUF_SCAN_DATA),
    ),
)  # fmt: skip

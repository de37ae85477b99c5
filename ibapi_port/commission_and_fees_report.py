"""What a fill cost (commissionAndFeesReport)."""

from __future__ import annotations

from ibapi_port._record import Renamed, record
from ibapi_port.object_implem import Object
from ibapi_port.utils import floatMaxString, intMaxString

__all__ = ["CommissionAndFeesReport", "Object", "floatMaxString", "intMaxString"]


@record
class CommissionAndFeesReport(Object):
    """Commission and fees of the execution with the same ``execId``."""

    _text = (
        "ExecId: {execId}, CommissionAndFees: {commissionAndFees:f}, Currency: {currency}, "
        "RealizedPnL: {realizedPNL:f}, "
        "Yield: {yield_:f}, YieldRedemptionDate: {yieldRedemptionDate:i}"
    )

    execId: str = ""
    commissionAndFees: float = 0.0
    currency: str = ""
    realizedPNL: float = 0.0
    yield_: float = 0.0  # of bonds
    yieldRedemptionDate: int = 0  # YYYYMMDD as a number

    # names and fields of older generations
    commission = Renamed("commissionAndFees")

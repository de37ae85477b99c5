"""What goes along with a cancellation (cancelOrder, reqGlobalCancel)."""

from __future__ import annotations

from ibapi_port._record import Ignored, record
from ibapi_port.const import UNSET_INTEGER
from ibapi_port.object_implem import Object

__all__ = ["UNSET_INTEGER", "Object", "OrderCancel"]


@record
class OrderCancel(Object):
    """Regulatory details of a cancellation; all of them optional."""

    _text = (
        "manualOrderCancelTime: {manualOrderCancelTime}, extOperator: {extOperator}, "
        "manualOrderIndicator: {manualOrderIndicator:i}"
    )

    manualOrderCancelTime: str = ""  # YYYYMMDD hh:mm:ss zone, when a person cancelled
    extOperator: str = ""
    manualOrderIndicator: int = UNSET_INTEGER  # 1: by a person, 0: by a program

    # names and fields of older generations
    externalUserId = Ignored("")

    @property
    def _externalUserId(self) -> object:
        return self.__dict__.get("externalUserId", "")

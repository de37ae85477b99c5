"""Why a contract cannot be traded (ContractDetails.ineligibilityReasonList)."""

from __future__ import annotations

from ibapi_port._record import record
from ibapi_port.object_implem import Object

__all__ = ["IneligibilityReason", "Object"]


@record
class IneligibilityReason(Object):
    """IB's code of the reason and its text; other values are turned into text when the object is
    made.
    """

    _text = "[id: {id_}, description: {description}];"

    id_: str = "None"
    description: str = "None"

    def __init__(self, id_: object = None, description: object = None) -> None:
        self.id_ = str(id_)
        self.description = str(description)

"""Soft dollar tiers of an account (reqSoftDollarTiers, Order.softDollarTier)."""

from __future__ import annotations

from ibapi_port._record import record
from ibapi_port.object_implem import Object

__all__ = ["Object", "SoftDollarTier"]


@record(kw_only=False)
class SoftDollarTier(Object):
    """``name`` and ``val`` identify the tier to TWS; ``displayName`` is for people."""

    _text = "Name: {name}, Value: {val}, DisplayName: {displayName}"

    name: str = ""
    val: str = ""
    displayName: str = ""

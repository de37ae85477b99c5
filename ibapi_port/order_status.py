"""What an order's status can be (orderStatus, OrderState.status)."""

from enum import Enum

__all__ = ["Enum", "OrderStatus"]


class OrderStatus(Enum):
    """A status, with TWS's own text as its value and as its `str()`."""

    ApiPending = "ApiPending"  # the client has not sent it yet
    ApiCancelled = "ApiCancelled"  # the client cancelled it before TWS took it
    PreSubmitted = "PreSubmitted"  # TWS or IB holds it until its time or its trigger comes
    PendingCancel = "PendingCancel"  # the cancel is on its way; the order may still fill
    Cancelled = "Cancelled"
    Submitted = "Submitted"  # it works at its destination
    Filled = "Filled"
    Inactive = "Inactive"  # refused, or not transmitted
    PendingSubmit = "PendingSubmit"  # sent, not yet acknowledged
    Unknown = "Unknown"

    def __str__(self) -> str:
        return self.value

    @classmethod
    def get(cls, api_string: str) -> "OrderStatus":
        """Return the status that TWS's text names, in capitals or not; Unknown if it names none."""
        wanted = str(api_string or "").strip().lower()
        return next((status for status in cls if status.value.lower() == wanted), cls.Unknown)

    def is_active(self) -> bool:
        """Return whether TWS has the order and it can still fill or be cancelled. ApiPending and
        Unknown are neither this nor terminal.
        """
        return self in _ACTIVE

    def is_terminal(self) -> bool:
        """Return whether the order has come to its end: no other status follows."""
        return self in _TERMINAL


_ACTIVE = frozenset(
    {
        OrderStatus.PreSubmitted,
        OrderStatus.PendingCancel,
        OrderStatus.Submitted,
        OrderStatus.PendingSubmit,
    }
)
_TERMINAL = frozenset(
    {OrderStatus.Filled, OrderStatus.Cancelled, OrderStatus.Inactive, OrderStatus.ApiCancelled}
)

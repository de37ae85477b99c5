"""An order and what has become of it; an execution and what belongs to it; what reports them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from ...commission_and_fees_report import CommissionAndFeesReport
from ...contract import Contract
from ...execution import Execution
from ...order import Order
from ..account.ledger import Account
from ..account.money import ZERO
from ..market.instruments import Instrument
from ..net.timers import Timer
from .matching.ticket import Ticket

PENDING_SUBMIT, PRE_SUBMITTED, SUBMITTED = "PendingSubmit", "PreSubmitted", "Submitted"
PENDING_CANCEL, CANCELLED, API_CANCELLED = "PendingCancel", "Cancelled", "ApiCancelled"
FILLED, INACTIVE = "Filled", "Inactive"
MANUAL = 0  # the order id of an order that was placed in TWS itself


@dataclass(frozen=True)
class Share:
    """One account's part of an order."""

    account: Account
    quantity: Decimal


@dataclass(eq=False)
class Fill:
    """An execution with what belongs to it. `signed`: the quantity, below zero of a sale; 0 of a
    combination as a whole, whose legs are executions of their own. A combination as a whole has no
    commission report either.
    """

    instrument: Instrument
    account: Account
    contract: Contract
    execution: Execution
    report: CommissionAndFeesReport | None
    signed: Decimal
    time: float  # seconds since 1970
    number: int  # in the order of their happening
    live: LiveOrder | None = None
    replaced: bool = False  # by a correction


@dataclass(eq=False)
class LiveOrder:
    """An order and what has become of it."""

    instrument: Instrument
    contract: Contract
    order: Order
    parent: LiveOrder | None
    ticket: Ticket
    shares: Sequence[Share]
    children: list[LiveOrder] = field(default_factory=list)
    transmitted: bool = False
    released: bool = False  # it has gone to the exchange
    answered: bool = False  # TWS has answered it: until then it can't be modified
    repeats: int = 0  # how often its pair of messages is to come again
    tif_missing: bool = False  # the client has given no time in force
    modified: bool = False  # the client has changed it
    times_shown: int = 0  # how often openOrder was sent of it
    conditions_met: bool = False
    announced: bool = False  # clients have got openOrder of it
    hours_warning_sent: bool = False  # that it waits for the market to open
    status: str = PRE_SUBMITTED
    filled: Decimal = ZERO
    spent: Decimal = ZERO  # sum of quantity times price
    last_price: Decimal = ZERO
    allocated: dict[str, Decimal] = field(default_factory=dict)  # what each account has got of it
    # quantity, money, commission
    commissions: dict[tuple[str, int], tuple[Decimal, Decimal, Decimal]] = field(
        default_factory=dict
    )
    completed_time: float = 0.0  # seconds since 1970
    completed_status: str = ""
    executions_before: int = 0  # how many executions there were when it was placed
    next_step: Timer | None = None  # its next step
    end_timer: Timer | None = None
    moved: bool = False  # its stop has, and its client will be told
    on_move: Callable[[], None] | None = None  # called when its stop has moved
    locating: bool = False  # it waits for shares to borrow
    hidden: bool = False  # placed in TWS itself, and no client has got hold of it

    @property
    def key(self) -> tuple[int, int]:
        """Return client id and order id."""
        return self.order.clientId, self.order.orderId

    @property
    def buys(self) -> bool:
        """Return whether the order buys."""
        return self.order.action == "BUY"

    @property
    def done(self) -> bool:
        """Return whether the order has come to its end."""
        return self.status in (FILLED, CANCELLED, API_CANCELLED, INACTIVE)

    @property
    def waits_for_parent(self) -> bool:
        """Return whether the order waits for its parent to fill."""
        return self.parent is not None and self.parent.status != FILLED

    @property
    def remaining(self) -> Decimal:
        """Return the quantity that is not filled yet."""
        return self.order.totalQuantity - self.filled

    @property
    def commission(self) -> Decimal:
        """Return what the order has cost so far."""
        return sum((charged for _, _, charged in self.commissions.values()), ZERO)

    @property
    def average_price(self) -> Decimal:
        """Return the average price of its fills, or 0 if there are none."""
        return self.spent / self.filled if self.filled else ZERO

    @property
    def why_held(self) -> str:
        """Return IB's whyHeld."""
        if self.done:
            return ""
        reasons = [
            (self.locating, "locate"),
            (self.waits_for_parent, "child"),
            (self.ticket.trigger is not None and not self.follows_to_touch, "trigger"),
        ]
        return ",".join(reason for holds, reason in reasons if holds)

    @property
    def follows_to_touch(self) -> bool:
        """Return whether it trails a market that it waits for to come nearer."""
        return self.order.orderType in ("TRAIL MIT", "TRAIL LIT")

    @property
    def is_new(self) -> bool:
        """Return whether TWS has not yet given all its first answers."""
        return not self.answered or self.repeats > 0

    def stop_timers(self) -> None:
        """Cancel its timers."""
        for timer in (self.next_step, self.end_timer):
            if timer is not None:
                timer.cancel()
        self.next_step = self.end_timer = None


class OrderEvents(Protocol):
    """What is reported of orders."""

    def opened(self, live: LiveOrder) -> None:
        """Report that the order was taken, was changed, or got another status."""

    def status(self, live: LiveOrder) -> None:
        """Report that only the status has changed."""

    def cancelled(self, live: LiveOrder, reason: str) -> None:
        """Report that the order was cancelled."""

    def rejected(self, live: LiveOrder, text: str) -> None:
        """Report that the order was refused after it had been taken."""

    def warned(self, live: LiveOrder, code: int, text: str) -> None:
        """Report what TWS has to say about the order, which works on."""

    def filled(self, live: LiveOrder, fills: Sequence[Fill]) -> None:
        """Report that the order was filled, whole or in part, and the accounts have changed."""

    def previewed(self, live: LiveOrder) -> None:
        """Report what the order would do; it has not been placed."""

    def bound(self, live: LiveOrder) -> None:
        """Report that a manual order has got an id of client 0."""

"""What an order would do to an account's money: whether it can be had, and the figures of a
whatIf.
"""

from __future__ import annotations

from decimal import Decimal

from ....order_state import OrderState
from ...account.margins import Margins
from ...account.money import ZERO, cents
from ...market.instruments import Instrument
from ...market.quotes.market import Market
from ..live import LiveOrder, Share
from ..matching.terms import fill_price

_USABLE = Decimal("0.99")  # of the free money, in the size that TWS suggests
_UNSET_TEXT = "1.7976931348623157E308"  # how TWS writes a margin that it doesn't give
_DAY_TRADER = (
    "THE ACCOUNT HAS NO DAY TRADES LEFT: AS A PATTERN DAY TRADER IT MUST HAVE A NET LIQUIDATION "
    "VALUE OF 25000 USD TO OPEN A POSITION"
)
Trade = tuple[Instrument, Decimal, Decimal, Decimal]  # signed quantity, price, commission


class BuyingPower:
    """Computes what accounts would be after a trade, and whether they have the money for it."""

    def __init__(self, market: Market, margins: Margins) -> None:
        self._market = market
        self._margins = margins

    def refused(self, live: LiveOrder) -> str:
        """Return why the rest of the order is not accepted; "" if it is. What makes an account's
        free money no less is always accepted.
        """
        for share in live.shares:
            if not share.account.supports(live.instrument.currency):
                return "The currency is not allowed."
            if self._margins.day_trades_left(share.account) == 0 and self._opens(live, share):
                return _DAY_TRADER
            would = share.account.after(self._trades(live, share))
            free = self._margins.free(would)
            if free < ZERO and free < self._margins.free(share.account):
                equity, margin = would.equity_with_loan(), self._margins.of(would).initial
                base = share.account.base
                return (
                    "YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR "
                    "EQUITY WITH LOAN VALUE "
                    f"[{cents(equity)} {base}] MUST EXCEED THE INITIAL MARGIN [{cents(margin)} "
                    f"{base}]"
                )
        return ""

    def _opens(self, live: LiveOrder, share: Share) -> bool:
        """Return whether the order would open a position, or make one larger."""
        return any(
            abs(share.account.held(what) + size) > abs(share.account.held(what))
            for what, size, _, _ in self._trades(live, share)
        )

    def preview(self, live: LiveOrder, as_gateway: bool = False) -> OrderState:
        """Return margin and commission as they would be if the order filled now. Of an order that
        the account has no money for there is a smaller size instead of a commission. With
        `as_gateway` neither the least nor the highest commission is given, and numbers are written
        as a Gateway does: 4943.4, and a change as the difference of two binary numbers.
        """
        account, state = live.shares[0].account.standing(), OrderState()
        trades = self._trades(live, live.shares[0])
        would = account.after(trades)
        before, after = self._margins.of(account), self._margins.of(would)
        commission = sum((trade[3] for trade in trades), ZERO)
        equity = account.equity_with_loan(), would.equity_with_loan()
        change = _change_of_doubles if as_gateway else _change
        state.status = live.status
        state.initMarginBefore, state.initMarginChange, state.initMarginAfter = change(
            before.initial, after.initial
        )
        state.maintMarginBefore, state.maintMarginChange, state.maintMarginAfter = change(
            before.maintenance, after.maintenance
        )
        state.equityWithLoanBefore, state.equityWithLoanChange, state.equityWithLoanAfter = change(
            *equity
        )
        state.marginCurrency = account.base
        if self.refused(live):
            state.suggestedSize = self._possible_size(live, after.initial - before.initial)
            return state
        state.commissionAndFees = float(commission)
        if not as_gateway:
            state.minCommissionAndFees = state.maxCommissionAndFees = float(commission)
        state.commissionAndFeesCurrency = account.commissions.currency(live.instrument)
        return state

    def _possible_size(self, live: LiveOrder, margin: Decimal) -> Decimal:
        """Return how much of an order the account has money for, in round lots if that is one."""
        free = max(ZERO, self._margins.free(live.shares[0].account)) * _USABLE
        possible = live.remaining * free / margin if margin > 0 else ZERO
        for step in (live.instrument.lot, live.instrument.size_increment):
            if possible >= step:
                return possible // step * step
        return ZERO

    def _trades(self, live: LiveOrder, share: Share) -> list[Trade]:
        """Return what the order would trade of an account's share, at the market."""
        left = (
            share.quantity - live.allocated.get(share.account.code, ZERO)
            if len(live.shares) > 1
            else live.remaining
        )
        signed = left if live.buys else -left
        if live.instrument.legs:
            quotes = [(leg, self._market.quote(leg.instrument)) for leg in live.instrument.legs]
            each = [
                (
                    leg.instrument,
                    signed * leg.units,
                    quote.ask if signed * leg.units > 0 else quote.bid,
                )
                for leg, quote in quotes
            ]
        else:
            # a limit beside the market is no gain yet
            quote, price = (self._market.quote(live.instrument), self.price(live))
            each = [
                (
                    live.instrument,
                    signed,
                    max(price, quote.ask) if live.buys else min(price, quote.bid),
                )
            ]
        commissions = share.account.commissions
        return [
            (what, size, price, commissions.total(what, abs(size), price))
            for what, size, price in each
        ]

    def price(self, live: LiveOrder) -> Decimal:
        """Return a price at which an order may be expected to fill: its limit or stop, or the
        market's price.
        """
        quote, ticket = self._market.quote(live.instrument), live.ticket
        limit = ticket.terms.limit(quote)
        if limit is not None:
            at_once = fill_price(ticket.terms, live.buys, quote, resting=False)
            return limit if at_once is None else at_once
        level = ticket.trigger.level if ticket.trigger is not None else None
        return level if level is not None else (quote.ask if live.buys else quote.bid)


def _change(before: Decimal, after: Decimal) -> tuple[str, str, str]:
    return str(cents(before)), str(cents(after - before)), str(cents(after))


def _change_of_doubles(before: Decimal, after: Decimal) -> tuple[str, str, str]:
    known, then = float(cents(before)), float(cents(after))
    return repr(known), repr(then - known), repr(then)


def no_preview(status: str) -> OrderState:
    """Return the state of an order whose margins are not given."""
    state = OrderState()
    state.status = status
    state.initMarginBefore = state.initMarginChange = state.initMarginAfter = _UNSET_TEXT
    state.maintMarginBefore = state.maintMarginChange = state.maintMarginAfter = _UNSET_TEXT
    state.equityWithLoanBefore = state.equityWithLoanChange = state.equityWithLoanAfter = (
        _UNSET_TEXT
    )
    return state

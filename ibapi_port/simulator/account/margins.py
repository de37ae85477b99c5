"""How much of an account's money its positions bind: rules in the manner of IB's margin accounts.

Stocks and the like bind a share of their value, futures a share of what they stand for, currencies
a share of each balance that is not the account's own. Long options are paid in full. A short option
is covered by stock or by a long option that lasts as long, else it binds its price and a share of
what it is written on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from ..market.instruments import Instrument, Instruments
from ..market.quotes.market import Market
from ..times import local
from .day_trades import UNLIMITED
from .ledger import Account, Position
from .money import ZERO, is_commodity, is_marked
from .valuation import Held

_SHARE = Decimal("0.25")
_SHARES = {
    "BOND": Decimal("0.10"),
    "BILL": Decimal("0.05"),
    "CRYPTO": Decimal(1),
    "CFD": Decimal("0.20"),
    "FUND": Decimal("0.50"),
}
_FUTURE_SHARE = Decimal("0.06")
_INITIAL_OF_FUTURES = Decimal("1.25")  # times the maintenance margin
_CURRENCY_SHARE = Decimal("0.025")
_WRITTEN, _WRITTEN_LEAST = Decimal("0.20"), Decimal("0.10")  # of the underlying's value
LEVERAGE = 1 / _SHARE  # what buying power is of free money


@dataclass(frozen=True)
class Margin:
    """What positions bind, in the account's currency, by IB's segments: securities (-S) and
    commodities (-C).
    """

    securities: Decimal = ZERO
    commodities: Decimal = ZERO  # maintenance
    commodities_initial: Decimal = ZERO

    @property
    def initial(self) -> Decimal:
        """Return the margin that is needed to open the positions."""
        return self.securities + self.commodities_initial

    @property
    def maintenance(self) -> Decimal:
        """Return the margin that is needed to keep the positions."""
        return self.securities + self.commodities


class Margins:
    """The margin rules, and the market whose prices they use. `day_traders_now`: the clock, if the
    rule for pattern day traders holds.
    """

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        day_traders_now: Callable[[], float] | None = None,
    ) -> None:
        self._now = day_traders_now
        self._instruments = instruments
        self._market = market

    def of(self, account: Account) -> Margin:
        """Return the margin of an account."""
        return account.once("margin", lambda: self._of(account))

    def _of(self, account: Account) -> Margin:
        held = [each for each in account.valued() if each.quantity]
        options = [each for each in held if each.is_option]
        securities = self._currencies(account) + self._options(account, "OPT", options, held)
        commodities = self._options(account, "FOP", options, held)
        for each in held:
            if each.is_option:
                continue
            bound = each.bound
            if bound is None:
                bound = each.bound = abs(each.value) * _share(each.instrument) * each.rate
            if is_commodity(each.instrument):
                commodities += bound
            else:
                securities += bound
        return Margin(securities, commodities, commodities * _INITIAL_OF_FUTURES)

    def day_trades_left(self, account: Account) -> int:
        """Return how many day trades the account may make; -1: as many as it likes."""
        if self._now is None:
            return UNLIMITED
        equity = account.net_liquidation() * account.rate(account.base) / account.rate("USD")
        return account.day_trades.remaining(equity, local(self._now()).date())

    def free(self, account: Account) -> Decimal:
        """Return IB's available funds."""
        standing = account.standing()
        return standing.equity_with_loan() - self.of(standing).initial

    def _currencies(self, account: Account) -> Decimal:
        """Return the margin of pairs that were traded: a loan in the currency of a stock comes with
        the stock.
        """
        pairs = [each for each in account.positions.values() if each.instrument.is_pair]
        bound = (
            abs(each.quantity) * account.rate(each.instrument.symbol) * _CURRENCY_SHARE
            for each in pairs
        )
        return sum(bound, ZERO)

    def _options(
        self, account: Account, kind: str, options: list[Held], held: list[Held]
    ) -> Decimal:
        if not options:
            return ZERO
        positions = account.positions
        stocks = {each.instrument.con_id: each.quantity for each in held}
        total = ZERO
        groups: dict[tuple[int, str, str], list[Position]] = {}
        for each in (positions[option.instrument.con_id] for option in options):
            if each.instrument.sec_type != kind:
                continue
            groups.setdefault(
                (each.instrument.underlying, each.instrument.right, each.instrument.currency), []
            ).append(each)
        for (underlying, right, currency), group in groups.items():
            cover = stocks.get(underlying, ZERO) * (1 if right == "C" else -1)
            total += self._written(group, max(cover, ZERO)) * account.rate(currency)
        return total

    def _written(self, group: list[Position], cover: Decimal) -> Decimal:
        """Return what the short ones of a group bind. All have the same underlying and right.
        `cover`: units of the underlying.
        """
        longs = {
            each.instrument: each.quantity
            for each in _by_strike(each for each in group if each.quantity > 0)
        }
        bound = ZERO
        for short in _by_strike(each for each in group if each.quantity < 0):
            written, instrument = -short.quantity, short.instrument
            by_stock = (
                min(written, cover // instrument.multiplier) if instrument.multiplier else ZERO
            )
            cover -= by_stock * instrument.multiplier
            written -= by_stock
            for long, quantity in longs.items():
                if quantity and written and long.expiry >= instrument.expiry:
                    spread = min(written, quantity)
                    longs[long] -= spread
                    written -= spread
                    bound += spread * max(ZERO, _loss(instrument, long)) * instrument.multiplier
            bound += written * self._naked(instrument)
        return bound

    def _naked(self, instrument: Instrument) -> Decimal:
        """Return the margin of one contract: its price, and a share of the underlying less what it
        is out of the money.
        """
        underlying = self._instruments.by_con_id(instrument.underlying)
        price = self._market.mark(underlying) if underlying is not None else instrument.strike
        away = max(
            ZERO,
            instrument.strike - price if instrument.right == "C" else price - instrument.strike,
        )
        least = price if instrument.right == "C" else instrument.strike
        return (
            self._market.mark(instrument) + max(price * _WRITTEN - away, least * _WRITTEN_LEAST)
        ) * instrument.multiplier


def _share(instrument: Instrument) -> Decimal:
    if is_marked(instrument) and instrument.sec_type not in _SHARES:
        return _FUTURE_SHARE
    return _SHARES.get(instrument.sec_type, _SHARE)


def _by_strike(positions: Iterable[Position]) -> list[Position]:
    return sorted(positions, key=lambda each: (each.instrument.strike, each.instrument.con_id))


def _loss(short: Instrument, long: Instrument) -> Decimal:
    """Return the most that a spread can lose on a unit, beside what was paid for it."""
    return long.strike - short.strike if short.right == "C" else short.strike - long.strike

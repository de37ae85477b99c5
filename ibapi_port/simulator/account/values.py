"""The figures of the account by IB's keys: (key, value, currency), as updateAccountValue and accountSummary bring them."""

from __future__ import annotations

from decimal import Decimal

from .ledger import BASE, MARGIN, Account, Position, cents

AccountValue = tuple[str, str, str]  # key, value, currency ("" where the value is not money)
LEDGER = "$LEDGER"
LEVERAGE_DIGITS = 4


def summary_values(account: Account) -> list[AccountValue]:
    """The account as a whole, in its own currency; the tags of reqAccountSummary."""
    equity, cash, gross, margin = account.net_liquidation(), account.total_cash(), account.gross_value(), account.margin()
    free = equity - margin
    money: dict[str, Decimal] = {
        "NetLiquidation": equity,
        "TotalCashValue": cash,
        "SettledCash": cash,
        "AccruedCash": Decimal(0),
        "BuyingPower": max(free, Decimal(0)) / MARGIN,
        "EquityWithLoanValue": equity,
        "PreviousDayEquityWithLoanValue": account.initial,
        "GrossPositionValue": gross,
        "ReqTEquity": equity,
        "ReqTMargin": 2 * margin,
        "SMA": free,
    }
    for prefix in ("", "Full", "LookAhead"):
        money[f"{prefix}InitMarginReq"] = money[f"{prefix}MaintMarginReq"] = margin
        money[f"{prefix}AvailableFunds"] = money[f"{prefix}ExcessLiquidity"] = free
    plain = {
        "AccountType": "INDIVIDUAL",
        "Cushion": _ratio(free, equity),
        "LookAheadNextChange": "0",
        "HighestSeverity": "0",
        "DayTradesRemaining": "-1",
        "Leverage": _ratio(gross, equity),
    }
    return [(key, value, "") for key, value in plain.items()] + [(key, str(cents(value)), BASE) for key, value in money.items()]


def ledger_values(account: Account, currency: str) -> list[AccountValue]:
    """One currency's ledger. "BASE": all of them, in the account's currency."""
    whole = currency == "BASE"
    cash = account.total_cash() if whole else account.cash.get(currency, Decimal(0))
    stocks, unrealized, realized = (
        (account.stock_value(), account.unrealized_total(), account.realized_total()) if whole else _positions_in(account, currency)
    )
    money = {
        "CashBalance": cash,
        "TotalCashBalance": cash,
        "AccruedCash": Decimal(0),
        "StockMarketValue": stocks,
        "NetLiquidationByCurrency": cash + stocks,
        "UnrealizedPnL": unrealized,
        "RealizedPnL": realized,
    }
    rate = Decimal(1) if whole else account.rate(currency)
    rows = [("Currency", currency, currency), ("ExchangeRate", f"{rate:.6f}", currency)]
    return rows + [(key, str(cents(value)), currency) for key, value in money.items()]


def all_values(account: Account) -> list[AccountValue]:
    """What reqAccountUpdates downloads."""
    values = [("AccountCode", account.code, ""), ("AccountReady", "true", ""), *summary_values(account)]
    for currency in ("BASE", *sorted(account.cash)):
        values += ledger_values(account, currency)
    return values


def tagged_values(account: Account, tags: list[str]) -> list[AccountValue]:
    """The values of the tags that an account summary asks for; "$LEDGER", "$LEDGER:EUR" and "$LEDGER:ALL" bring ledgers."""
    known = {value[0]: value for value in summary_values(account)}
    values = [known[tag] for tag in tags if tag in known]
    for tag in tags:
        if tag.startswith(LEDGER):
            wanted = tag.partition(":")[2] or "BASE"
            for currency in ("BASE", *sorted(account.cash)) if wanted == "ALL" else (wanted,):
                if currency == "BASE" or currency in account.cash:
                    values += ledger_values(account, currency)
    return values


def _positions_in(account: Account, currency: str) -> tuple[Decimal, Decimal, Decimal]:
    """Market value of the stocks, unrealized and realized profit of all positions priced in the currency."""
    held = [position for position in account.positions.values() if position.instrument.currency == currency]
    stocks: list[Position] = [position for position in held if not position.instrument.is_pair]
    return (
        sum((account.market_value(position) for position in stocks), Decimal(0)),
        sum((account.unrealized(position) for position in held), Decimal(0)),
        sum((position.realized for position in held), Decimal(0)),
    )


def _ratio(part: Decimal, whole: Decimal) -> str:
    return str(round(part / whole, LEVERAGE_DIGITS)) if whole else "0"

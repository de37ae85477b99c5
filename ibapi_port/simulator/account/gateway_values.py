"""An account's values as an IB Gateway 10.40 downloads them: their keys, order and form."""

from __future__ import annotations

from decimal import Decimal

from ..times import day
from .ledger import Account
from .margins import Margins
from .money import ZERO, cents
from .values import WHOLE, AccountValue, all_values, cushion

# of each currency, and of all together
_LEDGER = frozenset(
    {"AccountOrGroup", "AccruedCash", "CashBalance", "CorporateBondValue", "Currency"}
    | {"ExchangeRate", "FundValue", "FutureOptionValue", "FuturesPNL", "FxCashBalance"}
    | {"IssuerOptionValue", "MoneyMarketFundValue", "MutualFundValue", "NetDividend"}
    | {"NetLiquidationByCurrency", "OptionMarketValue", "RealCurrency", "RealizedPnL"}
    | {"StockMarketValue", "TBillValue", "TBondValue", "TotalCashBalance", "UnrealizedPnL"}
    | {"WarrantValue"}
)
_PLAIN = frozenset(
    {"AccountCode", "AccountReady", "AccountType", "ColumnPrio-S", "Cushion", "Leverage-S"}
    | {"LookAheadNextChange", "NLVAndMarginInReview", "SegmentTitle-S", "SettledCashByDate"}
    | {"SettledCashByDate-S", "TradingType-S"}
)
_MONEY = frozenset(
    {"AccruedDividend", "AvailableFunds", "Billable", "BuyingPower", "EquityWithLoanValue"}
    | {"ExcessLiquidity", "FullAvailableFunds", "FullExcessLiquidity", "FullInitMarginReq"}
    | {"FullMaintMarginReq", "GrossPositionValue", "Guarantee", "IncentiveCoupons"}
    | {"IndianStockHaircut", "InitMarginReq", "LookAheadAvailableFunds"}
    | {"LookAheadExcessLiquidity", "LookAheadInitMarginReq", "LookAheadMaintMarginReq"}
    | {"MaintMarginReq", "NetLiquidation", "NetLiquidationUncertainty", "PASharesValue"}
    | {"PhysicalCertificateValue", "PostExpirationExcess", "PostExpirationMargin"}
    | {"TotalCashValue", "TotalDebitCardPendingCharges"}
)
_FOUR = Decimal("0.0001")


def gateway_values(account: Account, margins: Margins, now: float) -> list[AccountValue]:
    """Return the values in the order of their keys; of one key that of all currencies first."""
    known = {(key, currency): value for key, value, currency in all_values(account, margins)}
    currencies = (WHOLE, *sorted(account.cash))
    rows: dict[tuple[str, str], str] = {}
    for currency in currencies:
        for key in _LEDGER:
            rows[key, currency] = known.get((key, currency), "0.00")
        rows["AccountOrGroup", currency] = account.code
        rows["RealCurrency", currency] = currency
        rows["ExchangeRate", currency] = str(cents(Decimal(known["ExchangeRate", currency])))
        worth = Decimal(rows["NetLiquidationByCurrency", currency])
        rows["NetLiquidationByCurrency", currency] = str(worth.quantize(_FOUR))
    for key in _MONEY:
        rows[key, account.base] = known.get((key, account.base), "0.00")
    for key in _PLAIN:
        rows[key, ""] = known.get((key, ""), "")
    rows |= _plain(account, margins, now)
    order = {currency: n for n, currency in enumerate(("", *currencies))}
    return [
        (key, value, currency)
        for (key, currency), value in sorted(
            rows.items(), key=lambda row: (row[0][0], order[row[0][1]])
        )
    ]


def _plain(account: Account, margins: Margins, now: float) -> dict[tuple[str, str], str]:
    """Return the values that have a form of their own."""
    whole = account.net_liquidation()
    leverage = account.gross_value() / whole if whole else ZERO
    settled = f"{day(now)}:{cents(account.cash_balance())}"
    return {
        ("Cushion", ""): cushion(account, margins),
        ("Leverage-S", ""): str(cents(leverage)),
        ("ColumnPrio-S", ""): "1",
        ("SettledCashByDate", ""): settled,
        ("SettledCashByDate-S", ""): settled,
    }

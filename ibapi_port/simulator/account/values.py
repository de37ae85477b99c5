"""The figures of an account by IB's keys: (key, value, currency), as updateAccountValue and
accountSummary bring them.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .interest import accrued_cash
from .ledger import Account
from .margins import LEVERAGE, Margins
from .money import ONE, VALUE_ROWS, ZERO, cents, ledger_row

AccountValue = tuple[str, str, str]  # key, value, currency ("" where the value is not money)
LEDGER = "$LEDGER"
WHOLE = "BASE"  # the ledger of all currencies
RATIO_DIGITS = 4
_CUSHION_DIGITS = 6
_NOTHING = (
    "Billable",
    "Guarantee",
    "IndianStockHaircut",
    "PostExpirationMargin",
)
_NO_LEDGER = (
    "MutualFundValue",
    "MoneyMarketFundValue",
    "TBondValue",
    "FxCashBalance",
)


def summary_values(account: Account, margins: Margins) -> list[AccountValue]:
    """Return the values of the account as a whole, in its own currency: the tags of
    reqAccountSummary.
    """
    account = account.standing()
    return account.once("summary", lambda: _make_summary_values(account, margins))


def _make_summary_values(account: Account, margins: Margins) -> list[AccountValue]:
    equity, gross = account.net_liquidation(), account.gross_value()
    money = {key: value for key, value in _whole(account, margins).items() if key in _SUMMARY}
    margin = margins.of(account)
    money["ReqTEquity"], money["ReqTMargin"] = account.equity_with_loan(), 2 * margin.initial
    plain = {
        "AccountType": "INDIVIDUAL",
        "Cushion": cushion(account, margins),
        "LookAheadNextChange": "0",
        "HighestSeverity": "0",
        "DayTradesRemaining": str(margins.day_trades_left(account)),
        "Leverage": _ratio(gross, equity),
    }
    return [(key, value, "") for key, value in plain.items()] + [
        (key, str(cents(value)), account.base) for key, value in money.items()
    ]


_SUMMARY = {
    *(
        "NetLiquidation",
        "TotalCashValue",
        "SettledCash",
        "AccruedCash",
        "BuyingPower",
        "EquityWithLoanValue",
        "GrossPositionValue",
        "SMA",
    ),
    *(
        "PreviousDayEquityWithLoanValue",
        "InitMarginReq",
        "MaintMarginReq",
        "AvailableFunds",
        "ExcessLiquidity",
        "FullInitMarginReq",
    ),
    *(
        "FullMaintMarginReq",
        "FullAvailableFunds",
        "FullExcessLiquidity",
        "LookAheadInitMarginReq",
        "LookAheadMaintMarginReq",
    ),
    *("LookAheadAvailableFunds", "LookAheadExcessLiquidity"),
}


def _whole(account: Account, margins: Margins) -> dict[str, Decimal]:
    """Return money of the whole account, by the keys of reqAccountUpdates."""
    account = account.standing()
    return account.once("whole", lambda: _make_whole(account, margins))


def _make_whole(account: Account, margins: Margins) -> dict[str, Decimal]:
    margin, equity = margins.of(account), account.equity_with_loan()
    free = equity - margin.initial
    money = {
        "NetLiquidation": account.net_liquidation(),
        "TotalCashValue": account.total_cash(),
        "AccruedCash": accrued_cash(account),
        "AccruedDividend": account.accrued_dividends(),
        "SettledCash": account.cash_balance(),
        "BuyingPower": max(free, ZERO) * LEVERAGE,
        "EquityWithLoanValue": equity,
        "PreviousDayEquityWithLoanValue": account.equity_before,
        "GrossPositionValue": account.gross_value(),
        "RegTEquity": equity,
        "RegTMargin": 2 * margin.initial,
        "SMA": free,
        "NetLiquidationUncertainty": ZERO,
        "PASharesValue": ZERO,
        "PostExpirationExcess": equity - margin.maintenance,
        "TotalDebitCardPendingCharges": ZERO,
    }
    money.update(dict.fromkeys(_NOTHING, ZERO))
    for prefix in ("", "Full", "LookAhead"):
        money[f"{prefix}InitMarginReq"] = margin.initial
        money[f"{prefix}MaintMarginReq"] = margin.maintenance
        money[f"{prefix}AvailableFunds"] = free
        money[f"{prefix}ExcessLiquidity"] = equity - margin.maintenance
    return money


def _segments(account: Account, margins: Margins) -> Iterator[AccountValue]:
    """Return the values of IB's segments, "-S" and "-C": the money lies with the securities;
    futures bring their gains and margins to the commodities.
    """
    margin, gain = margins.of(account), account.futures_gain()
    options = sum(
        (
            account.in_base(p, account.market_value(p))
            for p in account.positions.values()
            if p.instrument.sec_type == "FOP"
        ),
        ZERO,
    )
    whole = _whole(account, margins)
    sides = {
        "C": (gain + options, gain, gain, margin.commodities_initial, margin.commodities, ZERO),
        "S": (
            account.net_liquidation() - gain - options,
            account.cash_balance(),
            account.equity_with_loan() - gain,
            margin.securities,
            margin.securities,
            account.gross_value() - abs(options),
        ),
    }
    for side, (net, cash, equity, initial, maintenance, gross) in sides.items():
        money = dict.fromkeys(_NOTHING, ZERO)
        money["AccruedCash"] = accrued_cash(account) if side == "S" else ZERO
        money["AccruedDividend"] = account.accrued_dividends() if side == "S" else ZERO
        money |= {"NetLiquidation": net, "TotalCashValue": cash, "EquityWithLoanValue": equity}
        for prefix in ("", "Full", "LookAhead"):
            money[f"{prefix}InitMarginReq"], money[f"{prefix}MaintMarginReq"] = initial, maintenance
            money[f"{prefix}AvailableFunds"] = equity - initial
            money[f"{prefix}ExcessLiquidity"] = equity - maintenance
        money["PostExpirationExcess"] = equity - maintenance
        if side == "S":
            money |= {
                "GrossPositionValue": gross,
                **{key: whole[key] for key in ("RegTEquity", "RegTMargin", "SMA")},
            }
            money["PreviousDayEquityWithLoanValue"] = whole["PreviousDayEquityWithLoanValue"]
            yield "Cushion-S", _ratio(equity - maintenance, net), ""
            yield "Leverage-S", _ratio(gross, net), ""
            yield "SegmentTitle-S", "US Securities", ""
            yield "TradingType-S", "STKNOPT", ""
        else:
            yield "SegmentTitle-C", "US Commodities", ""
        for key, value in money.items():
            yield f"{key}-{side}", str(cents(value)), account.base


def ledger_values(account: Account, currency: str) -> list[AccountValue]:
    """Return one currency's ledger; for "BASE" that of all, in the account's currency."""
    account = account.standing()
    return account.once(("ledger", currency), lambda: _make_ledger_values(account, currency))


def _make_ledger_values(account: Account, currency: str) -> list[AccountValue]:
    whole = currency == WHOLE
    rows = dict.fromkeys(VALUE_ROWS, ZERO)
    gain = unrealized = realized = ZERO
    valued = {each.instrument.con_id: each for each in account.valued()}
    for con_id, position in account.positions.items():
        instrument = position.instrument
        if not whole and instrument.currency != currency:
            continue
        rate = account.rate(instrument.currency) if whole else ONE
        realized += position.realized_today * rate
        known = valued.get(con_id)
        if known is None:  # a currency pair
            unrealized += account.unrealized(position) * rate
            continue
        unrealized += (known.value - position.cost) * rate
        if known.is_marked:
            gain += (known.value - position.settled) * rate
        else:
            rows[ledger_row(instrument)] += known.value * rate
    cash = account.cash_balance() if whole else account.cash.get(currency, ZERO)
    accrued = accrued_cash(account) if whole else cents(account.accrued.get(currency, ZERO))
    dividends = account.accrued_dividends() if whole else account.dividends.get(currency, ZERO)
    money = dict.fromkeys(_NO_LEDGER, ZERO)
    money |= {"AccruedCash": accrued, "NetDividend": dividends}
    money |= {"CashBalance": cash, "TotalCashBalance": cash + gain, "FuturesPNL": gain, **rows}
    money["NetLiquidationByCurrency"] = cash + gain + accrued + dividends + sum(rows.values(), ZERO)
    money["UnrealizedPnL"] = unrealized
    fees = (
        sum((each.fees - each.fees_before for each in account.positions.values()), ZERO)
        if currency in (WHOLE, account.base)
        else ZERO
    )
    money["RealizedPnL"] = realized - fees
    rate = ONE if whole else account.rate(currency)
    texts = {
        "Currency": currency,
        "RealCurrency": account.base if whole else currency,
        "ExchangeRate": f"{rate:.6f}",
    }
    texts["AccountOrGroup"] = account.code
    return [(key, value, currency) for key, value in texts.items()] + [
        (key, str(cents(value)), currency) for key, value in money.items()
    ]


def all_values(account: Account, margins: Margins) -> list[AccountValue]:
    """Return what reqAccountUpdates downloads."""
    account = account.standing()
    return account.once("all values", lambda: _make_all_values(account, margins))


def _make_all_values(account: Account, margins: Margins) -> list[AccountValue]:
    left = str(margins.day_trades_left(account))
    plain = {
        "AccountCode": account.code,
        "AccountReady": "true",
        "AccountType": "INDIVIDUAL",
        "Cushion": cushion(account, margins),
        "DayTradesRemaining": left,
        **{f"DayTradesRemainingT+{n}": left for n in range(1, 5)},
        "LookAheadNextChange": "0",
        "NLVAndMarginInReview": "false",
        "WhatIfPMEnabled": "true",
    }
    values = [(key, value, "") for key, value in plain.items()]
    values.append(("AccountOrGroup", account.code, account.base))
    values += [
        (key, str(cents(value)), account.base) for key, value in _whole(account, margins).items()
    ]
    values += _segments(account, margins)
    for currency in (WHOLE, *sorted(account.cash)):
        values += ledger_values(account, currency)
    return values


def tagged_values(account: Account, margins: Margins, tags: list[str]) -> list[AccountValue]:
    """Return the values of the tags that an account summary asks for; "$LEDGER", "$LEDGER:EUR" and
    "$LEDGER:ALL" bring ledgers.
    """
    known = {value[0]: value for value in summary_values(account, margins)}
    values = [known[tag] for tag in sorted({*tags}) if tag in known]
    for tag in tags:
        if tag.startswith(LEDGER):
            wanted = tag.partition(":")[2] or WHOLE
            for currency in (WHOLE, *sorted(account.cash)) if wanted == "ALL" else (wanted,):
                if currency == WHOLE or currency in account.cash:
                    values += ledger_values(account, currency)
    return values


def cushion(account: Account, margins: Margins) -> str:
    """Return the excess liquidity as a share of the net liquidation value: at most six digits."""
    whole = account.net_liquidation()
    excess = account.equity_with_loan() - margins.of(account).maintenance
    return f"{round(excess / whole, _CUSHION_DIGITS).normalize():f}" if whole else "0"


def _ratio(part: Decimal, whole: Decimal) -> str:
    return str(round(part / whole, RATIO_DIGITS)) if whole else "0"

"""Market data: which types come for one instrument, and whether IB's servers are reached."""

from __future__ import annotations

from typing import Any

from ..contract import Contract
from ..error_codes import lookup
from .findings import Report
from .patient import Patient, Told

TYPES = {1: "live", 2: "frozen", 3: "delayed", 4: "delayed frozen"}
_FIRST_ID = 9001
_CURRENCY = 3  # letters


def contract_of(symbol: str) -> Contract:
    """Return the contract of "AAPL" (a US stock) or "EUR.USD" (a pair of currencies)."""
    text = symbol.strip().upper() if isinstance(symbol, str) else ""
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError(f'symbol: {symbol!r} is no symbol such as "AAPL" or "EUR.USD"')
    first, dot, second = text.partition(".")
    contract = Contract()
    if dot and len(first) == len(second) == _CURRENCY:
        contract.symbol, contract.currency = first, second
        contract.secType, contract.exchange = "CASH", "IDEALPRO"
    else:
        contract.symbol, contract.currency = text, "USD"
        contract.secType, contract.exchange = "STK", "SMART"
    return contract


def market_data(report: Report, patient: Patient, contract: Contract, timeout: float) -> None:
    """Ask for a snapshot by each type of market data. The type is a matter of this connection alone
    and ends with it.
    """
    client = patient.client
    for number, name in TYPES.items():
        request_id = _FIRST_ID + number
        told = patient.ask(request_id)
        client.reqMarketDataType(number)
        client.reqMktData(request_id, contract, "", True, False, [])
        patient.wait(lambda told=told: told.is_over, timeout)  # type: ignore[misc]
        if not told.ended and not told.errors and patient.end is None:
            client.cancelMktData(request_id)
        if patient.end is not None:
            return
        _say(report, contract.symbol, number, name, told, timeout)


def _say(report: Report, symbol: str, number: int, name: str, told: Told, timeout: float) -> None:
    check = f"data: {name}"
    details: dict[str, Any] = {
        "type": number,
        "came_as": told.data_type,
        "prices": dict(told.prices),
    }
    codes = told.errors or (told.warnings if not told.prices else [])
    if codes:
        code, said = codes[0]
        advice = lookup(code, said)
        text = f"{symbol}, {name}: {advice.cause if advice is not None else said} ({code})"
        cure = advice.cure if advice is not None else ""
        level = "problem" if code == _NO_CONTRACT else "warning"
        report.add("no_data", check, level, text, cure, code, said=said, **details)
        return
    if told.prices:
        came = TYPES.get(told.data_type, name)
        other = f" (they came as {came})" if came != name else ""
        prices = ", ".join(f"{key} {price:g}" for key, price in told.prices.items())
        report.add("data", check, "ok", f"{symbol}, {name}: {prices}{other}.", **details)
        return
    text = f"{symbol}, {name}: no price came" + ("." if told.ended else f" within {timeout:g} s.")
    cure = "The market may be closed, or a subscription missing; frozen data have the last quote."
    report.add("no_prices", check, "note", text, cure, **details)


_NO_CONTRACT = 200
_FARM_STATES = {
    2103: "broken",
    2104: "ok",
    2105: "broken",
    2106: "ok",
    2107: "inactive",
    2108: "inactive",
    2119: "connecting",
    2157: "broken",
    2158: "ok",
}
_KINDS = {2103: "market data", 2105: "historical data", 2157: "contracts"}
_LOST, _BROKEN_BACKEND, _BACK = 1100, 2110, (1101, 1102)


def farms(report: Report, patient: Patient) -> None:
    """Note what TWS has said of its connections to IB's servers since this connection was made."""
    states: dict[str, tuple[int, str]] = {}
    upstream = True
    for _, code, text in patient.errors:
        if code in _FARM_STATES:
            states[text.rpartition(":")[2].strip() or str(code)] = code, _FARM_STATES[code]
        elif code in (_LOST, _BROKEN_BACKEND):
            upstream = False
        elif code in _BACK:
            upstream = True
    if not upstream:
        advice = lookup(_LOST)
        text = "TWS has no connection to IB's servers."
        cure = advice.cure if advice is not None else ""
        report.add("no_connection_to_ib", "farms", "problem", text, cure, _LOST)
    broken = {name: code for name, (code, state) in states.items() if state == "broken"}
    for name, code in broken.items():
        advice = lookup(code)
        text = f"The connection of TWS to {name} ({_KINDS[code]}) is broken."
        cure = advice.cure if advice is not None else ""
        report.add("farm_broken", "farms", "warning", text, cure, code)
    if broken or not upstream:
        return
    if not states:
        text = "TWS has said nothing of its connections to IB's servers."
        report.add("farms", "farms", "note", text)
        return
    shown = ", ".join(f"{name} {state}" for name, (_, state) in states.items())
    report.add("farms", "farms", "ok", f"{shown}.", farms={n: s for n, (_, s) in states.items()})


__all__ = ["TYPES", "contract_of", "farms", "market_data"]

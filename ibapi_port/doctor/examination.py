"""The examination: one check after another, each on what the ones before it found."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from ..contract import Contract
from ..error_codes import lookup
from . import data, reach
from .findings import Finding, Report
from .patient import Patient
from .ports import PORTS, Place, listening, others

TIMEOUT = 10.0
_START_ID = 7000  # of the ids that are tried where none is given
_PAPER_PORTS = (7497, 4002)


def examine(
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    client_id: int | None = None,
    symbol: str = "AAPL",
    timeout: float = TIMEOUT,
    progress: Callable[[Finding], object] | None = None,
) -> Report:
    """Examine a TWS and return what was found; `progress` is called with each finding as it comes.

    Without a port, IB's four are tried. Without a client id, one is taken that is hardly in use.
    `symbol` is a US stock such as AAPL, or a pair of currencies such as EUR.USD. No step takes
    longer than `timeout` seconds.
    """
    contract = data.contract_of(symbol)
    if port is not None and not 0 < port < 65536:
        raise ValueError(f"port: {port} is not between 1 and 65535")
    report = Report(progress)
    place = _place(report, host, port)
    if place is None:
        return report
    patient = _connected(report, place, client_id, timeout)
    if patient is None:
        return report
    try:
        _examine(report, patient, place, contract, timeout)
    finally:
        patient.close()
    return report


def _place(report: Report, host: str, port: int | None) -> Place | None:
    """Return the place to examine: the one given, or the first of IB's ports that listens."""
    if port is not None:
        return Place(host, port)
    found = listening(others(host, None))
    for place in found:
        name = PORTS[place.port]
        report.add("listens", "port", "ok", f"Something listens at {place} ({name}).")
    if not found:
        reach.nothing_listens(report, host)
        return None
    return found[0]


def _connected(
    report: Report, place: Place, client_id: int | None, timeout: float
) -> Patient | None:
    """Connect with the id given and, if that is in use, with another one. Return the client when
    TWS is ready; None if it was not, which is in the report.
    """
    own = _START_ID + os.getpid() % 1000
    for number in [own if client_id is None else client_id, own + 1000, own + 2000]:
        patient = Patient()
        if patient.connect(place.host, place.port, number, timeout):
            patient.wait(lambda p=patient: p.next_id is not None, timeout)  # type: ignore[misc]
            if patient.next_id is not None:
                _say_connected(report, patient, place, number)
                return patient
        in_use = patient.text_of(326) is not None
        patient.close()
        if not in_use:
            reach.not_ready(report, patient, place, timeout)
            return None
        advice = lookup(326)
        level = "problem" if number == client_id else "note"
        report.add(
            "client_id_in_use",
            "client id",
            level,
            f"The client id {number} is in use by another program.",
            advice.cure if advice is not None else "",
            326,
        )
    return None


def _say_connected(report: Report, patient: Patient, place: Place, client_id: int) -> None:
    version = patient.client.serverVersion() or 0
    report.add(
        "connected",
        "connection",
        "ok",
        f"TWS at {place} takes client id {client_id} and speaks server version {version}.",
        server_version=version,
        client_id=client_id,
    )


def _examine(
    report: Report, patient: Patient, place: Place, contract: Contract, timeout: float
) -> None:
    reach.version(report, patient)
    patient.wait(lambda: patient.accounts is not None, timeout)
    checks: list[Callable[[], None]] = [
        lambda: _accounts(report, patient, place),
        lambda: _clock(report, patient, timeout),
        lambda: _read_only(report, patient, timeout),
        lambda: data.market_data(report, patient, contract, timeout),
        lambda: data.farms(report, patient),
    ]
    for check in checks:
        check()
        if patient.end is not None:
            text = f"The connection ended during the examination: {patient.end.text}."
            report.add("lost", "connection", "problem", text, "Look at TWS, and try again.")
            return


def _accounts(report: Report, patient: Patient, place: Place) -> None:
    accounts = patient.accounts
    if not accounts:
        text = "TWS has named no account."
        cure = "Look whether the login in TWS is complete, and answer its dialogs."
        report.add("no_accounts", "accounts", "warning", text, cure)
        return
    paper = [account for account in accounts if account.startswith("D")]
    kind = "paper" if len(paper) == len(accounts) else "live" if not paper else "paper and live"
    text = f"{len(accounts)} account{'s' * (len(accounts) > 1)} ({kind}): {', '.join(accounts)}."
    report.add("accounts", "accounts", "ok", text, accounts=accounts, kind=kind)
    live = kind != "paper"
    if live and place.port in _PAPER_PORTS:
        text = f"Port {place.port} is the usual one of a paper account, but this is a live account."
        cure = "Be careful: orders cost real money here."
        report.add("live_on_paper_port", "accounts", "warning", text, cure)


_CLOCK_LIMIT = 2.0  # seconds: TWS's answer has whole seconds, and is on its way for a while
_SIMULATED_CLOCK = 60.0  # seconds; a paper account's TWS that is off by more may be simulated


def _clock(report: Report, patient: Patient, timeout: float) -> None:
    asked = time.time()
    if (patient.client.serverVersion() or 0) >= 197:
        patient.client.reqCurrentTimeInMillis()
    else:
        patient.client.reqCurrentTime()
    if not patient.wait(lambda: patient.server_time is not None, timeout):
        text = f"TWS did not tell its time within {timeout:g} s."
        cure = "TWS is busy or hangs: look at its window, and restart it if it does not react."
        report.add("no_answer", "clock", "problem", text, cure)
        return
    assert patient.server_time is not None
    theirs, came = patient.server_time
    offset = theirs - (asked + came) / 2
    taken = came - asked
    if abs(offset) <= _CLOCK_LIMIT + taken:
        text = f"The clocks agree; TWS answered within {taken * 1000:.0f} ms."
        report.add("clock", "clock", "ok", text, offset=offset, seconds=taken)
        return
    text = f"TWS's clock is {_span(offset)} {'ahead of' if offset > 0 else 'behind'} this one."
    cure = "Let the system set the clock of both computers (NTP)."
    level = "warning"
    if abs(offset) > _SIMULATED_CLOCK and all(
        one.startswith("D") for one in patient.accounts or ()
    ):
        # nothing on the wire says that a TWS is simulated; no computer's clock drifts so far, and
        # no real money is at stake
        level = "note"
        cure = f"Nothing, if it is a simulated TWS, which keeps a time of its own. Else: {cure}"
    report.add("clock", "clock", level, text, cure, offset=offset, seconds=taken)


def _span(seconds: float) -> str:
    """Return a time span as people say it: "12 s", "3 h 5 min", "2 days 4 h"."""
    left = abs(round(seconds))
    parts = []
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {'day' if unit == 'days' and count == 1 else unit}")
    return " ".join(parts[:2])


_COMPLETED_ORDERS = 150


def _read_only(report: Report, patient: Patient, timeout: float) -> None:
    """A read-only API refuses lists of orders too. To ask for one changes nothing; reqOpenOrders
    is not used, as with client id 0 it takes over orders that were made in TWS's window.
    """
    if (patient.client.serverVersion() or 0) >= _COMPLETED_ORDERS:
        patient.client.reqCompletedOrders(True)
    else:
        patient.client.reqAllOpenOrders()
    answered = patient.wait(
        lambda: patient.completed_ended or patient.text_of(321) is not None, timeout
    )
    said = patient.text_of(321)
    if said is not None and "read-only" in said.lower():
        advice = lookup(321, said)
        cure = advice.cure if advice is not None else ""
        text = "The API is read-only: TWS refuses orders and lists of orders."
        report.add("read_only", "orders", "warning", text, cure, 321)
    elif answered and said is None:
        text = "TWS answers requests about orders. Whether it takes an order was not tried."
        report.add("orders", "orders", "ok", text)
    else:
        text = said or f"TWS gave no list of orders within {timeout:g} s."
        cure = "A read-only API may be the reason: look at TWS's API settings."
        report.add("no_orders", "orders", "warning", text, cure, 321 if said else 0)


__all__ = ["examine"]

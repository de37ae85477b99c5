"""Why there is no connection, and what the version of TWS lacks."""

from __future__ import annotations

from ..error_codes import lookup
from ..seams import EndReason
from .findings import Report
from .patient import Patient
from .ports import HERE, PORTS, Place, listening, loopback_names, others, what_speaks

_START = (
    "Start TWS or IB Gateway and log in. In its settings under API, switch on 'Enable ActiveX and "
    "Socket Clients', and compare the socket port."
)
_NAMES = {
    EndReason.REFUSED: "refused",
    EndReason.SILENT: "silent",
    EndReason.CLOSED_AT_ONCE: "closed_at_once",
    EndReason.NOT_A_TWS: "other_program",
    EndReason.REDIRECTED: "redirected",
    EndReason.VERSION: "version",
}


def nothing_listens(report: Report, host: str) -> None:
    ports = ", ".join(map(str, PORTS))
    text = f"Nothing listens on {host or 'this computer'}, ports {ports}."
    report.add("refused", "port", "problem", text, _START, 502)


def not_ready(report: Report, patient: Patient, place: Place, timeout: float) -> None:
    """Note why a connection was not made, or did not become ready."""
    end = patient.end
    if patient.was_connected:
        _not_started(report, patient, place, timeout)
        return
    reason = end.reason if end is not None else EndReason.NOT_REACHED
    name = _NAMES.get(reason, "not_reached")
    if reason is EndReason.REFUSED:
        _refused(report, place)
    elif name in ("silent", "closed_at_once", "other_program"):
        _no_tws(report, place, name, timeout)
    else:
        detail = end.text if end is not None else "no reason is known"
        words = {"not_reached": "not reached", "redirected": "redirected", "version": ""}[name]
        advice = lookup(503 if name == "version" else 502, words)
        cure = advice.cure if advice is not None else ""
        report.add(name, "connection", "problem", f"No connection to {place}: {detail}.", cure, 502)


def _refused(report: Report, place: Place) -> None:
    report.add("refused", "port", "problem", f"Nothing listens at {place}.", _START, 502)
    found = listening(others(place.host, place.port))
    for other in found:
        name = PORTS.get(other.port)
        what = f" ({name})" if name else ""
        text = f"Something listens at {other}{what}."
        report.add("listens", "port", "note", text, f"Try {other}.", place=str(other))
    if place.host in HERE:
        addresses = loopback_names(place.host or "localhost", place.port)
        if place.host == "localhost" and addresses[:1] == ["::1"]:
            text = "The name localhost means ::1 first here, where TWS does not always listen."
            report.add("ipv6", "port", "note", text, "Use 127.0.0.1 as host.")
    if not found:
        ports = ", ".join(map(str, PORTS))
        report.add("nothing_else", "port", "note", f"None of the ports {ports} listens either.")


def _no_tws(report: Report, place: Place, name: str, timeout: float) -> None:
    """Something took the connection and did not answer as TWS does: look what it is."""
    kind, said = what_speaks(place, min(timeout, 2.0))
    quoted = f', which says "{said}"' if said else ""
    if kind == "http":
        text = f"A web server has the port {place}{quoted}. It is no TWS."
        cure = (
            "Compare the port with the one in TWS's API settings. IB's Client Portal Gateway is "
            "another program than TWS."
        )
        report.add("http", "connection", "problem", text, cure, 502)
    elif kind == "tls":
        text = f"The port {place} speaks TLS."
        cure = (
            "TWS itself has no TLS on its API port. Where a tunnel stands before TWS, give the "
            "client an ssl_context; otherwise compare the port."
        )
        report.add("tls", "connection", "problem", text, cure, 502)
    elif said:
        text = f"Another program has the port {place}{quoted}."
        cure = "Compare the port with the one in TWS's API settings."
        report.add("other_program", "connection", "problem", text, cure, 502)
    else:
        words = {
            "silent": "but silent",
            "closed_at_once": "closed at once",
            "other_program": "no tws at",
        }
        texts = {
            "silent": f"{place} took the connection and said nothing within {timeout:g} s.",
            "closed_at_once": f"{place} took the connection and closed it at once.",
            "other_program": f"What answers at {place} is no TWS.",
        }
        advice = lookup(502, words[name])
        cure = advice.cure if advice is not None else ""
        report.add(name, "connection", "problem", texts[name], cure, 502)


def _not_started(report: Report, patient: Patient, place: Place, timeout: float) -> None:
    """The handshake was well, but nextValidId did not come."""
    version = patient.client.serverVersion() or 0
    errors = [(code, text) for _, code, text in patient.errors if lookup(code, text) is not None]
    errors = [(code, text) for code, text in errors if not _is_farm(code)]
    if errors:
        code, said = errors[0]
        advice = lookup(code, said)
        cure = advice.cure if advice is not None else ""
        text = f"TWS at {place} did not begin the session: {said} ({code})"
        report.add("not_ready", "connection", "problem", text, cure, code)
        return
    if patient.end is not None and patient.end.reason is not EndReason.BY_US:
        text = f"{place} took the connection, shook hands and closed it: {patient.end.text}."
        cure = (
            "The client id may be in use, this computer not among the trusted ones, or the "
            "greatest number of clients reached: look at TWS's API settings."
        )
        report.add("closed_at_once", "connection", "problem", text, cure, 502)
        return
    text = f"TWS at {place} shook hands, but was not ready within {timeout:g} s."
    cure = "Look at its window: the login may not be complete, or a dialog waits for an answer."
    report.add("not_ready", "connection", "problem", text, cure, server_version=version)


def _is_farm(code: int) -> bool:
    return 2100 <= code < 2200


# From which server version on TWS knows what programs often miss.
_SINCE = {
    130: "historical ticks",
    137: "tick-by-tick data",
    150: "completed orders",
    163: "fractions of shares",
    165: "trading schedules (historical)",
    183: "the customer's account on orders",
    194: "the time of errors",
    197: "the time in milliseconds",
    200: "executions of several days",
    203: "orders as Protocol Buffers",
    221: "changes of TWS's settings",
}
_PROTOBUF = 201


def version(report: Report, patient: Patient) -> None:
    """Note what the server version lacks, on TWS's side or on ours."""
    from .._client.core import newest_version
    from ..protocol.handshake import NEWEST

    has = patient.client.serverVersion() or 0
    spoken = newest_version()
    lacks = [text for since, text in _SINCE.items() if since > has]
    if has >= NEWEST:
        report.add("version", "version", "ok", "TWS has all that this client knows.")
    elif has == spoken and has < _PROTOBUF:
        text = f"This client speaks versions up to {spoken} here, without Protocol Buffers."
        cure = "pip install 'ibapi_port[protobuf]' if the newest requests are needed."
        report.add("version", "version", "note", text, cure, lacks=lacks)
    else:
        text = f"This TWS (server version {has}) lacks: {', '.join(lacks) or 'little'}."
        level = "warning" if has < min(_SINCE) else "note"
        report.add("version", "version", level, text, "Update TWS if you need it.", lacks=lacks)


__all__ = ["not_ready", "nothing_listens", "version"]

"""The text of error 502: why a connection was not made, and what a person can do about it."""

from __future__ import annotations

from .resolve import LOCAL
from .state import EndReason

_CAUSES: dict[EndReason, str] = {
    EndReason.REFUSED: "Refused by {at}",
    EndReason.NOT_REACHED: "Not reached: {at}",
    EndReason.SILENT: "Accepted by {at}, but silent",
    EndReason.CLOSED_AT_ONCE: "Closed at once by {at}",
    EndReason.NOT_A_TWS: "No TWS at {at}",
    EndReason.REDIRECTED: "Redirected by {at}",
    EndReason.BY_US: "Given up while connecting to {at}",
}
_ADVICE: dict[EndReason, str] = {
    EndReason.REFUSED: (
        "Nothing listens there: start TWS or IB Gateway, switch on 'Enable ActiveX and Socket "
        "Clients' in its API settings, and compare the port with the one there (TWS 7496, paper "
        "7497; IB Gateway 4001, paper 4002)."
    ),
    EndReason.NOT_REACHED: (
        "Check host and port, and that no firewall is between this computer and TWS."
    ),
    EndReason.SILENT: (
        "A dialog of TWS may be waiting for an answer (look at its window), TWS may hang, or what "
        "listens there is no TWS."
    ),
    EndReason.CLOSED_AT_ONCE: (
        "The API may be switched off, this computer not among the trusted ones, or the greatest "
        "number of API clients reached."
    ),
    EndReason.NOT_A_TWS: (
        "Another program has this port: compare it with the one in TWS's API settings."
    ),
    EndReason.REDIRECTED: "Connect to the host that it names.",
}


def explained(reason: EndReason, host: object, port: object, detail: str) -> str:
    """Return the cause, the particulars and the advice: "Refused by 127.0.0.1:7497 (Connection
    refused). Nothing listens there ...".
    """
    cause = _CAUSES.get(reason, "Not connected to {at}").format(at=f"{host or LOCAL}:{port}")
    text = f"{cause} ({detail})." if detail and detail != reason.meaning else f"{cause}."
    advice = _ADVICE.get(reason)
    if reason is EndReason.BY_US:
        return f"{text[:-1]}: {reason.meaning}."
    return f"{text} {advice}" if advice else text


__all__ = ["explained"]

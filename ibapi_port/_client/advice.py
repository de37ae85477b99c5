"""What a person can do about a connection that was not made, by its reason."""

from __future__ import annotations

from .state import EndReason

ADVICE: dict[EndReason, str] = {
    EndReason.REFUSED: (
        "Start TWS or IB Gateway, switch on 'Enable ActiveX and Socket Clients' in its API settings, and compare the port "
        "(TWS 7496, paper 7497; IB Gateway 4001, paper 4002)"
    ),
    EndReason.NOT_REACHED: "Check host and port, and that no firewall is between this computer and TWS",
    EndReason.SILENT: (
        "The connection was accepted: a dialog of TWS may be waiting for an answer (look at its window), TWS may hang, or another "
        "program has this port"
    ),
    EndReason.CLOSED_AT_ONCE: (
        "The API may be switched off, this computer not among the trusted ones, or the greatest number of API clients reached"
    ),
    EndReason.NOT_A_TWS: "Another program listens on this port: compare it with the one in TWS's API settings",
    EndReason.REDIRECTED: "Connect to that host",
}

_CAUSES: dict[EndReason, str] = {
    EndReason.REFUSED: "the connection was refused",
    EndReason.SILENT: "the connection was accepted, but nothing was answered",
    EndReason.CLOSED_AT_ONCE: "TWS closed the connection at once",
    EndReason.NOT_A_TWS: "what listens there is no TWS",
    EndReason.NOT_REACHED: "it was not reached",
}


def explained(reason: EndReason, host: object, port: object, detail: str) -> str:
    """Return cause and advice in a sentence each: "127.0.0.1:7497: the connection was refused (...). Start TWS ..."."""
    cause = _CAUSES.get(reason)
    text = f"{host}:{port}: {f'{cause} ({detail})' if cause and detail != reason.meaning else cause or detail}."
    advice = ADVICE.get(reason)
    return f"{text} {advice}." if advice else text


__all__ = ["ADVICE", "explained"]

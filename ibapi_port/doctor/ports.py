"""What listens on a port: nothing, or a program that is no TWS."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .._client.resolve import LOCAL, addresses_of

PORTS = {7496: "TWS", 7497: "TWS, paper", 4001: "IB Gateway", 4002: "IB Gateway, paper"}
HERE = ("", "localhost", LOCAL, "::1")
LOOPBACKS = (LOCAL, "::1")
_SHORT = 2.0  # seconds: a port either takes a connection at once or not at all
_BANNER = 0.3
_ENOUGH = 512


class Place(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        shown = f"[{self.host}]" if ":" in self.host else self.host or LOCAL
        return f"{shown}:{self.port}"


def others(host: str, port: int | None) -> list[Place]:
    """Return where else TWS may be: IB's ports on the host, and on both loopback addresses where
    the host is this computer.
    """
    hosts = list(dict.fromkeys([host or LOCAL, *(LOOPBACKS if host in HERE else ())]))
    ports = dict.fromkeys([*([port] if port is not None else []), *PORTS])
    places = [Place(h, p) for h in hosts for p in ports]
    return [place for place in places if place != Place(host or LOCAL, port or 0)]


def listening(places: Iterable[Place], seconds: float = _SHORT) -> list[Place]:
    """Return those of some places that take a connection; it is closed at once."""
    found = []
    for place in places:
        with contextlib.suppress(OSError), _connect(place, seconds):
            found.append(place)
    return found


def loopback_names(host: str, port: int, seconds: float = _SHORT) -> Sequence[str]:
    """Return the addresses of a host, in the order in which they are tried; none if not known."""
    with contextlib.suppress(OSError, UnicodeError):
        return list(dict.fromkeys(a[4][0] for a in addresses_of(host, port, seconds)))
    return []


def what_speaks(place: Place, seconds: float = _SHORT) -> tuple[str, str]:
    """Return what kind of program has a port that speaks no TWS: "http", "tls" or "", and what it
    says of itself.
    """
    said = _says(place, b"", _BANNER)
    if said:  # it speaks first, as SSH and mail servers do
        return "", said
    said = _says(place, b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", seconds)
    if said.startswith("HTTP/"):
        # A web server for TLS says so in plain HTTP too.
        return (
            ("tls", said) if "https" in said.lower() or _is_tls(place, seconds) else ("http", said)
        )
    if _is_tls(place, seconds):
        return "tls", ""
    return "", said


def _connect(place: Place, seconds: float) -> socket.socket:
    return socket.create_connection(place, seconds)


def _says(place: Place, sent: bytes, seconds: float) -> str:
    """Return the first line that a program answers; "" if it says nothing."""
    said = b""
    with contextlib.suppress(OSError), _connect(place, seconds) as sock:
        sock.sendall(sent)
        said = sock.recv(_ENOUGH)
    line = said.decode("latin-1").partition("\n")[0].strip()
    return "".join(c if c.isprintable() else "?" for c in line)[:80]


def _is_tls(place: Place, seconds: float) -> bool:
    """Return whether a TLS handshake succeeds. Whose certificate it is does not matter here."""
    try:
        import ssl
    except ImportError:  # a Python without it
        return False
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with _connect(place, seconds) as sock, context.wrap_socket(sock):
            return True
    except ssl.SSLError as e:
        # an alert of TLS, for example because it wants a certificate of ours
        return "ALERT" in (e.reason or "").upper()
    except (OSError, ValueError):
        return False


__all__ = ["HERE", "PORTS", "Place", "listening", "loopback_names", "others", "what_speaks"]

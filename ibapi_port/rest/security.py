"""Who may do what: tokens with scopes, tickets for browsers' streams, names of hosts."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from .settings import EVERYWHERE, LOOPBACK, SCOPES, Settings

TICKET_SECONDS = 30.0
_MOST_TICKETS = 10_000
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]*)?")


@dataclass(frozen=True)
class Holder:
    """Who has a token: a name for the log, and scopes."""

    name: str
    scopes: frozenset[str]


def digest(token: str) -> str:
    """Return a token's SHA-256 in hexadecimal digits. Tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


class Tokens:
    """The tokens of a server. Only their hashes are kept."""

    def __init__(self, plain: Iterable[str] = (), file: str = "") -> None:
        everything = frozenset(SCOPES)
        self._known = {digest(token): Holder("token", everything) for token in plain}
        if file:
            self._known |= _read(file)

    def __bool__(self) -> bool:
        return bool(self._known)

    def holder(self, token: str) -> Holder | None:
        """Return who has this token, None if nobody has. It takes the same time for each token."""
        wanted = digest(token)
        found = None
        for known, holder in self._known.items():
            if hmac.compare_digest(known, wanted):
                found = holder
        return found


def _read(file: str) -> dict[str, Holder]:
    """Read a token file: lines of a name, scopes joined by commas, and `sha256:` with the hash."""
    found = {}
    for number, line in enumerate(Path(file).read_text(encoding="utf-8").splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        where = f"{file}, line {number}"
        if len(words) != 3 or not words[2].startswith("sha256:"):
            raise ValueError(f"{where}: NAME SCOPES sha256:HASH is expected")
        name, scopes, hashed = words
        unknown = set(scopes.split(",")) - set(SCOPES)
        if unknown:
            raise ValueError(f"{where}: {', '.join(sorted(unknown))}: scopes are {SCOPES}")
        found[hashed.removeprefix("sha256:").lower()] = Holder(name, frozenset(scopes.split(",")))
    return found


def new_token() -> str:
    """Return a new random token."""
    return secrets.token_urlsafe(32)


class Tickets:
    """Tickets that open one stream each: a browser's EventSource can send no header."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, tuple[float, Holder]] = {}

    def issue(self, holder: Holder) -> tuple[str, float]:
        """Return a new ticket and for how many seconds it opens a stream."""
        now = self._clock()
        if len(self._open) >= _MOST_TICKETS:
            self._open = {t: known for t, known in self._open.items() if known[0] > now}
        ticket = secrets.token_urlsafe(24)
        scopes = holder.scopes & {"stream", "read"}
        self._open[digest(ticket)] = (now + TICKET_SECONDS, Holder(holder.name, scopes))
        return ticket, TICKET_SECONDS

    def take(self, ticket: str) -> Holder | None:
        """Return whose ticket it is, and make it invalid. None: it is none (any more)."""
        until, holder = self._open.pop(digest(ticket), (0.0, None))
        return holder if until > self._clock() else None


class Hosts:
    """The names by which the server may be called. A page of another site that has bound its name
    to this address (DNS rebinding) does not know any of them.
    """

    def __init__(self, settings: Settings) -> None:
        import socket

        names = {*LOOPBACK, "[::1]", socket.gethostname(), *settings.hosts}
        self._everywhere = settings.host in EVERYWHERE
        if not self._everywhere:
            names.add(settings.host)
        self._names = frozenset(name.lower() for name in names)

    def allows(self, host: str) -> bool:
        """Return whether a Host header names this server."""
        found = _HOST.fullmatch(host.strip().lower())
        return found is not None and (found[1] in self._names or self._is_address(found[1]))

    def _is_address(self, name: str) -> bool:
        """Return whether this is an address, of a server that listens at all of its own: only names
        can be bound to addresses that are not their owner's.
        """
        if not self._everywhere:
            return False
        import ipaddress

        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    def allows_origin(self, origin: str, host: str) -> bool:
        """Return whether an Origin is the server's own page: CORS is closed to all others."""
        scheme, _, rest = origin.partition("://")
        return scheme in ("http", "https") and rest.lower() == host.strip().lower()


__all__ = ["TICKET_SECONDS", "Holder", "Hosts", "Tickets", "Tokens", "digest", "new_token"]

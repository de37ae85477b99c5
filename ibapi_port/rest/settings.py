"""What a server is told: from arguments, from the environment, or from a program."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..supervised import Policy

EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # all addresses of this computer
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SCOPES = ("read", "stream", "trade", "admin")


@dataclass(frozen=True)
class Settings:
    """The settings of a server. Times are in seconds.

    host, port: where it listens (port 0: any that is free). gateway_host, gateway_port: where TWS
    is. client_ids: the first places orders, the others share the data. http: plain HTTP, which is
    for loopback alone. cert, key: files; without them ibrest.crt and ibrest.key in `directory`,
    which are made if they are not there. tokens: plain tokens with every scope; token_file: lines
    of name, scopes and hash. read_only: there are no routes that trade. state: the SQLite file.
    hosts: further names by which the server may be called. guards: arguments of Guards for the
    client that places orders, or None. pace: messages a second for each client id. history_pace:
    whether requests for history wait for TWS's limits. policy: how the connections come back.
    keep_orders: how many orders that are done are kept in memory, the newest ones of a day.
    request_seconds: how long a whole request may take to come.
    """

    host: str = "127.0.0.1"
    port: int = 8443
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 4003
    client_ids: tuple[int, ...] = (0,)
    http: bool = False
    cert: str = ""
    key: str = ""
    directory: str = "."
    tokens: tuple[str, ...] = field(default=(), repr=False)
    token_file: str = ""
    read_only: bool = False
    state: str = ":memory:"
    hosts: tuple[str, ...] = ()
    guards: Mapping[str, Any] | None = None
    ledger: str = ""
    timeout: float = 20.0
    connect_timeout: float = 10.0
    pace: int = 45
    history_pace: bool = True
    linger: float = 5.0
    keep: float = 60.0
    buffer: int = 1 << 20
    stuck: float = 30.0
    max_body: int = 1 << 20
    most_streams: int = 500
    market_data_type: int = 1
    webhook_token: bool = False
    beacon_url: str = ""
    beacon_secret: str = field(default="", repr=False)
    publish: str = ""
    publish_channels: tuple[str, ...] = ()
    policy: Policy | None = None
    keep_orders: int = 10_000
    request_seconds: float = 30.0

    @property
    def is_loopback(self) -> bool:
        """Whether it listens on this computer alone."""
        return self.host in LOOPBACK


def default_state(host: str, port: int, client_id: int) -> str:
    """Return the file of keys and order events that is used unless another one is told, and make
    its folder: the user's own for such data, whatever the working directory is. Each TWS, and each
    client id that places orders, has its own: order ids of the one say nothing to the other.
    """
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        folder = "~/Library/Application Support"
    else:
        folder = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    place = Path(folder).expanduser() / "ibapi_port" / "rest"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = "".join(each if each.isalnum() or each in ".-" else "_" for each in host)
    return str(place / f"{name}_{port}_{client_id}.sqlite")


def client_ids(text: str) -> tuple[int, ...]:
    """Return client ids from text such as "0-7" or "0,3". ValueError: it is none."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ValueError(f"client ids: {text!r} is neither like 0-7 nor like 0,3")
        found += range(int(first), int(last if dash else first) + 1)
    if not found or len(set(found)) != len(found):
        raise ValueError(f"client ids: {text!r} names none, or one of them twice")
    if len(found) > 32:
        raise ValueError(f"client ids: {len(found)} are too many; TWS takes 32 clients")
    return tuple(found)


def from_environment(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the settings that the environment has, by IBREST's names and ours."""
    found: dict[str, Any] = {}
    texts = {
        "IBREST_HOST": "host",
        "IBREST_TLS_CERT": "cert",
        "IBREST_TLS_KEY": "key",
        "IBREST_STATE": "state",
        "IBREST_BEACON_URL": "beacon_url",
        "ID_SECRET_KEY": "beacon_secret",
        "IBGW_PORT_4003_TCP_ADDR": "gateway_host",
        "IBGW_HOST": "gateway_host",
        "IBREST_PUBLISH": "publish",
    }
    numbers = {
        "IBREST_PORT": "port",
        "IBGW_PORT_4003_TCP_PORT": "gateway_port",
        "IBGW_PORT": "gateway_port",
    }
    for name, setting in texts.items():
        if environ.get(name):
            found[setting] = environ[name]
    for name, setting in numbers.items():
        if environ.get(name):
            if not environ[name].isdigit():
                raise ValueError(f"{name}: {environ[name]!r} is no port")
            found[setting] = int(environ[name])
    ids = environ.get("IBREST_CLIENT_IDS") or environ.get("IBGW_CLIENT_ID")
    if ids:
        found["client_ids"] = client_ids(ids)
    tokens = [environ.get("IBREST_TOKEN", ""), *environ.get("IBREST_TOKENS", "").split(",")]
    given = tuple(token.strip() for token in tokens if token.strip())
    if given:
        found["tokens"] = given
    return found


__all__ = [
    "EVERYWHERE",
    "LOOPBACK",
    "SCOPES",
    "Settings",
    "client_ids",
    "default_state",
    "from_environment",
]

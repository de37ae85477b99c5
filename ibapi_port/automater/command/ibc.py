"""IBC's config.ini: its settings as ours. What has no counterpart is listed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..config import Config, check_port, default_dumps
from ..credentials import Secret
from .properties import properties
from .settings import HEALTH_INTERVAL, Settings, SettingsError

Value = tuple[str, Any]  # the field of Settings (with "gateway.") or of Config, and its value


def _yes(text: str) -> bool:
    low = text.lower()
    if low in ("yes", "true"):
        return True
    if low in ("no", "false"):
        return False
    raise ValueError(f"{text!r} is neither yes nor no")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{text!r} is no number")
    return int(text)


def _port(name: str) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        port = _number(text)
        if port:  # 0 is none, as in IBC
            check_port("port", port)
        return name, port

    return read


def _flag(name: str, yes: Any = True, no: Any = False) -> Callable[[str], Value]:
    return lambda text: (name, yes if _yes(text) else no)


def _text(name: str) -> Callable[[str], Value]:
    return lambda text: (name, text)


def _lower(name: str) -> Callable[[str], Value]:
    return lambda text: (name, text.lower())


def _addresses(text: str) -> Value:
    return "trusted_ips", tuple(part.strip() for part in text.split(",") if part.strip())


def _second_factor_timeout(text: str) -> Value:
    # IBC counts to IB's own limit; it is cancelled a little earlier here, as IBAutomater does
    return "two_factor_timeout", float(max(_number(text) - 30, 30))


_KEYS: dict[str, Callable[[str], Value]] = {
    # as secrets: a password that begins with "file:" is no reference in IBC
    "IbLoginId": lambda text: ("gateway.user", Secret(text)),
    "IbPassword": lambda text: ("gateway.password", Secret(text)),
    "TradingMode": _lower("trading_mode"),
    "OverrideTwsApiPort": _port("gateway.port"),
    "CommandServerPort": _port("gateway.command_port"),
    "IbDir": _text("settings_directory"),
    "ReadOnlyLogin": _flag("read_only_login"),
    "SecondFactorDevice": _text("second_factor_device"),
    "SecondFactorAuthenticationTimeout": _second_factor_timeout,
    "ReloginAfterSecondFactorAuthenticationTimeout": _flag("two_factor_attempts", 3, 1),
    "LoginDialogDisplayTimeout": lambda text: ("login_window_timeout", float(_number(text))),
    "ExistingSessionDetectedAction": _lower("existing_session"),
    "AcceptNonBrokerageAccountWarning": _flag("accept_non_brokerage_warning"),
    "AcceptIncomingConnectionAction": _lower("accept_incoming_connection"),
    "AllowBlindTrading": _flag("blind_trading", "yes", "no"),
    "ConfirmCryptoCurrencyOrders": _flag("crypto_confirmation", "transmit", "cancel"),
    "ReadOnlyApi": _flag("read_only_api"),
    "OverrideTwsMasterClientID": _text("master_client_id"),
    "AutoRestartTime": _text("auto_restart_time"),
    "TrustedTwsApiClientIPs": _addresses,
    "AllowLocalhostOnly": _flag("allow_localhost_only"),
    "SendMarketDataInLotsForUSstocks": _flag("send_market_data_in_lots"),
}
# They speak of what a Gateway does not have, or of what is always done here.
_NEEDLESS = {"FIX", "FIXLoginId", "FIXPassword", "StoreSettingsOnServer", "MinimizeMainWindow"}


def settings_from_ibc(path: Path, directory: str = "~/Jts", version: str = "") -> Settings:
    """Read IBC's config.ini. Raise SettingsError if a value is none that IBC would take.

    IBC has the Gateway's directory and version in its start script: they are looked for here.
    """
    gateway: dict[str, Any] = {}
    config: dict[str, Any] = {
        "dump_directory": default_dumps(),
        "health_interval": HEALTH_INTERVAL,
        "bypass_precautions": False,
    }
    ignored = []
    try:
        rows = properties(path.read_bytes())
    except ValueError as e:
        raise SettingsError(f"{path}: {e}") from None
    for number, name, value in rows:
        if not value or name.startswith("[") or name in _NEEDLESS:
            continue
        if name.startswith("Bypass"):  # nine of them: they are ticked together
            config["bypass_precautions"] = config["bypass_precautions"] or value.lower() == "yes"
        elif name in _KEYS:
            try:
                where, found = _KEYS[name](value)
            except ValueError as e:
                raise SettingsError(f"{path}, line {number}: {name}: {e}") from None
            kind, dot, rest = where.rpartition(".")
            (gateway if dot and kind == "gateway" else config)[rest] = found
        else:
            ignored.append(name)
    try:
        made = Config(**config)
    except ValueError as e:
        raise SettingsError(f"{path}: {e}") from None
    if not version:
        directory, version = _installed(directory)
    return Settings(
        path=path,
        directory=directory,
        version=version,
        config=made,
        ignored=tuple(ignored),
        **gateway,
    )


def _installed(directory: str) -> tuple[str, str]:
    from ..install import find_installs

    found = find_installs()
    return (str(found[0].ib_directory), found[0].version) if found else (directory, "")

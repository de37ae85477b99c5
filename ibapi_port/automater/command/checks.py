"""`gateway doctor`: what keeps a Gateway from being started, each thing with its cure."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

from ...doctor import Finding, Report
from .. import probe
from ..credentials import CredentialsError, Secret, resolve
from ..display import needed
from ..host import AGENT
from ..install import Install, NotInstalled, find_installs, restart_tokens
from ..result import ErrorCode
from ..totp import secret_bytes
from .control import CommandError, info
from .settings import Settings, SettingsError
from .settings_file import load


def examine(path: Path, progress: Callable[[Finding], object] | None = None) -> Report:
    """Look at one Gateway's settings and at what they need; return what was found."""
    report = Report(progress)
    try:
        settings = load(path)
    except SettingsError as e:
        report.add("settings", "settings", "problem", str(e), "python -m ibapi_port gateway setup")
        return report
    report.add("settings", "settings", "ok", f"The settings {path} can be read.")
    for name in settings.ignored:
        report.add("ignored", "settings", "note", f"IBC's {name} has no counterpart here.")
    _check_file(path, report)
    _check_install(settings, report)
    _check_display(settings, report)
    _check_secrets(settings, report)
    _check_port(settings, report)
    if not settings.hooks:
        report.add(
            "alerts",
            "alerts",
            "note",
            "Nobody is told when the second factor is wanted or the login fails.",
            "Add [[alerts]] to the settings, then try gateway test-alert.",
        )
    return report


def _check_file(path: Path, report: Report) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        report.add(
            "file_mode",
            "settings",
            "warning",
            f"Others may read {path} (mode {mode:04o}).",
            f"chmod 600 {path}",
        )


def _check_install(settings: Settings, report: Report) -> None:
    install = Install(Path(settings.directory).expanduser(), settings.version)
    try:
        install.check()
    except NotInstalled as e:
        found = ", ".join(f"{i.version} in {i.ib_directory}" for i in find_installs()) or "none"
        name = "no_java" if e.code is ErrorCode.JavaNotFound else "not_installed"
        report.add(
            name,
            "installation",
            "problem",
            f"IB Gateway {settings.version!r} cannot be started: {e.detail}.",
            f"Install IB Gateway (offline version). Found here: {found}.",
        )
        return
    report.add("installed", "installation", "ok", f"IB Gateway {install.version} is installed.")
    if not os.access(install.launcher, os.X_OK):
        cure = f"chmod +x {install.launcher}"
        report.add("not_executable", "installation", "problem", "It is no program.", cure)
    own = settings.config.settings_directory
    tokens = restart_tokens(Path(own).expanduser() if own else install.directory)
    if len(tokens) > 1:
        report.add("tokens", "installation", "note", "Several restart tokens: they are not used.")
    if not AGENT.is_file():
        cure = "python -m pip install --force-reinstall ibapi_port"
        report.add("no_agent", "installation", "problem", f"{AGENT} is missing.", cure)


def _check_display(settings: Settings, report: Report) -> None:
    if not needed(settings.config.display):
        report.add("display", "display", "ok", "Windows go to the display that there is.")
    elif shutil.which("Xvfb"):
        report.add("display", "display", "ok", "Xvfb makes a display for the Gateway alone.")
    else:
        cure = "apt-get install xvfb, dnf install xorg-x11-server-Xvfb, or set DISPLAY."
        report.add("no_display", "display", "problem", "There is no display and no Xvfb.", cure)


def _check_secrets(settings: Settings, report: Report) -> None:
    user = settings.user
    for name in ("user", "password", "totp_secret"):
        value = settings.config.totp_secret if name == "totp_secret" else getattr(settings, name)
        if not value:
            if name != "totp_secret":
                cure = "python -m ibapi_port gateway setup"
                report.add("no_secret", "login", "problem", f"gateway.{name} is missing.", cure)
            continue
        if isinstance(value, str) and value.startswith("fd:"):
            report.add("secret", "login", "note", f"{name}: {value} is read when it is started.")
            continue
        try:
            secret = resolve(value, _text(user))
            if name == "totp_secret":
                secret_bytes(secret.reveal())
        except (CredentialsError, ValueError) as e:
            cure = "python -m ibapi_port gateway setup"
            report.add("no_secret", "login", "problem", f"{name}: {e}", cure)
            continue
        report.add("secret", "login", "ok", f"{name}: it is there.")
        if name != "user" and _is_literal(value):
            text = f"{name}: it stands in the settings."
            report.add(
                "literal", "login", "warning", text, "Put it into the keyring: gateway setup"
            )


def _text(user: str | Secret) -> str:
    try:
        return resolve(user).reveal()
    except CredentialsError:
        return ""


def _is_literal(value: str | Secret) -> bool:
    return isinstance(value, Secret) or not value.startswith(("keyring:", "env:", "fd:", "file:"))


def _check_port(settings: Settings, report: Report) -> None:
    port = settings.api_port
    try:
        status = info(settings.name)
    except CommandError:
        status = {}
    if not probe.is_taken(port):
        level = "problem" if status.get("ready") else "ok"
        report.add("port", "API", level, f"Nothing listens at the API port {port}.")
        return
    answered, detail = probe.handshake(port)
    if answered and status:
        report.add("answers", "API", "ok", f"The API answers at port {port}: {detail}.")
    elif answered:
        text = f"A TWS or Gateway that this command has not started answers at port {port}."
        report.add("port_taken", "API", "problem", text, "End it, or set another gateway.port.")
    else:
        text = f"Something listens at port {port} that is no API: {detail}"
        report.add("port_taken", "API", "problem", text, "End it, or set another gateway.port.")

"""Files that have the system start a Gateway: systemd, launchd, Windows' Task Scheduler."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from .control import log_path
from .keeper import GIVEN_UP

SYSTEMS = ("systemd", "launchd", "task-scheduler")


@dataclass(frozen=True)
class Service:
    """One file, where it belongs, and what is typed to have the system read it."""

    path: Path
    text: str
    commands: tuple[str, ...]


def system_here() -> str:
    """Return which of the systems this machine has."""
    names = {"darwin": "launchd", "win32": "task-scheduler"}
    return names.get(sys.platform, "systemd")


def service(system: str, name: str, settings: Path, python: str = sys.executable) -> Service:
    """Make the file of a system for a Gateway of some settings. It holds no secret."""
    command = [python, "-m", "ibapi_port", "gateway", "run", "--config", str(settings.absolute())]
    make = {"systemd": _systemd, "launchd": _launchd, "task-scheduler": _task_scheduler}[system]
    return make(name, command)


def _systemd(name: str, command: list[str]) -> Service:
    unit = f"ibapi-gateway-{_plain(name)}.service"
    words = " ".join(_systemd_word(word) for word in command)
    text = f"""[Unit]
Description=IB Gateway ({name.replace("%", "%%")}), kept running by ibapi_port
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={words}
Restart=on-failure
RestartSec=60
# a wrong password, an account task: somebody has to do something first
RestartPreventExitStatus={GIVEN_UP} 2
KillMode=mixed
TimeoutStopSec=120

[Install]
WantedBy=default.target
"""
    return Service(
        Path("~/.config/systemd/user").expanduser() / unit,
        text,
        (
            "systemctl --user daemon-reload",
            f"systemctl --user enable --now {unit}",
            "loginctl enable-linger   # it runs while nobody is logged in too",
        ),
    )


def _systemd_word(word: str) -> str:
    """Return a word as systemd takes it: its quotes are not the shell's, and it has % and $."""
    for sign, escaped in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(sign, escaped)
    return f'"{word}"'


def _plain(name: str) -> str:
    """Return a name with which systems name a service."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def _launchd(name: str, command: list[str]) -> Service:
    label = f"ibapi-port.gateway.{_plain(name)}"
    words = "\n".join(f"    <string>{escape(word)}</string>" for word in command)
    log = escape(str(log_path(name)))
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>{escape(label)}</string>
  <key>ProgramArguments</key>
  <array>
{words}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>ExitTimeOut</key>
  <integer>120</integer>
  <key>StandardOutPath</key>
  <string>{log}</string>
  <key>StandardErrorPath</key>
  <string>{log}</string>
</dict>
</plist>
"""
    path = Path("~/Library/LaunchAgents").expanduser() / f"{label}.plist"
    return Service(path, text, (f"launchctl bootstrap gui/$(id -u) {shlex.quote(str(path))}",))


def _task_scheduler(name: str, command: list[str]) -> Service:
    words = " ".join(f'"{word}"' if " " in word else word for word in command[1:])
    text = f"""<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
  </Settings>
  <Actions>
    <Exec>
      <Command>{escape(command[0])}</Command>
      <Arguments>{escape(words)}</Arguments>
    </Exec>
  </Actions>
</Task>
"""
    task = f"ibapi-gateway-{_plain(name)}"
    path = Path("~").expanduser() / f"{task}.xml"
    return Service(path, text, (f'schtasks /Create /TN "{task}" /XML "{path}"',))

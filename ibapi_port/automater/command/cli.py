"""python -m ibapi_port gateway: IB Gateway, started and kept running."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ..._terminal import Parser, program
from ...alerts import Alert, Alerts
from ..clock import Clock
from ..credentials import CredentialsError
from ..dumps import keep
from . import checks, control, service, setup
from .control import CommandError
from .log import Log
from .runner import Runner
from .settings import Settings, SettingsError, default_path
from .settings_file import load

WRONG = 2  # wrong arguments, or wrong settings
NOT_RUNNING = 4
START_TIMEOUT = 900.0
_started: list[subprocess.Popen[bytes]] = []  # they go on; dropped, each would be warned of


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; return the exit status."""
    options = _parser().parse_args(list(arguments))
    path = Path(options.config).expanduser() if options.config else default_path()
    try:
        status: int = options.do(path, options)
    except (SettingsError, CredentialsError, ValueError) as e:
        print(e, file=sys.stderr)
        return WRONG
    except CommandError as e:
        print(e, file=sys.stderr)
        return NOT_RUNNING
    except EOFError:
        text = "setup asks at a terminal; without one give --directory, --version, --user, --mode"
        print(f"{text} and --password (see gateway setup --help)", file=sys.stderr)
        return WRONG
    except BrokenPipeError:  # who reads it has gone (`| head`): see _terminal
        raise
    except OSError as e:
        print(e, file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=program("gateway"),
        description="Start IB Gateway, log in, and keep it running.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, do: object, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.add_argument("--config", metavar="FILE", help="the settings, TOML or IBC's config.ini")
        made.set_defaults(do=do)
        return made

    setup.add_options(command("setup", setup.set_up, "ask what is needed and write the settings"))
    run = command("run", _run, "run it here, in the foreground")
    run.add_argument(
        "--with",
        dest="companions",
        action="append",
        default=[],
        metavar="COMMAND",
        help="a program to run beside it, started when the API answers; may be given again",
    )
    run.add_argument(
        "--rest",
        nargs="?",
        const="",
        metavar="OPTIONS",
        help="run the REST server beside it, with these options of `rest` (extra [rest])",
    )
    run.add_argument(
        "--simulate",
        action="store_true",
        help="try it without IB Gateway: a simulated one, with a simulated TWS at the API's port",
    )
    start = command("start", _start, "run it in the background, and wait until it is ready")
    start.add_argument("--timeout", type=float, default=START_TIMEOUT, metavar="S")
    stop = command("stop", _stop, "end it")
    stop.add_argument("--timeout", type=float, default=180.0, metavar="S")
    restart = command("restart", _restart, "restart it, with the session that it has")
    restart.add_argument("--cold", action="store_true", help="with a login instead")
    status = command("status", _status, "say how it is")
    status.add_argument("--json", action="store_true")
    doctor = command("doctor", _doctor, "find out why it cannot be started")
    doctor.add_argument("--json", action="store_true")
    command("dump", _dump, "write down its windows, to send them to us")
    install = command("install-service", _install_service, "have the system start it")
    install.add_argument("--system", choices=service.SYSTEMS, default=service.system_here())
    install.add_argument("--print", dest="show", action="store_true", help="write no file")
    command("test-alert", _test_alert, "send an alert, to see that it arrives")
    return parser


def _name(path: Path) -> str:
    return path.stem


def _run(path: Path, options: argparse.Namespace) -> int:
    import dataclasses
    import shlex

    clock: Clock | None = None
    host = None
    if options.simulate:
        from . import simulated  # late: it brings the simulated TWS

        settings = simulated.settings_of(path)
        clock, host = simulated.factory(settings.api_port)
        print(
            "Simulated: no IB Gateway is started and nothing reaches IB; a simulated TWS answers "
            f"at 127.0.0.1:{settings.api_port}.",
            flush=True,
        )
    else:
        settings = load(path)
    for name in settings.ignored:
        print(f"{path}: {name} has no counterpart here; it is not used", flush=True)
    more = tuple(tuple(shlex.split(text)) for text in options.companions)
    if () in more:
        raise SettingsError("--with: it is empty")
    if options.rest is not None:
        gateway = f"127.0.0.1:{settings.api_port}"
        rest = (sys.executable, "-m", "ibapi_port", "rest", "--gateway", gateway)
        more += ((*rest, *shlex.split(options.rest)),)
    settings = dataclasses.replace(settings, companions=settings.companions + more)
    say = Log(control.log_path(settings.name)).say
    return Runner(settings, say, clock, host).run()


def _start(path: Path, options: argparse.Namespace) -> int:
    name = _name(path)
    if control.is_running(name):
        print(f"the Gateway {name!r} runs already", file=sys.stderr)
        return 1
    load(path)  # what is wrong in it is told here, not in a file
    log = keep(control.state_directory(), f"{name}.log", b"")
    command = [sys.executable, "-m", "ibapi_port", "gateway", "run", "--config", str(path)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _started.append(process)
    print(f"Starting; its output goes to {log}", flush=True)
    end = time.monotonic() + options.timeout
    while time.monotonic() < end:
        if (code := process.poll()) is not None:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            print("\n".join(lines[-5:]), file=sys.stderr)
            return code or 1
        try:
            if control.info(name)["ready"]:
                print(f"The Gateway {name!r} is ready.")
                return 0
        except CommandError:
            pass  # not yet
        time.sleep(0.2)
    print(f"It is not ready after {options.timeout:g} seconds; gateway status", file=sys.stderr)
    return 1


def _stop(path: Path, options: argparse.Namespace) -> int:
    name = _name(path)
    control.ask(name, "STOP")
    end = time.monotonic() + options.timeout
    while control.state_path(name).exists():
        if time.monotonic() > end:
            print("it has not ended yet; gateway status", file=sys.stderr)
            return 1
        time.sleep(0.1)
    print(f"The Gateway {name!r} has ended.")
    return 0


def _restart(path: Path, options: argparse.Namespace) -> int:
    control.ask(_name(path), "COLDRESTART" if options.cold else "RESTART")
    print("It restarts; gateway status tells when it is ready.")
    return 0


def _status(path: Path, options: argparse.Namespace) -> int:
    name = _name(path)
    try:
        status = control.info(name)
    except CommandError as e:
        if not options.json:
            raise
        status = {"name": name, "state": "not running", "ready": False, "error": str(e)}
        print(json.dumps(status, indent=2))
        return NOT_RUNNING
    if options.json:
        print(json.dumps(status, indent=2))
    else:
        for key, value in status.items():
            print(f"{key.replace('_', ' '):18} {value}")
    return 0 if status["ready"] else 1


def _doctor(path: Path, options: argparse.Namespace) -> int:
    from ...doctor.cli import show, summary

    report = checks.examine(path, None if options.json else show)
    if options.json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        print(f"\n{summary(len(report.problems))}")
    return report.status


def _dump(path: Path, options: argparse.Namespace) -> int:
    for line in control.ask(_name(path), "DUMP"):
        word, _, rest = line.partition(" ")
        if word == "INFO":
            print(rest)
    print("User name and password are masked. Look at the pictures before you send them.")
    return 0


def _install_service(path: Path, options: argparse.Namespace) -> int:
    settings = load(path)
    made = service.service(options.system, settings.name, path)
    if options.show:
        print(made.text, end="")
        return 0
    keep(made.path.parent, made.path.name, made.text.encode())
    print(f"{made.path} is written. Now:")
    print("\n".join(f"    {command}" for command in made.commands))
    return 0


def _test_alert(path: Path, options: argparse.Namespace) -> int:
    settings: Settings = load(path)
    if not settings.hooks:
        raise SettingsError(f"{path}: there is no [[alerts]]; docs/alerts.md shows how one looks")
    text = f"This is a test of the alerts of the Gateway {settings.name!r}."
    with Alerts(settings.hooks) as alerts:
        results = alerts.try_out(Alert("gateway_test", "warning", text))
    for name, trouble in results:
        print(f"{name}: {trouble or 'delivered'}")
    return 1 if any(trouble for _, trouble in results) else 0


__all__ = ["main"]

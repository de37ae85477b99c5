"""`python -m ibapi_port rest`: serve until Ctrl-C or SIGTERM. The first line of the output says
where.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._terminal import Parser, program

if TYPE_CHECKING:
    from ..supervised import Policy
    from .server import RestServer
    from .settings import Settings

FALLBACK_PORT = 8443
MOST_FILES = 16_384


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(argv)  # --help needs none of the packages
    try:
        from .server import RestServer
    except ImportError as e:
        print(f"the REST server needs more packages ({e.name}): "
              "pip install 'ibapi_port[rest]'", file=sys.stderr)  # fmt: skip
        return 1
    if options.make_token:
        return _make_token(options.make_token)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for noisy in ("uvicorn.error", "uvicorn", "websockets"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if not options.verbose:
        logging.getLogger("ibapi_port").setLevel(logging.WARNING)
        logging.getLogger("ibapi_port.rest").setLevel(logging.INFO)
    more_files()
    if options.no_access_log:
        logging.getLogger("ibapi_port.rest.access").setLevel(logging.WARNING)
    with contextlib.ExitStack() as stack:
        try:
            settings = _settings(options, stack)
            server = RestServer(settings)
            _run(server, options)
        except (OSError, ValueError) as e:
            print(f"the REST server cannot start: {_words(e)}", file=sys.stderr)
            return 1
    return 0


def _words(error: Exception) -> str:
    """Return what an error says, with its file, without the system's number of it."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def more_files() -> None:
    """Let this process open as many files as it may, up to MOST_FILES. A client whose TLS handshake
    does not come takes one for a minute before the server can count it: of the 1024 that are usual
    nothing might be left for a new connection to TWS.
    """
    try:
        import resource
    except ImportError:  # on Windows there is no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS takes fewer than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _run(server: RestServer, options: argparse.Namespace) -> None:
    from .settings import EVERYWHERE

    def started(server: RestServer) -> None:
        print(f"REST on {server.url}", flush=True)
        if server.token:
            print(f"token {server.token}", flush=True)
        if server.fingerprint:
            print(f"certificate SHA-256 {server.fingerprint}", flush=True)
        if server.settings.host in EVERYWHERE:
            names = ", ".join(server.names)
            print(f"from elsewhere: this computer's addresses, {names} (--allow-host adds names)",
                  flush=True)  # fmt: skip
        settings = server.settings
        where = f"{settings.gateway_host}:{settings.gateway_port}"
        simulated = " (simulated)" if options.simulate else ""
        print(f"TWS at {where}{simulated}, client ids "
              f"{', '.join(map(str, settings.client_ids))}", flush=True)  # fmt: skip
        print(f"keys and order events in {settings.state}", flush=True)

    try:
        server.run(started)
    except PermissionError:
        if server.settings.port >= 1024:
            raise
        # as IBREST's 443 for users who may not open it
        server.settings = replace(server.settings, port=FALLBACK_PORT)
        server.run(started)


def _settings(options: argparse.Namespace, stack: contextlib.ExitStack) -> Settings:
    """Return the settings: the options, else the environment, else the defaults."""
    from .settings import Settings, client_ids, default_state, from_environment

    found: dict[str, Any] = from_environment()
    given = {name: value for name, value in vars(options).items() if value is not None}
    for name, value in given.items():
        if value == "" and name != "host":  # a script's empty variable: no guard, no file
            raise ValueError(
                f"--{name.replace('_', '-')}: it is empty; give a value, or leave it out"
            )
    for name in ("host", "port", "http", "token_file", "read_only", "cert", "key", "state",
                 "ledger", "timeout", "linger", "market_data_type", "publish",
                 "keep_orders", "webhook_token"):  # fmt: skip
        if name in given:
            found[name] = given[name]
    if options.client_ids:
        found["client_ids"] = client_ids(options.client_ids)
    found["hosts"] = tuple(options.allow_host or ())
    found["publish_channels"] = tuple(options.publish_channel or ())
    found["history_pace"] = not options.no_history_pace
    if options.gateway:
        host, _, port = options.gateway.rpartition(":")
        if not port.isdigit() or not host:
            raise ValueError(f"--gateway: {options.gateway!r} is not HOST:PORT")
        found |= {"gateway_host": host.strip("[]"), "gateway_port": int(port)}
    if options.simulate:
        from ..simulator import SimulatedTws

        tws = stack.enter_context(SimulatedTws())
        found |= {"gateway_host": tws.host, "gateway_port": tws.port}
        if options.state is None:
            found["state"] = ":memory:"
    if found.get("publish"):
        try:
            import redis  # noqa: F401
        except ImportError:
            raise ValueError("--publish needs: pip install 'ibapi_port[redis]'") from None
    if options.policy:
        found["policy"] = _policy(options.policy)
    guards = _guards(options)
    if guards:
        found["guards"] = guards
    made = Settings(**found)
    if "state" in found:
        return made
    where = default_state(made.gateway_host, made.gateway_port, made.client_ids[0])
    return replace(made, state=where)


def _policy(file: str) -> Policy:
    """Return the policy of a JSON file. ValueError: it is none."""
    import json
    from pathlib import Path

    from ..supervised import Policy

    try:
        data = json.loads(Path(file).read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise ValueError("an object is expected")
        return Policy.from_data(data)
    except ValueError as e:
        raise ValueError(f"--policy {file}: {e}") from None


def _guards(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of Guards; {} if no guard is asked for."""
    from ..guards import DayLimit, OrderLimit

    order = OrderLimit(options.max_quantity, options.max_value, options.max_distance)
    day = DayLimit(options.max_day_quantity, options.max_day_value, options.max_orders)
    limited = any(value is not None for value in (*order, *day))
    wanted = (limited, options.paper_only, options.dry_run, options.live, options.halt_file)
    if not any(wanted) and options.symbols is None:
        return {}
    made: dict[str, Any] = {"dry_run": bool(options.dry_run), "order": order, "day": day,
                            "currency": options.currency}  # fmt: skip
    if options.symbols is not None:
        made["symbols"] = [each.strip() for each in options.symbols.split(",") if each.strip()]
        if not made["symbols"]:  # an empty variable of a script: it must not mean "all"
            raise ValueError(f"--symbols: {options.symbols!r} names none")
    if options.halt_file:
        made["halt_file"] = options.halt_file
    if options.live and options.paper_only:
        raise ValueError("--paper-only and --live exclude each other")
    # without --paper-only every account may be traded, as without guards
    made["live"] = () if options.paper_only else tuple(options.live or ("*",))
    return made


def _make_token(text: str) -> int:
    from .security import digest, new_token
    from .settings import SCOPES

    name, _, scopes = text.partition(":")
    unknown = set(scopes.split(",")) - set(SCOPES)
    if not name or " " in name or unknown:
        print(f"--make-token NAME:SCOPES; scopes are {', '.join(SCOPES)}", file=sys.stderr)
        return 2
    token = new_token()
    print(f"token {token}")
    print(f"line for the token file: {name} {scopes} sha256:{digest(token)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=program("rest"),
        usage="%(prog)s [OPTIONS]",  # the list of all would fill a screen
        description="TWS over HTTP: JSON, streams, orders, a page.",
    )
    add = parser.add_argument
    add("--simulate", action="store_true", help="with a simulated TWS of its own")
    add("--gateway", metavar="HOST:PORT", help="where TWS or IB Gateway is (127.0.0.1:4003)")
    add("--client-ids", metavar="0-7", help="client ids; the first one places orders (0)")
    add("--host", help="address to listen at (127.0.0.1)")
    add("--port", type=int, help="port to listen at; 0: any that is free (8443)")
    add("--http", action="store_const", const=True, help="plain HTTP, on loopback alone")
    add("--cert", metavar="FILE", help="certificate (ibrest.crt, made if it is not there)")
    add("--key", metavar="FILE", help="its key (ibrest.key)")
    add("--allow-host", action="append", metavar="NAME", help="a further name of the server")
    add("--token-file", metavar="FILE", help="lines of NAME SCOPES sha256:HASH")
    add("--make-token", metavar="NAME:SCOPES", help="make a token and its line, and end")
    add("--read-only", action="store_const", const=True, help="no routes that trade")
    add("--state", metavar="FILE", help="SQLite file of keys and order events (in the "
        "user's folder of such data, one for each TWS)")  # fmt: skip
    add("--keep-orders", type=int, metavar="N", help="orders that are done kept in memory (10000)")
    add("--ledger", metavar="FILE", help="a record of all orders, in JSON lines")
    add("--timeout", type=float, help="seconds for an answer of TWS's (20)")
    add("--policy", metavar="FILE", help="how connections come back: a Policy's settings, in JSON")
    add("--linger", type=float, help="seconds a request stays after its last viewer (5)")
    add("--market-data-type", type=int, choices=(1, 2, 3, 4), help="1 live ... 3 delayed")
    add("--no-history-pace", action="store_true", help="do not wait for TWS's limits of history")
    add("--publish", metavar="redis://...", help="publish events on Redis Streams")
    add("--publish-channel", action="append", metavar="NAME?PARAMETERS",
        help="a channel to publish, beside orders and accounts; repeatable")  # fmt: skip
    add(
        "--webhook-token",
        action="store_const",
        const=True,
        help='POST /order may have the token in its body ("token")',
    )
    guards = parser.add_argument_group("guards on orders")
    add = guards.add_argument
    add("--paper-only", action="store_true", help="refuse orders in live accounts")
    add("--live", action="append", metavar="ACCOUNT", help="the only live accounts to trade in")
    add("--dry-run", action="store_true", help="refuse every order but previews")
    add("--symbols", metavar="A,B", help="the only symbols that may be traded")
    add("--max-value", type=float, help="of one order")
    add("--max-quantity", type=float, help="of one order")
    add("--max-distance", type=float, help="of a price from the last quote, in percent")
    add("--max-day-value", type=float, help="of a day's orders")
    add("--max-day-quantity", type=float, help="of a day's orders")
    add("--max-orders", type=int, help="in a day")
    add("--halt-file", metavar="FILE", help="while it exists, every order is refused")
    add("--currency", default="USD", help="of the limits of value")
    parser.add_argument("--no-access-log", action="store_true", help="do not log requests")
    parser.add_argument("-v", "--verbose", action="store_true", help="log more")
    return parser


__all__ = ["main"]

"""`python -m ibapi_port simulate`: serve until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from .server import SimulatedTws


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status. The first line that it prints says where it listens."""
    options = _parser().parse_args(argv)
    terminate = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does
    try:
        tws = SimulatedTws(options.host, options.port, options.server_version, options.seed, options.tick_interval)
        with tws:
            print(f"simulated TWS listening on {tws.host}:{tws.port}", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    except (OSError, ValueError) as e:  # the port is taken, or an option is out of range
        print(f"cannot simulate a TWS: {e}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, terminate)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ibapi_port simulate", description="A simulated TWS: connect to it as to the real one.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen at; 0, the default: any that is free")
    parser.add_argument("--server-version", type=int, default=187, help="newest protocol version to speak (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the market's course: the same for the same seed (default %(default)s)")
    parser.add_argument("--tick-interval", type=float, default=0.25, metavar="SECONDS", help="between price changes (default %(default)s)")
    return parser

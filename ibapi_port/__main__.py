"""python -m ibapi_port COMMAND: the programs that come with the package."""

from __future__ import annotations

import sys
from collections.abc import Sequence

USAGE = """usage: python -m ibapi_port COMMAND [OPTIONS]

  run SCRIPT.py [ARGS]    run a program written for ibapi, as it is (run --help tells more)
  simulate                run a simulated TWS (simulate --help tells its options)
  tap                     sit between clients and a TWS: print and record what they say
  replay FILE             serve a recording to a client again
  decode FILE             print a recording, or a dump of what was on the wire
  doctor [HOST [PORT]]    why a program cannot connect to TWS, or gets no data
  rest                    TWS over HTTP: JSON, streams, orders, a page (rest --help)
  errors [CODE | WORDS]   what the codes of TWS mean, and what helps

See also python -m ibapi_port.protocol: show, list, diff and decode what is on the wire."""


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["simulate"]:
        from .simulator.cli import main as simulate

        return simulate(list(arguments[1:]))
    if arguments[:1] == ["run"]:
        from .compat.run import main as run

        return run(arguments[1:])
    if arguments[:1] and arguments[0] in ("tap", "replay", "decode"):
        from .tap.cli import main as tap

        return tap(arguments[0], arguments[1:])
    if arguments[:1] == ["doctor"]:
        from .doctor.cli import main as doctor

        return doctor(arguments[1:])
    if arguments[:1] == ["errors"]:
        from .error_codes.cli import main as errors

        return errors(arguments[1:])
    if arguments[:1] == ["rest"]:
        from .rest.cli import main as rest

        return rest(list(arguments[1:]))
    asked = arguments[:1] in (["-h"], ["--help"])
    print(USAGE, file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Takes foreign clients through a session with the simulated TWS; see README.md here. Exit status 0 when all of them got through.

usage: run.py [--server-version N ...] [CLIENT ...]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from environments import environments, python_of  # noqa: E402 - beside this script

from ibapi_port.simulator import SimulatedTws  # noqa: E402 - the package of this checkout

# script, and the server versions that the simulated TWS is given (the last two begin at 157)
CLIENTS = {
    "official-9.81": ("official_client.py", (151, 187)),
    "official-10.19": ("official_client.py", (151, 187)),
    "official-10.30": ("official_client.py", (151, 187)),
    "official-10.37": ("official_client.py", (151, 200)),
    "official-10.46": ("official_client.py", (151, 200)),
    "ib_async": ("ib_async_client.py", (163, 187)),
    "ib_insync": ("ib_async_client.py", (163, 187)),
}
EXPECTED_ERRORS = {202, 2104, 2106, 2158}


def session(name: str, root: Path, server_version: int) -> dict[str, Any]:
    """Run one client; what it saw."""
    with SimulatedTws(server_version=server_version) as tws:
        done = subprocess.run(
            [python_of(name, root), str(HERE / CLIENTS[name][0]), str(tws.port), "5"], capture_output=True, text=True, timeout=90
        )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"crashed": (done.stderr or done.stdout)[-2000:]}
    seen: dict[str, Any] = json.loads(lines[-1])
    return seen


def faults(seen: dict[str, Any]) -> list[str]:
    """What is missing or wrong in a session."""
    if "crashed" in seen:
        return [seen["crashed"]]
    statuses = seen["statuses"]
    checks = {
        "not finished": seen.get("finished"),
        "contract": seen.get("contract", [0])[0] == 265598,
        "quotes": seen.get("ticks", 0) >= 6,
        "bars": seen.get("bars", 0) >= 5,
        "a cancelled order": any(s[1] == "Cancelled" for s in statuses),
        "a filled order": any(s[1] == "Filled" and s[2] == 100 and s[3] == 0 for s in statuses),
        "one execution": len(seen.get("executions", ())) == 1 and seen["executions"][0][:2] == ["BOT", 100],
        "commission": seen.get("commission", 0) > 0,
        "the position": ["AAPL", 100.0] in seen.get("positions", ()),
        f"errors {seen['errors']}": set(seen["errors"]) <= EXPECTED_ERRORS,
    }
    return [what for what, holds in checks.items() if not holds]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=", ".join(CLIENTS))
    parser.add_argument("--server-version", type=int, action="append", help="instead of the client's own")
    options = parser.parse_args()
    failed = 0
    with environments() as root:
        for name in options.clients or CLIENTS:
            for server_version in options.server_version or CLIENTS[name][1]:
                seen = session(name, root, server_version)
                wrong = faults(seen)
                failed += bool(wrong)
                print(f"{name:15} asked {server_version}, spoke {seen.get('serverVersion')}: {'; '.join(wrong) or 'through'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Takes public packages that use `ibapi` through a session with the simulated TWS, on
ibapi_port.install(). Exit status 0: all got through.

usage: real_programs.py [PACKAGE ...]
Each gets a virtual environment of its own with the package and this checkout, and is driven by a
small program of drivers/, by the package's own means: it connects, gets quotes and bars, cancels an
order and gets another one filled. Needs a package index.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from environments import environments, python_of  # noqa: E402 - beside this script

from ibapi_port.simulator import SimulatedTws  # noqa: E402 - the package of this checkout

# driver, what to install, what to install without its dependencies (which are for screens and
# charts), server version
PACKAGES: dict[str, tuple[str, list[str], list[str], int]] = {
    "vnpy_ib": (
        "vnpy_ib_driver.py",
        ["loguru", "tzlocal", "numpy", "pandas", "tzdata", "ta-lib"],
        ["vnpy_ib==10.45.1.0", "vnpy==4.5.0"],
        200,
    ),
    "ib-syncevent": ("ib_syncevent_driver.py", ["ib-syncevent==0.0.35"], [], 151),
}
WANTED = {"connected", "quotes", "bars", "cancelled", "filled", "position"}


def prepared(name: str, root: Path) -> str:
    """The interpreter of a package's environment, with this checkout as it is now."""
    _, needs, bare, _ = PACKAGES[name]
    python = python_of(f"real-{name}", root, needs)
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, *bare, "--force-reinstall", str(ROOT)], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "typing-extensions"], check=True)
    return python


def session(name: str, root: Path) -> dict[str, Any]:
    """Run one driver; what it saw: the last line that it prints."""
    driver, _, _, version = PACKAGES[name]
    python = prepared(name, root)
    with SimulatedTws(server_version=version) as tws:
        done = subprocess.run(
            [python, str(HERE / "drivers" / driver), str(tws.port)], capture_output=True, text=True, timeout=120, cwd=root / f"real-{name}",
            env={**os.environ, "HOME": str(root / f"real-{name}")},
        )  # fmt: skip
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"crashed": (done.stdout + done.stderr)[-3000:]}
    seen: dict[str, Any] = json.loads(lines[-1])
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=", ".join(PACKAGES))
    options = parser.parse_args()
    failed = 0
    with environments() as root:
        for name in options.packages or PACKAGES:
            began = time.monotonic()
            seen = session(name, root)
            missing = (
                {"crashed"} if "crashed" in seen else {key for key in WANTED if not seen.get(key)}
            )
            failed += bool(missing)
            print(
                f"{name}: {'through' if not missing else 'MISSING ' + ', '.join(sorted(missing))} in {time.monotonic() - began:.0f} s"
            )
            print("\n".join(f"    {key}: {value}" for key, value in seen.items()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

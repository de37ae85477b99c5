"""The environments of foreign clients: which packages each holds, where it is, and what runs a
program in it.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "official-9.81": ["ibapi==9.81.1.post1"],
    "official-10.19": ["nautilus-ibapi==10.19.4"],
    "official-10.30": ["nautilus-ibapi==10.30.1"],
    "official-10.37": ["nautilus-ibapi==10.37.2", "protobuf==5.29.5"],
    "official-10.46": ["nautilus-ibapi==10.46.1", "protobuf==5.29.5"],
    "official-10.51": ["ibapi-latest==10.51.1", "protobuf==5.29.5"],
    "ib_async": ["ib_async==2.1.0"],
    "ib_insync": ["ib_insync==0.9.86"],
    "ibapi_port": ["typing-extensions", "protobuf==5.29.5"],
}
NODE_PACKAGES = {"stoqey": ["@stoqey/ib@1.6.10"]}


@contextmanager
def environments() -> Iterator[Path]:
    """The folder of all environments: $IBAPI_PORT_ENVIRONMENTS, else one that is gone afterwards."""
    kept = os.environ.get("IBAPI_PORT_ENVIRONMENTS")
    if kept:
        yield Path(kept)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary)


def command(name: str, root: Path) -> list[str]:
    """What runs a program in an environment, which is made if it is missing. OSError,
    CalledProcessError: it cannot be made.
    """
    if name in NODE_PACKAGES:
        return node_of(name, root)
    if name == "ibapi_port":  # this checkout as it is, not installed
        return ["env", f"PYTHONPATH={ROOT}", python_of(name, root)]
    return [python_of(name, root)]


def python_of(name: str, root: Path, packages: list[str] | None = None) -> str:
    """The interpreter of an environment, which is made if it is missing."""
    home = root / name
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *(packages or PACKAGES[name])],
            check=True,
        )
    return str(python)


def node_of(name: str, root: Path) -> list[str]:
    """Node, told where the packages are."""
    home = root / name
    modules = home / "node_modules"
    if not modules.exists():
        home.mkdir(parents=True, exist_ok=True)
        install = [
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(home),
            *NODE_PACKAGES[name],
        ]
        subprocess.run(install, check=True)
    subprocess.run(["node", "--version"], check=True, capture_output=True)
    return ["env", f"NODE_PATH={modules}", "node"]

"""The virtual environments of foreign clients: which packages each holds, and where it is."""

from __future__ import annotations

import os
import subprocess
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = {
    "official-9.81": ["ibapi==9.81.1.post1"],
    "official-10.19": ["nautilus-ibapi==10.19.4"],
    "official-10.30": ["nautilus-ibapi==10.30.1"],
    "official-10.37": ["nautilus-ibapi==10.37.2", "protobuf==5.29.5"],
    "official-10.46": ["nautilus-ibapi==10.46.1", "protobuf==5.29.5"],
    "ib_async": ["ib_async==2.1.0"],
    "ib_insync": ["ib_insync==0.9.86"],
}


@contextmanager
def environments() -> Iterator[Path]:
    """The folder of all environments: $IBAPI_PORT_ENVIRONMENTS, else one that is gone afterwards."""
    kept = os.environ.get("IBAPI_PORT_ENVIRONMENTS")
    if kept:
        yield Path(kept)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            yield Path(temporary)


def python_of(name: str, root: Path, packages: list[str] | None = None) -> str:
    """The interpreter of an environment, which is made if it is missing."""
    home = root / name
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *(packages or PACKAGES[name])], check=True)
    return str(python)

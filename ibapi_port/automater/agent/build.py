"""Build agent.jar from Agent.java: `python -m ibapi_port.automater.agent.build [JAR]`.

The same javac makes the same bytes: the times in the archive are fixed. Its release is the
archive's comment, and a digest of the source is in it: the jar is known to be of this source even
where another javac is.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
MANIFEST = "Manifest-Version: 1.0\r\nPremain-Class: Agent\r\nAgent-Class: Agent\r\n\r\n"
TIME = (2026, 1, 1, 0, 0, 0)


def compiler(javac: str = "javac") -> str:
    """Return which release of javac this is, such as "javac 17.0.12"."""
    done = subprocess.run([javac, "-version"], capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).strip()


def digest() -> str:
    """Return the SHA-256 of the source."""
    return hashlib.sha256((HERE / "Agent.java").read_bytes()).hexdigest()


def build(target: Path, javac: str = "javac") -> None:
    """Compile for Java 8, which older Gateways bring, and pack."""
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(
            [
                *(javac, "--release", "8", "-g:none", "-Xlint:-options", "-encoding", "UTF-8"),
                *("-d", directory, str(HERE / "Agent.java")),
            ],
            check=True,
        )
        with zipfile.ZipFile(target, "w") as jar:
            _add(jar, "META-INF/MANIFEST.MF", MANIFEST.encode())
            for path in sorted(Path(directory).rglob("*.class")):
                _add(jar, path.relative_to(directory).as_posix(), path.read_bytes())
            _add(jar, "source.sha256", digest().encode())
            jar.comment = compiler(javac).encode()


def _add(jar: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    jar.writestr(info, data)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "agent.jar")

"""Where IB Gateway is installed, and what its directories hold."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from .result import ErrorCode

WINDOWS = sys.platform == "win32"
PROGRAM = "ibgateway.exe" if WINDOWS else "ibgateway"


class NotInstalled(Exception):
    """The Gateway cannot be started; `code` says which error it is."""

    def __init__(self, code: ErrorCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Install:
    """One installed Gateway."""

    ib_directory: Path
    version: str

    @property
    def directory(self) -> Path:
        """Return the directory of the version; the one that exists of those that it may be."""
        for found in self.candidates():
            if found.is_dir():
                return found
        return self.candidates()[0]

    def candidates(self) -> list[Path]:
        """Return where the version may be: ~/Jts/ibgateway/1030, or ~/ibgateway/1030 on Linux."""
        found = [self.ib_directory / "ibgateway" / self.version]
        if "Jts" in self.ib_directory.name:
            sibling = self.ib_directory.with_name(
                self.ib_directory.name.replace("Jts", "ibgateway")
            )
            found += [sibling, sibling / self.version]
        return found

    @property
    def launcher(self) -> Path:
        """Return the program."""
        return self.directory / PROGRAM

    @property
    def jts_ini(self) -> Path:
        """Return the file jts.ini that the Gateway reads when it starts."""
        return (self.directory if WINDOWS else self.ib_directory) / "jts.ini"

    def check(self) -> None:
        """Raise NotInstalled if the version, or its Java, is not there."""
        if not self.directory.is_dir() or not self.launcher.exists():
            raise NotInstalled(
                ErrorCode.IbGatewayVersionNotInstalled,
                f"Version: {self.version} - Path: {self.directory}",
            )
        if self.java_home() is None:
            raise NotInstalled(
                ErrorCode.JavaNotFound, f"no Java is named in {self.directory / '.install4j'}"
            )

    def java_home(self) -> Path | None:
        """Return where the Java of the installation is; None if it is not there."""
        for name in ("pref_jre.cfg", "inst_jre.cfg"):
            try:
                text = (self.directory / ".install4j" / name).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            found = Path(text.strip())
            if text.strip() and found.is_dir():
                return found
        return None


def find_installs(places: list[Path] | None = None) -> list[Install]:
    """Return the Gateways that are installed in the usual places, the newest first."""
    home = Path.home()
    places = places or [home / "Jts", home / "Applications", Path("C:/Jts"), Path("/opt/ibgateway")]
    found = []
    for place in places:
        for directory in (place / "ibgateway", place.with_name("ibgateway"), place):
            if not directory.is_dir():
                continue
            for version in sorted(directory.iterdir(), reverse=True):
                if re.fullmatch(r"\d{3,4}", version.name) and (version / PROGRAM).exists():
                    install = Install(place, version.name)
                    if install not in found and install.directory == version:
                        found.append(install)
    return sorted(found, key=lambda i: int(i.version), reverse=True)


def restart_tokens(settings: Path) -> list[Path]:
    """Return the files that let a restart go without a login: there is one in a good case."""
    try:
        return sorted(
            folder / "autorestart"
            for folder in settings.iterdir()
            if folder.is_dir() and (folder / "autorestart").is_file()
        )
    except OSError:
        return []


def delete(paths: list[Path]) -> None:
    """Delete files that may be gone already."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

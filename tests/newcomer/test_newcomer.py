"""The way of a newcomer: the built wheel in an empty environment, the demo, the tutorial's programs
and its test. And the sdist, which can run its own tests.

IBAPI_PORT_DIST names the folder with wheel and sdist, which .ci/run builds; without it these tests
are skipped, for they take long.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs.blocks import ROOT, blocks

DIST = os.environ.get("IBAPI_PORT_DIST")
pytestmark = [
    pytest.mark.skipif(DIST is None, reason="IBAPI_PORT_DIST does not name a wheel and an sdist"),
    pytest.mark.timeout(180),
]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
TUTORIAL = [block for block in blocks(ROOT / "docs" / "tutorial.md") if block.caption]
MADE = {"__pycache__", "_build", "generated", ".pytest_cache", "tokens"}
# Pythons before 3.12 may not know the filter
SAFELY: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment `env`, in which there is the wheel and pytest alone."""
    folder = tmp_path_factory.mktemp("newcomer")
    venv.create(folder / "env", with_pip=True)
    (wheel,) = Path(DIST or "").resolve().glob("*.whl")
    run(
        folder / "env" / SCRIPTS / "python",
        "-m",
        "pip",
        "install",
        "-q",
        wheel,
        "pytest",
        cwd=folder,
    )
    return folder


@pytest.fixture(scope="module")
def port(home: Path) -> Iterator[str]:
    """The port of `ibapi-port simulate`, in its second terminal."""
    with subprocess.Popen(
        [str(home / "env" / SCRIPTS / "ibapi-port"), "simulate", "--port", "0"],
        cwd=home,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found
        yield found[1]
        process.terminate()


def test_the_command(home: Path) -> None:
    command = home / "env" / SCRIPTS / "ibapi-port"
    assert run(command, "--version", cwd=home).startswith("ibapi-port ")
    assert "Position of DU" in run(command, "demo", cwd=home)
    assert "-- Dissector" in run(command, "protocol", "dissector", cwd=home)  # a data file


@pytest.mark.parametrize("block", TUTORIAL, ids=lambda block: block.caption)
def test_the_tutorial(home: Path, port: str, block: object) -> None:
    caption, text = block.caption, block.text  # type: ignore[attr-defined]
    (home / caption).write_text(text.replace("7497", port), encoding="utf-8")
    python = home / "env" / SCRIPTS / "python"
    if caption.startswith("test_"):
        assert "1 passed" in run(python, "-m", "pytest", "-q", caption, cwd=home)
    else:
        assert run(python, "-W", "error", caption, cwd=home)


def test_the_sdist_can_run_its_own_tests(tmp_path: Path) -> None:
    (sdist,) = Path(DIST or "").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, **SAFELY)
    (folder,) = tmp_path.iterdir()
    for top in ("tests", "samples", "docs", "docker", ".ci"):
        for path in (ROOT / top).rglob("*"):
            if path.is_file() and not MADE & set(path.parts) and path.suffix != ".pyc":
                assert (folder / path.relative_to(ROOT)).exists(), f"{path} is not in the sdist"
    chosen = ("tests/release", "tests/test_readme.py", "tests/client/test_session.py")
    python = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in run(*python, *chosen, cwd=folder)


def test_the_wheel_holds_the_package_alone(home: Path) -> None:
    code = "import ibapi_port; print(ibapi_port.__file__)"
    where = run(home / "env" / SCRIPTS / "python", "-c", code, cwd=home).strip()
    assert Path(where).is_relative_to(home)

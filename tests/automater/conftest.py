from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ibapi_port.automater.display import Display

from .rigs import FakeRig, Rig
from .swing import SwingRig, compile_stand_in, missing

FULL = os.environ.get("AUTOMATER_FULL", "")
WHY = missing()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `rig` runs on the simulated Gateway, and with AUTOMATER_FULL=1 on the one in
    Swing too; some do without it, see scenarios.py.
    """
    if "rig" in metafunc.fixturenames:
        names = ["python"]
        if FULL == "1" or FULL in getattr(metafunc.function, "on_swing", ()):
            skip = pytest.mark.skipif(bool(WHY), reason=WHY)
            names.append(pytest.param("swing", marks=skip))  # type: ignore[arg-type]
        metafunc.parametrize("rig", names, indirect=True)


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("standin")
    compile_stand_in(target)
    return target


@pytest.fixture(scope="session")
def display() -> Iterator[Display]:
    one = Display()
    one.start()
    yield one
    one.stop()


@pytest.fixture
def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rig]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made: Rig
    if request.param == "python":
        made = FakeRig()
    else:
        for name, value in request.getfixturevalue("display").environment.items():
            monkeypatch.setenv(name, value)
        made = SwingRig(tmp_path, request.getfixturevalue("classes"))
    yield made
    made.close()
    assert made.running() == []

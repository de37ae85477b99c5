"""All tests run in two processes, and it looks like one (beside.py)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import beside
import pytest

CONFTEST = """
    import os, time
    from pathlib import Path
    import beside, pytest

    HERE = Path(__file__).parent

    def pytest_configure(config):
        config.addinivalue_line("markers", "alone: the last")
        if beside.wanted(config):
            config.pluginmanager.register(beside.First(config))

    def note(what):
        with open(HERE / "notes", "a") as notes:
            notes.write(f"{what} {os.getpid()}\\n")

    def wait_for(what):
        end = time.monotonic() + 60
        while not (HERE / "notes").is_file() or what not in (HERE / "notes").read_text():
            assert time.monotonic() < end, what
            time.sleep(0.01)
"""
# The first process is held in test_a until the second one has begun with test_z, or is at its end.
FIRST_FILE = """
    import pytest
    from conftest import note, wait_for

    def test_first():
        wait_for("{wait}")
        note("a")

    @pytest.mark.alone
    def test_alone():
        note("alone")
"""


def text(code: str) -> str:
    return re.sub("^    ", "", code, flags=re.MULTILINE)


class Project:
    """A folder of tests with beside.py."""

    def __init__(self, home: Path, files: dict[str, str]) -> None:
        self.home = home
        source = Path(__file__).parent / "beside.py"
        (home / "beside.py").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
        for name, code in {"conftest": CONFTEST, **files}.items():
            (home / f"{name}.py").write_text(text(code), encoding="utf-8")

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        env = {k: v for k, v in os.environ.items() if k != "IBAPI_PORT_ONE_PROCESS"}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "pytest_timeout", "-rfEs", *options],
            cwd=self.home,
            env=env | {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=50,
        )

    def notes(self) -> dict[str, list[str]]:
        """Return the processes by what they noted."""
        found: dict[str, list[str]] = {}
        for line in (self.home / "notes").read_text().splitlines():
            what, process = line.split()
            found.setdefault(what, []).append(process)
        return found


pytestmark = pytest.mark.skipif(
    (os.cpu_count() or 1) < 2, reason="one processor: the tests run in one process"
)


def test_every_test_runs_once_and_is_told_in_order(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        {
            "test_a": FIRST_FILE.format(wait="z"),
            "test_m": "    from conftest import note\n    def test_m(): note('m')",
            "test_z": """
                import pytest
                from conftest import note

                @pytest.fixture
                def broken():
                    yield
                    raise RuntimeError("at its end")

                @pytest.mark.parametrize("n", [1, 2])
                def test_number(n):
                    print("what it printed")
                    assert n == 1, "not one"

                def test_skipped():
                    pytest.skip("no moon")

                def test_teardown(broken):
                    pass

                def test_last():
                    note("z")
            """.replace("\n            ", "\n"),
        },
    )
    result = project.run("-v", "--junitxml=told.xml")
    assert result.returncode == 1
    assert "1 failed, 6 passed, 1 skipped, 1 error" in result.stdout
    told = re.findall(r"^(test_\w+\.py::\S+) (\w+)", result.stdout, re.MULTILINE)
    assert told == [
        ("test_a.py::test_first", "PASSED"),
        ("test_m.py::test_m", "PASSED"),
        ("test_z.py::test_number[1]", "PASSED"),
        ("test_z.py::test_number[2]", "FAILED"),
        ("test_z.py::test_skipped", "SKIPPED"),
        ("test_z.py::test_teardown", "PASSED"),
        ("test_z.py::test_teardown", "ERROR"),
        ("test_z.py::test_last", "PASSED"),
        ("test_a.py::test_alone", "PASSED"),
    ]
    for line in ("AssertionError: not one", "what it printed", "RuntimeError: at its end"):
        assert line in result.stdout
    assert "SKIPPED [1] test_z.py:16: no moon" in result.stdout
    notes = project.notes()
    (first,), (second,), (alone,) = notes["a"], notes["z"], notes["alone"]
    assert len(notes["m"]) == 1
    assert first != second
    assert alone == first
    suite = ET.parse(tmp_path / "told.xml").getroot().find("testsuite")
    assert suite is not None
    assert [suite.get(each) for each in ("tests", "failures", "errors", "skipped")] == ["8", "1", "1", "1"]  # fmt: skip


def test_fixtures_are_given_up_before_the_next_file(tmp_path: Path) -> None:
    """Those of a folder too, as the next test of that folder may be the other process's."""
    fixture = """
    import pytest
    from conftest import note

    @pytest.fixture(scope="{scope}", autouse=True)
    def held():
        note("begin-{scope}")
        yield
        note("end-{scope}")
    """
    project = Project(
        tmp_path,
        {
            "test_a": FIRST_FILE.format(wait="end-module"),
            "test_z": fixture.format(scope="module") + "\n    def test_z(): note('z')",
        },
    )
    assert project.run().returncode == 0
    assert list(project.notes()) == ["begin-module", "z", "end-module", "a", "alone"]


def test_a_test_that_hangs_in_the_second_process_fails_with_its_stack(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        {
            "test_a": FIRST_FILE.format(wait="z"),
            "test_z": """
    import threading, pytest
    from conftest import note

    def test_before():
        pass

    @pytest.mark.timeout(1, method="thread")  # which ends the process
    def test_hangs():
        note("z")
        threading.Event().wait()

    def test_after():
        pass
    """,
        },
    )
    result = project.run()
    assert result.returncode != 0
    assert "2 failed, 3 passed" in result.stdout
    assert "FAILED test_z.py::test_hangs" in result.stdout
    assert "in test_hangs\n    threading.Event().wait()" in result.stdout


def test_a_second_process_that_ends_early_fails_the_run(tmp_path: Path) -> None:
    """Even if each test had been reported."""
    ends = "import os\n    from conftest import note\n    def teardown_module(): note('z'); os._exit(7)"
    project = Project(
        tmp_path,
        {
            "test_a": FIRST_FILE.format(wait="z"),
            "test_z": f"    {ends}\n    def test_z(): pass",
        },
    )
    result = project.run()
    assert result.returncode != 0
    assert "It ended with status 7" in result.stdout


def test_the_run_stops_at_the_first_failure(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        {
            "test_a": FIRST_FILE.format(wait="z").replace('note("a")', "assert False"),
            "test_z": """
    import time
    from conftest import note

    def test_z():
        note("z")
        try:
            time.sleep(60)
        finally:
            note("cleaned")
    """,
        },
    )
    result = project.run("-x")
    assert result.returncode == 1
    assert "1 failed in" in result.stdout
    assert "cleaned" in project.notes() or sys.platform == "win32"


def config(*args: str, **options: Any) -> Any:
    option = SimpleNamespace(**{"keyword": "", "capture": "fd", **options})
    params = SimpleNamespace(dir=beside.TESTS.parent)
    return SimpleNamespace(option=option, args=args, invocation_params=params)


def test_parts_run_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IBAPI_PORT_ONE_PROCESS", raising=False)
    assert beside.wanted(config("tests"))
    assert beside.wanted(config(str(beside.TESTS)))
    assert beside.wanted(config("."))
    assert not beside.wanted(config("tests/ib"))
    assert not beside.wanted(config("tests/test_beside.py::test_parts_run_in_one_process"))
    for option, value in {"keyword": "R17", "capture": "no", "usepdb": True, "lf": True}.items():
        assert not beside.wanted(config("tests", **{option: value}))
    monkeypatch.setenv("IBAPI_PORT_ONE_PROCESS", "1")
    assert not beside.wanted(config("tests"))


def test_what_cannot_be_imported_is_told_once(tmp_path: Path) -> None:
    project = Project(
        tmp_path, {"test_a": FIRST_FILE.format(wait=""), "test_z": "    import no_such_module"}
    )
    result = project.run()
    assert result.returncode == 2
    assert result.stdout.count("ERROR test_z.py") == 1
    assert "second process" not in result.stdout

"""The Java agent: its jar is what is built of its source, and it stays small."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from ibapi_port.automater.agent import build
from ibapi_port.automater.host import AGENT

NOTE = "python -m ibapi_port.automater.agent.build makes the jar anew"
SOURCE = Path(build.__file__).with_name("Agent.java")


def test_it_is_small() -> None:
    assert len(SOURCE.read_text(encoding="utf-8").splitlines()) < 300
    assert AGENT.stat().st_size < 20_000


def test_the_jar_says_of_which_source_it_is() -> None:
    with zipfile.ZipFile(AGENT) as jar:
        assert jar.read("source.sha256").decode() == build.digest(), NOTE


@pytest.mark.skipif(shutil.which("javac") is None, reason="there is no javac")
@pytest.mark.skipif(not os.environ.get("AUTOMATER_FULL"), reason="AUTOMATER_FULL is not set")
def test_the_jar_is_built_of_the_source(tmp_path: Path) -> None:
    """The same release of javac makes the same bytes; another one may lay a class out otherwise."""
    built = tmp_path / "agent.jar"
    build.build(built)
    with zipfile.ZipFile(built) as new, zipfile.ZipFile(AGENT) as kept:
        assert new.namelist() == kept.namelist()
        if kept.comment.decode() == build.compiler():
            for name in new.namelist():
                assert new.read(name) == kept.read(name), NOTE


def test_any_java_from_8_on_takes_it() -> None:
    with zipfile.ZipFile(AGENT) as jar:
        manifest = jar.read("META-INF/MANIFEST.MF").decode()
        first = jar.read("Agent.class")
    assert "Premain-Class: Agent" in manifest
    assert "Agent-Class: Agent" in manifest
    assert first[6:8] == b"\x00\x34"  # Java 8: older Gateways bring no newer one


@pytest.mark.skipif(shutil.which("java") is None, reason="there is no java")
def test_a_program_without_windows_is_left_alone(tmp_path: Path) -> None:
    """The agent waits for windows; a Java without any ends as ever."""
    options = tmp_path / "agent"
    options.write_text("1 x\n")
    done = subprocess.run(
        ["java", f"-javaagent:{AGENT}={options}", "-version"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert b"ibapi agent" not in done.stderr

"""`gateway run --rest`, the real thing: the Gateway's stand-in, the supervised connection and the REST
server as one supervised whole. A restart of one does not end the others.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from machine import slowness

from ibapi_port.automater.command import control

from .processes import Installed, alive, free_port

MISSING = [n for n in ("starlette", "uvicorn", "msgspec", "httpx") if find_spec(n) is None]
pytestmark = [
    pytest.mark.skipif(not os.environ.get("AUTOMATER_FULL"), reason="AUTOMATER_FULL is not set"),
    pytest.mark.skipif(bool(MISSING), reason=f"the REST server's extra lacks {', '.join(MISSING)}"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc"),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="TOML needs Python 3.11, or tomli"),
]


class Whole:
    """`gateway run --rest` as a process."""

    def __init__(self, directory: Path) -> None:
        self.installed = Installed(directory)
        self.log = directory / "output"
        self.rest_port = free_port()
        state = directory / "rest.sqlite"
        rest = f"--http --port {self.rest_port} --state {state} --client-ids 5"
        path = self.installed.settings("whole")
        command = ["gateway", "run", "--config", str(path), f"--rest={rest}"]
        environ = {**os.environ, "IBREST_TOKEN": "t0ken-of-this-test"}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ibapi_port", *command],
                stdout=output,
                stderr=output,
                env=environ,
            )

    def until(self, predicate: Callable[[], object]) -> None:
        end = time.monotonic() + 40 * slowness()
        while not predicate():
            assert time.monotonic() < end, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)

    def status(self) -> dict[str, Any]:
        try:
            return control.info("whole")
        except control.CommandError:
            return {"ready": False, "pid": 0, "companions": [{"pid": 0, "starts": 0}]}

    def rest(self) -> tuple[int, int]:
        """Return the REST server's process, and how often it was started."""
        (one,) = self.status()["companions"]
        return one["pid"], one["starts"]

    def get(self, path: str) -> tuple[int, Any]:
        """Ask the REST server; a status of 0 is no answer."""
        import httpx

        head = {"Authorization": "Bearer t0ken-of-this-test"}
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.rest_port}{path}", headers=head, timeout=10)
        except httpx.TransportError:
            return 0, None
        return answer.status_code, answer.json()

    def works(self) -> bool:
        """Return whether an answer comes all the way from the Gateway's API."""
        return self.get("/time")[0] == 200 and self.get("/health")[0] == 200


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Whole]:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    made = Whole(tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.terminate()
    made.process.wait(60)


def test_a_restart_of_one_does_not_end_the_others(whole: Whole) -> None:
    whole.until(whole.works)
    first = whole.status()["pid"]
    rest = whole.rest()
    assert rest[1] == 1

    # the REST server dies: it comes back, and the Gateway has not noticed
    os.kill(rest[0], signal.SIGKILL)
    whole.until(lambda: whole.rest()[1] == 2 and whole.works())
    assert whole.status()["pid"] == first
    rest = whole.rest()

    # the Gateway dies: it is logged in anew, and the same REST server finds it again
    os.kill(first, signal.SIGKILL)
    whole.until(lambda: whole.status()["ready"] and whole.status()["pid"] != first)
    whole.until(whole.works)
    assert whole.rest() == rest
    second = whole.status()["pid"]

    # it is restarted by the command
    assert control.ask("whole", "COLDRESTART") == ["OK COLDRESTART"]
    whole.until(lambda: whole.status()["ready"] and whole.status()["pid"] not in (first, second))
    whole.until(whole.works)
    assert whole.rest() == rest

    whole.process.send_signal(signal.SIGTERM)
    assert whole.process.wait(60) == 0
    assert not [pid for pid in (*whole.installed.pids(), rest[0]) if alive(pid)]
    text = whole.log.read_text()
    assert "Traceback" not in text
    assert json.dumps("t0ken-of-this-test") not in text
    assert len(re.findall(r"REST on http://", text)) == 2

"""In processes of their own, in which the protobuf package cannot be imported, or was not until
now. They run where it is not installed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
REFUSES = """
import sys

class Refuses:
    def find_spec(self, name, path=None, target=None):
        if name == "google.protobuf" or name.startswith("google.protobuf."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuses())
"""


def told(program: str) -> Any:
    """What a program prints, as JSON."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'tests')]}\n{program}",
        ],
        capture_output=True,
        text=True,
        timeout=40,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


MODULES = [
    "client",
    "wrapper",
    "decoder",
    "order",
    "simulator",
    "protocol.text.codec",
    "protocol.handshake",
    "protocol.protobuf.codec",
]


@pytest.mark.parametrize("module", ["ibapi_port", *(f"ibapi_port.{name}" for name in MODULES)])
def test_importing_does_not_import_protobuf(module: str) -> None:
    assert (
        told(
            f"import json\nimport {module}\n"
            "print(json.dumps([name for name in sys.modules if name.startswith('google')]))"
        )
        == []
    )


CONNECTING = (
    REFUSES
    + """
import json
from client.scripted import App, ScriptedTws, accepts
from ibapi_port.client import newest_version
from ibapi_port.simulator import SimulatedTws

out = {"newest": newest_version(), "insists": {}}
out["google.protobuf"] = "google.protobuf" in sys.modules
for version in (201, 210, 226):
    app = App()
    with ScriptedTws(accepts(version)) as tws:
        app.dial(tws)
        out["offer"] = tws.peer().offer
    out["insists"][version] = app.told()

app = App()
with SimulatedTws(server_version=200, tick_interval=3600) as tws:
    app.connect(tws.host, tws.port, 7)
    app.start()
    app.wait_for("nextValidId")
    app.reqCurrentTime()
    app.wait_for("currentTime")
    out["agreed"] = app.serverVersion()
    app.disconnect()
    app.join()

for version in (201, 226):
    try:
        SimulatedTws(server_version=version)
    except ValueError as e:
        out[f"simulated {version}"] = str(e)
print(json.dumps(out))
"""
)


@pytest.fixture(scope="module")
def connected() -> dict[str, Any]:
    got: dict[str, Any] = told(CONNECTING)
    return got


def test_text_is_offered(connected: dict[str, Any]) -> None:
    assert (connected["newest"], connected["offer"], connected["google.protobuf"]) == (
        200,
        "v100..200",
        False,
    )


@pytest.mark.parametrize("version", ["201", "210", "226"])
def test_a_server_that_insists_is_one_error(connected: dict[str, Any], version: str) -> None:
    ((name, number, code, text),) = connected["insists"][version]
    assert (name, number, code) == ("error", -1, 503)
    assert f"version {version}" in text
    assert "pip install ibapi_port[protobuf]" in text


def test_a_session_of_text(connected: dict[str, Any]) -> None:
    assert connected["agreed"] == 200


@pytest.mark.parametrize("version", [201, 226])
def test_no_simulated_tws_of_that_version(connected: dict[str, Any], version: int) -> None:
    assert "pip install ibapi_port[protobuf]" in connected[f"simulated {version}"]


def test_the_command_line_says_so() -> None:
    simulate = (
        "import runpy; sys.argv = ['', 'simulate', '--server-version', '226']; "
        "runpy.run_module('ibapi_port', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", REFUSES + simulate],
        capture_output=True,
        text=True,
        timeout=40,
        cwd=ROOT,
    )
    assert done.returncode != 0
    assert "pip install ibapi_port[protobuf]" in done.stderr

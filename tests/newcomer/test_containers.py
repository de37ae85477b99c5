"""What the containers of docker/compose.yaml run, without docker: the image's package in an empty
environment, and the services' commands as they stand in the file.

As in test_newcomer.py, IBAPI_PORT_DIST names the folder with the wheel; without it these tests are
skipped.
"""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from release.compose import commands, healthcheck, image_extras

from .test_newcomer import DIST, ENVIRONMENT, SCRIPTS, pytestmark, run

__all__ = ["pytestmark"]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment `env`, which has what the image has."""
    folder = tmp_path_factory.mktemp("image")
    venv.create(folder / "env", with_pip=True)
    (wheel,) = Path(DIST or "").resolve().glob("*.whl")
    extras = ",".join(image_extras())
    python = folder / "env" / SCRIPTS / "python"
    run(python, "-m", "pip", "install", "-q", f"{wheel}[{extras}]", cwd=folder)
    return folder


@contextmanager
def service(image: Path, name: str, **replaced: str) -> Iterator[str]:
    """Run a service's command. Yield the address in its first line."""
    command = [replaced.get(word, word) for word in commands()[name]]
    with subprocess.Popen(
        [str(image / "env" / SCRIPTS / "ibapi-port"), *command],
        cwd=image,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"(\S+:\d+)", process.stdout.readline())
            assert found
            yield found[1]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def tws(image: Path) -> Iterator[str]:
    """The port of the service `tws`."""
    with service(image, "tws", **{"0.0.0.0": "127.0.0.1", "4002": "0"}) as address:
        yield address.rpartition(":")[2]


def test_the_demo_meets_the_tws(image: Path, tws: str) -> None:
    python = image / "env" / SCRIPTS / "python"
    assert run(python, *[word.replace("4002", tws) for word in healthcheck()], cwd=image) == ""
    words = {"tws": "127.0.0.1", "4002": tws}
    command = [words.get(word, word) for word in commands()["demo"]]
    said = run(image / "env" / SCRIPTS / "ibapi-port", *command, cwd=image)
    assert "Position of DU" in said


def test_rest_serves_the_tws(image: Path, tws: str) -> None:
    made = run(image / "env" / SCRIPTS / "ibapi-port", "rest", "--make-token", "me:read", cwd=image)
    found = re.search(r"token (\S+)\nline for the token file: (.+)\n", made)
    assert found
    token, line = found.groups()
    tokens = image / "tokens"
    tokens.write_text(line + "\n", encoding="utf-8")
    os.chmod(tokens, 0o600)
    replaced = {"tws:4002": f"127.0.0.1:{tws}", "/run/secrets/tokens": str(tokens)}
    with service(image, "rest", **replaced) as url:
        context = ssl.create_default_context(cafile=str(image / "ibrest.crt"))
        request = urllib.request.Request(
            f"{url.replace('0.0.0.0', '127.0.0.1')}/account/positions",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert "DU1234567" in answer_to(request, context)


def answer_to(request: urllib.request.Request, context: ssl.SSLContext) -> str:
    """Return the answer to a request; the server says 503 until it has a connection to TWS."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=20, context=context) as answer:
                text: str = answer.read().decode()
                return text
        except urllib.error.HTTPError as e:
            if e.code != 503:
                raise
            time.sleep(0.1)
    raise AssertionError("the server has no connection to TWS")

"""What the tests of older generations share: a TWS of one message, processes, and the notes of what
a callback was given.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ibapi_port.client import EClient
from ibapi_port.decoder import Decoder
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.protocol.select import codec_for
from ibapi_port.wrapper import EWrapper

ROOT = Path(__file__).parents[2]
TIME = 1_794_000_000_000  # of errors
JSON = '{"rejection": 1}'


class Line:
    """Messages from a TWS to one wrapper, as the client would deliver them."""

    def __init__(self, wrapper: Any, version: int = 200) -> None:
        self.version, self.raised = version, list[BaseException]()
        self.decoder = Decoder(wrapper, version, self.raised.append)

    def send(self, name: str, **values: Any) -> None:
        """What a callback raised is raised here."""
        self.decoder.process(codec_for(self.version).encode_message(name, **values)[4:])
        if self.raised:
            raise self.raised.pop()

    def send_error(self, text: str = "text") -> None:
        self.send(
            "error",
            reqId=7,
            errorTime=TIME,
            errorCode=201,
            errorString=text,
            advancedOrderRejectJson=JSON,
        )


class Notes:
    """A program's notes of what its callbacks were given."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    def __call__(self, *given: Any) -> None:
        self.got.append(given)


class Wire(EClient):
    """A client whose requests end here: their names and arguments, and the texts that would go to
    TWS.
    """

    def __init__(self, version: int = 200) -> None:
        super().__init__(EWrapper())
        self.version = version
        self.frames: list[list[str]] = []
        self._ibapi_port.request = self._take  # type: ignore[method-assign]

    def _take(self, name: str, *arguments: Any) -> None:
        frame = codec_for(self.version).encode_request(name, *arguments)[4:]
        self.frames.append(frame.decode("latin-1").split("\0"))
        assert len(arguments) == len(REQUESTS[name].arguments)


def python(
    *arguments: str, stdin: str = "", cwd: Path = ROOT, limit: float = 30
) -> subprocess.CompletedProcess[str]:
    """Run this Python; warnings are errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=limit,
    )

"""A headless Chromium, driven over its debugging pipe: JSON that ends with a NUL, on two file
descriptors.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)
WHY_NOT = "there is no Chromium (apt-get install chromium)" if CHROMIUM is None else ""
if sys.platform == "win32":  # the pipe needs file descriptors 3 and 4
    WHY_NOT = "the debugging pipe is of POSIX systems"
PATIENCE = 30.0


class Browser:
    """A browser with one page."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        self._read, theirs_out = os.pipe()
        theirs_in, self._write = os.pipe()

        def place() -> None:
            # it reads from descriptor 3 and writes to 4; first out of the way of both
            a, b = os.dup(theirs_in), os.dup(theirs_out)
            high_in, high_out = os.dup2(a, 103), os.dup2(b, 104)
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        self._process = subprocess.Popen(
            [
                CHROMIUM,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-pipe",
                f"--user-data-dir={profile}",
            ],
            close_fds=False,
            preexec_fn=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_out)
        os.close(theirs_in)
        self._data = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []
        target = self._ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._ask("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def _ask(self, method: str, parameters: dict[str, Any], session: str = "") -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            while b"\0" in self._data:
                text, _, self._data = self._data.partition(b"\0")
                answer: dict[str, Any] = json.loads(text)
                if answer.get("id") == self._number:
                    if "error" in answer:
                        raise AssertionError(answer["error"])
                    result: dict[str, Any] = answer["result"]
                    return result
                self.events.append(answer)
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError(f"the browser does not answer {method}")
            more = os.read(self._read, 1 << 16)
            if not more:
                raise ConnectionError("the browser has ended")
            self._data += more

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask something of the page."""
        return self._ask(method, parameters, self._session)

    def run(self, script: str) -> Any:
        """The value of a script, which may be a promise."""
        result = self.ask(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def until(self, script: str) -> Any:
        """Wait until a script's value is true. A page that is being left answers nothing."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            asked = {"expression": f"{script} || null", "returnByValue": True}
            result = self._ask("Runtime.evaluate", asked, self._session)
            if value := result["result"].get("value"):
                return value
            select.select([], [], [], 0.03)
        raise AssertionError(f"not so after {PATIENCE} s: {script}; {self.errors()}")

    def show(self, url: str, width: int, height: int = 900, dark: bool = False) -> None:
        """Show a page in a window of this size."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[feature])
        self.ask("Page.navigate", url=url)

    def key(self, name: str) -> None:
        """Press a key."""
        code = {"Tab": 9, "Enter": 13}[name]
        text = {"text": "\r"} if name == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent",
                type=kind,
                key=name,
                code=name,
                windowsVirtualKeyCode=code,
                **text,
            )

    def picture(self, path: Path) -> None:
        """Write a picture of the whole page."""
        made = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(made["data"]))

    def errors(self) -> list[dict[str, Any]]:
        """What the page has complained of."""
        return [
            event
            for event in self.events
            if event.get("method") == "Runtime.exceptionThrown"
            or (
                event.get("method") == "Log.entryAdded"
                and event["params"]["entry"]["level"] == "error"
            )
        ]

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(Exception):
            self._ask("Browser.close", {})
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)
        os.close(self._write)

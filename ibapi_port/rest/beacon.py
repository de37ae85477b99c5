"""The beacon: the state of the connections, pushed to a URL when it changes and each minute.

The body is signed with HMAC-SHA256: the header `X-Signature` is `sha256=` and the hexadecimal
digits over time, a full stop and the body; `X-Timestamp` has the time.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from .structs import encode

logger = logging.getLogger("ibapi_port.rest")
EVERY = 60.0
TIMEOUT = 10.0


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return the signature of a body that is sent at this time."""
    text = stamp.encode() + b"." + body
    return f"sha256={hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}"


class Beacon:
    """Pushes the state by PUT, in a thread of the loop's executor."""

    def __init__(self, state: Callable[[], dict[str, Any]], url: str, secret: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"IBREST_BEACON_URL: {url!r} is no http or https URL")
        self._state = state
        self._url = url
        self._secret = secret
        self._changed = asyncio.Event()
        self.last: dict[str, Any] = {}

    def changed(self) -> None:
        """The state has changed: push it."""
        self._changed.set()

    async def run(self) -> None:
        """Push on each change, and each minute."""
        while True:
            self._changed.clear()
            await self.push()
            try:
                await asyncio.wait_for(self._changed.wait(), EVERY)
            except asyncio.TimeoutError:
                continue

    async def push(self) -> None:
        """Push the state now. A failure is logged and told in `last`."""
        state = self._state()
        body = encode(state)
        loop = asyncio.get_running_loop()
        why = await loop.run_in_executor(None, self._put, body)
        self.last = {"state": state, "at": time.time(), "delivered": not why, "error": why}

    def _put(self, body: bytes) -> str:
        stamp = str(int(time.time()))
        headers = {"Content-Type": "application/json", "X-Timestamp": stamp}
        if self._secret:
            headers["X-Signature"] = signature(self._secret, stamp, body)
        request = urllib.request.Request(self._url, body, headers, method="PUT")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT):
                return ""
        except (OSError, urllib.error.URLError) as e:
            logger.warning("the beacon was not delivered: %s", e)
            return str(e)


__all__ = ["Beacon", "signature"]

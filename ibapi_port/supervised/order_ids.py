"""The lowest order id that is free. TWS may forget ids that were used, when it was restarted; an
id is never given out twice here.
"""

from __future__ import annotations

import json
import logging
import os

logger = logging.getLogger("ibapi_port.supervised")
_MOST = 2**31 - 1


class Floor:
    """The floor below which no id is given out, kept in a file if there is a path. It has no lock:
    who uses it holds one.
    """

    def __init__(self, path: str | None = None) -> None:
        self._path = path
        self._warned = False
        self.value = 0
        self.raw: int | None = None  # what TWS said last
        if path is not None:
            self.value = self._read(path)

    def told(self, raw: int) -> int:
        """TWS tells the next valid id. Return the one that holds."""
        self.raw = raw
        self._raise_to(raw)
        return self.value

    def used(self, order_id: int) -> None:
        """An order has this id, whether it is about to be sent or TWS tells of it."""
        if order_id < _MOST:
            self._raise_to(order_id + 1)

    def _raise_to(self, value: int) -> None:
        if value > self.value:
            self.value = value
            if self._path is not None:
                self._write(self._path)

    @staticmethod
    def _read(path: str) -> int:
        try:
            with open(path, encoding="utf-8") as file:
                value = json.load(file)["next_order_id"]
        except FileNotFoundError:
            return 0
        except (OSError, ValueError, KeyError, TypeError) as e:
            raise ValueError(
                f"state_path: {path} has no order id ({e}); mend it, or delete it if no order of "
                "this client is out"
            ) from e
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
            raise ValueError(
                f"state_path: {path}: next_order_id is {value!r}, which is no order id"
            )
        return value

    def _write(self, path: str) -> None:
        """Put a new file in the place of the old one: there is always a whole one."""
        beside = f"{path}.new"
        try:
            with open(beside, "w", encoding="utf-8") as file:
                json.dump({"next_order_id": self.value}, file)
            os.replace(beside, path)
        except OSError:
            if not self._warned:
                self._warned = True
                logger.exception("the next order id cannot be written to %s", path)


__all__ = ["Floor"]

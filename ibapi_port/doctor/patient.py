"""The client that the doctor connects: it notes what TWS says, and waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ..client import EClient
from ..error_codes import is_warning
from ..seams import End, State, seams
from ..wrapper import EWrapper

_PRICES = {1: "bid", 2: "ask", 4: "last", 9: "close", 66: "bid", 67: "ask", 68: "last", 75: "close"}


class Told:
    """What TWS has said to one request."""

    def __init__(self) -> None:
        self.ended = False
        self.errors: list[tuple[int, str]] = []
        self.warnings: list[tuple[int, str]] = []
        self.prices: dict[str, float] = {}
        self.data_type = 0

    @property
    def is_over(self) -> bool:
        return self.ended or bool(self.errors) or {"bid", "ask", "last"} <= self.prices.keys()


class Patient(EWrapper):
    """A wrapper with a client of its own, and a thread for its messages."""

    def __init__(self) -> None:
        super().__init__()
        self.client = EClient(self)
        self.client.connectionLostCode = None
        seams(self.client).on_state = self._on_state
        self.end: End | None = None
        self.was_connected = False
        self.errors: list[tuple[int, int, str]] = []  # id, code, text
        self.accounts: list[str] | None = None
        self.next_id: int | None = None
        self.server_time: tuple[float, float] | None = None  # TWS's, and ours when it came
        self.in_milliseconds = False
        self.completed_ended = False
        self.told: dict[int, Told] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def connect(self, host: str, port: int, client_id: int, timeout: float) -> bool:
        """Connect, and process messages in a thread. Return whether there is a connection."""
        self.client.connect(host, port, client_id, timeout)
        if not self.was_connected:
            return False
        self._thread = threading.Thread(target=self.client.run, name="doctor", daemon=True)
        self._thread.start()
        return True

    def close(self) -> None:
        self.client.disconnect()
        if self._thread is not None:
            self._thread.join()

    def wait(self, holds: Callable[[], Any], seconds: float) -> bool:
        """Wait until something holds, the connection ends, or the time is over. Return whether it
        holds.
        """
        with self._changed:
            self._changed.wait_for(lambda: holds() or self.end is not None, seconds)
            return bool(holds())

    def ask(self, request_id: int) -> Told:
        """Return the place for what TWS says to a request that is about to be made."""
        self.told[request_id] = Told()
        return self.told[request_id]

    def text_of(self, code: int) -> str | None:
        """Return the text of the last error with a code; None if there was none."""
        return next((text for _, c, text in reversed(self.errors) if c == code), None)

    def _note(self, change: Callable[[], object]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()

    def _on_state(self, old: State, new: State, end: End | None) -> None:
        def change() -> None:
            self.was_connected |= new in (State.CONNECTED, State.READY)
            if end is not None and self.end is None:
                self.end = end

        self._note(change)

    # --- callbacks ---

    def error(
        self,
        reqId: int,
        errorTime: int,
        errorCode: int,
        errorString: str,
        advancedOrderRejectJson: str = "",
    ) -> None:
        def change() -> None:
            self.errors.append((reqId, errorCode, errorString))
            told = self.told.get(reqId)
            if told is not None:
                goes_on = is_warning(errorCode, errorString)
                (told.warnings if goes_on else told.errors).append((errorCode, errorString))

        self._note(change)

    def managedAccounts(self, accountsList: str) -> None:
        accounts = [account for account in accountsList.split(",") if account]
        self._note(lambda: setattr(self, "accounts", accounts))

    def nextValidId(self, orderId: int) -> None:
        self._note(lambda: setattr(self, "next_id", orderId))

    def currentTime(self, time_: int) -> None:
        now = time.time()
        self._note(lambda: setattr(self, "server_time", (float(time_), now)))

    def currentTimeInMillis(self, timeInMillis: int) -> None:
        now = time.time()
        self._note(lambda: setattr(self, "server_time", (timeInMillis / 1000, now)))

    def completedOrdersEnd(self) -> None:
        self._note(lambda: setattr(self, "completed_ended", True))

    def openOrderEnd(self) -> None:
        self._note(lambda: setattr(self, "completed_ended", True))

    def marketDataType(self, reqId: int, marketDataType: int) -> None:
        def change() -> None:
            if reqId in self.told:
                self.told[reqId].data_type = marketDataType

        self._note(change)

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
        def change() -> None:
            if reqId in self.told and tickType in _PRICES and price > 0:
                self.told[reqId].prices[_PRICES[tickType]] = price

        self._note(change)

    def tickSnapshotEnd(self, reqId: int) -> None:
        def change() -> None:
            if reqId in self.told:
                self.told[reqId].ended = True

        self._note(change)


__all__ = ["Patient", "Told"]

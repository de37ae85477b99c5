"""Writing the ledger, at a client's seams."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import stat
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from .._client.log_limit import RateLimit
from ..seams import Refused, seams
from .plain import plain

logger = logging.getLogger("ibapi_port.ledger")
logger.addFilter(RateLimit())  # a full disk fails with each answer

VERSION = 1
_MODE = 0o600  # orders and accounts are nobody else's business
_REJECTED, _CHANGE_FAILED = 201, 134
_MAYBE_SENT = 504
# requests, and whether the ledger may refuse them: a cancel goes out in any case
_KINDS = {
    "placeOrder": "place",
    "exerciseOptions": "exercise",
    "cancelOrder": "cancel",
    "reqGlobalCancel": "cancel_all",
}
_MAY_REFUSE = ("place", "change", "exercise")


class Ledger:
    """Appends a line to a file for each order, change, cancel, refusal and answer of a client. All
    methods may be called from any thread; several ledgers may write into one file.

    - `fsync`: an order, change or cancel is on the disk before it is sent, not only with the
      system.
    - `go_on`: orders are sent even if the file cannot be written; by default they are refused (201,
      or 134 for a change), and the text says why. Cancels are always sent. What could not be
      written is logged and counted in `failed`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        client: Any,
        *,
        fsync: bool = False,
        go_on: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = os.fspath(path)
        self.failed = 0
        self._client = client
        self._fsync = fsync
        self._go_on = go_on
        self._clock = clock
        self._lock = threading.Lock()
        self._run = secrets.token_hex(4)  # tells the runs of programs apart
        self._number = 0
        self._session: object = None
        self._sessions = 0
        self._orders: set[int] = set()  # ids that are out
        # The request of this thread that was written, and what it is.
        self._within = threading.local()
        self._file = -1
        self._is_torn = False  # the last line has no end
        self._is_closed = False
        try:
            with self._lock:
                self._open()
        except OSError:
            if not go_on:
                raise
            logger.exception("the ledger %s cannot be opened", self.path)
        joined = seams(client)
        joined.add_on_request(self._on_request, last=True)
        joined.add_on_refused(self._on_refused)
        joined.listen(_Listener(self))

    def close(self) -> None:
        """Close the file. Orders that are placed after it are refused."""
        with self._lock:
            self._is_closed = True
            self._close_file()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- the file; under the lock ---

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        flags |= getattr(os, "O_BINARY", 0)
        self._file = os.open(self.path, flags, _MODE)
        try:
            if hasattr(os, "fchmod") and stat.S_ISREG(os.fstat(self._file).st_mode):
                with contextlib.suppress(PermissionError):  # another user's file
                    os.fchmod(self._file, _MODE)
            size = os.lseek(self._file, 0, os.SEEK_END)
            if size:
                # A crash may have torn the last line. It stays as it is, and no line of ours is
                # joined to it.
                os.lseek(self._file, size - 1, os.SEEK_SET)
                self._is_torn = os.read(self._file, 1) != b"\n"
        except BaseException:
            self._close_file()
            raise

    def _close_file(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    def _append(self, line: bytes, fsync: bool) -> None:
        if self._is_closed:
            raise OSError("the ledger is closed")
        if self._file < 0:
            self._open()
        whole = b"\n" + line if self._is_torn else line
        written = os.write(self._file, whole)
        if written < len(whole):  # the disk is full
            self._is_torn = written > 0 or self._is_torn
            raise OSError(
                f"only {written} of {len(whole)} bytes were written; the disk may be full"
            )
        self._is_torn = False
        if fsync:
            os.fsync(self._file)

    def _write(self, kind: str, order_id: int | None, data: dict[str, Any]) -> None:
        """Write an entry. Raise OSError if that fails."""
        with self._lock:
            session = self._client._ibapi_port.session
            if session is not self._session:
                self._session = session
                self._sessions += 1
            self._number += 1
            when = datetime.fromtimestamp(self._clock(), timezone.utc)
            entry = {
                "v": VERSION,
                "time": f"{when:%Y-%m-%dT%H:%M:%S.%f}Z",
                "run": self._run,
                "n": self._number,
                "session": self._sessions,
                "client": self._client.clientId,
                "kind": kind,
            }
            if order_id is not None:
                entry["order_id"] = order_id
            line = json.dumps(entry | data, default=str, ensure_ascii=True) + "\n"
            self._append(line.encode(), self._fsync and kind in (*_KINDS.values(), "change"))

    def _note(self, kind: str, order_id: int | None, data: dict[str, Any]) -> None:
        """Write an entry; if that fails, log it and go on."""
        try:
            self._write(kind, order_id, data)
        except (OSError, ValueError) as e:
            self._failed(kind, e)

    def _failed(self, kind: str, e: Exception) -> None:
        with self._lock:
            self.failed += 1
        logger.error("the ledger %s did not take an entry (%s): %s", self.path, kind, _why(e))

    # --- at the seams ---

    def _on_request(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name not in _KINDS:
            return
        kind, order_id, data = self._entry(name, arguments)
        try:
            self._write(kind, order_id, data)
        except (OSError, ValueError) as e:
            self._failed(kind, e)
            if kind in _MAY_REFUSE and not self._go_on:
                start = "Modify order failed" if kind == "change" else "Order rejected - reason"
                text = f"{start}: guard ledger: {self.path} cannot be written ({_why(e)})"
                code = _CHANGE_FAILED if kind == "change" else _REJECTED
                raise Refused(f"{text}; nothing was sent.", code) from None
        self._within.written = (arguments, kind)
        if kind == "place" and order_id is not None and not _only_asks(data):
            with self._lock:
                self._orders.add(order_id)

    def _entry(
        self, name: str, arguments: tuple[Any, ...]
    ) -> tuple[str, int | None, dict[str, Any]]:
        """Return kind, order id and particulars of a request."""
        kind = _KINDS[name]
        order_id: int | None = None
        if len(arguments) == 1 and hasattr(arguments[0], "DESCRIPTOR"):
            data = plain(arguments[0])
            if "orderId" in data and kind != "exercise":
                order_id = data.pop("orderId")
        elif kind == "place":
            order_id = _id(arguments[0])
            data = {"contract": plain(arguments[1]), "order": plain(arguments[2])}
        elif kind == "cancel":
            order_id = _id(arguments[0])
            data = {"cancel": plain(arguments[1])} if arguments[1:2] else {}
        elif kind == "exercise":
            names = ("request", "contract", "action", "quantity", "account")
            data = {key: plain(value) for key, value in zip(names, arguments, strict=False)}
        else:
            data = {}
        if kind == "place" and order_id in self._orders:
            kind = "change"
        return kind, order_id, data

    def _on_refused(self, name: str, arguments: tuple[Any, ...], code: int, text: str) -> None:
        if name not in _KINDS:
            return
        kind, order_id, data = self._entry(name, arguments)
        written, as_what = getattr(self._within, "written", None) or (None, "")
        if written is arguments:  # its id is among those that are out by now
            kind = as_what
            if kind == "place" and code != _MAYBE_SENT and order_id is not None:
                with self._lock:
                    self._orders.discard(order_id)
        particulars = {"request": kind, "code": code, "text": text, **data}
        self._note("refused", order_id, particulars)

    def _told_error(self, order_id: int, code: int, text: str) -> None:
        if order_id in self._orders:
            self._note("error", order_id, {"code": code, "text": text})


class _Listener:
    """What the ledger hears, before the program does."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def openOrder(self, orderId: int, contract: Any, order: Any, orderState: Any) -> None:
        data = {"contract": contract, "order": order, "state": orderState}
        if order.clientId == self._ledger._client.clientId and orderId > 0 and not order.whatIf:
            with self._ledger._lock:
                self._ledger._orders.add(orderId)
        self._ledger._note("open_order", orderId, {k: plain(v) for k, v in data.items()})

    def orderStatus(self, orderId: int, *told: Any) -> None:
        names = (
            *("status", "filled", "remaining", "avgFillPrice", "permId", "parentId"),
            *("lastFillPrice", "clientId", "whyHeld", "mktCapPrice"),
        )
        self._ledger._note("status", orderId, dict(zip(names, map(plain, told), strict=False)))

    def execDetails(self, reqId: int, contract: Any, execution: Any) -> None:
        data = {"contract": plain(contract), "execution": plain(execution), "request": reqId}
        self._ledger._note("execution", execution.orderId, data)

    def commissionAndFeesReport(self, commissionAndFeesReport: Any) -> None:
        self._ledger._note("commission", None, {"commission": plain(commissionAndFeesReport)})

    def completedOrder(self, contract: Any, order: Any, orderState: Any) -> None:
        data = {"contract": contract, "order": order, "state": orderState}
        self._ledger._note("completed", order.orderId, {k: plain(v) for k, v in data.items()})

    def error(self, reqId: int, errorTime: int, errorCode: int, errorString: str, *_: Any) -> None:
        self._ledger._told_error(reqId, errorCode, errorString)


def _id(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _only_asks(data: dict[str, Any]) -> bool:
    return data.get("order", {}).get("whatIf") in (True, "1")


def _why(e: Exception) -> str:
    return getattr(e, "strerror", None) or str(e)


__all__ = ["Ledger"]

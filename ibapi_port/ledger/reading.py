"""Reading a ledger: its entries, and what is known of each order."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

_MAYBE_SENT = 504
_START = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Entry(NamedTuple):
    """One line. `kind` is one of

    - place, change, cancel, cancel_all, exercise: a request, written before it was sent;
    - refused: a request that was not sent (504: a part of it may have been);
    - open_order, status, execution, commission, completed, error: what TWS has told;
    - torn: a line that cannot be read, as a crash leaves it; its text is in data["text"].
    """

    line: int
    time: datetime
    kind: str
    run: str
    session: int
    client_id: int
    order_id: int | None
    data: Mapping[str, Any]


_HEAD = ("v", "time", "run", "n", "session", "client", "kind", "order_id")


def read(path: str | os.PathLike[str]) -> Iterator[Entry]:
    """Yield the entries of a ledger. No line is left out: one that cannot be read is an entry of
    the kind "torn".
    """
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            yield _entry(number, line)


def _entry(number: int, line: bytes) -> Entry:
    try:
        row = json.loads(line)
        when = datetime.strptime(row["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
        order_id = row.get("order_id")
        if not line.endswith(b"\n"):
            raise ValueError("the line has no end")
        return Entry(
            line=number,
            time=when.replace(tzinfo=timezone.utc),
            kind=str(row["kind"]),
            run=str(row["run"]),
            session=int(row["session"]),
            client_id=int(row["client"]),
            order_id=None if order_id is None else int(order_id),
            data={key: value for key, value in row.items() if key not in _HEAD},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        text = line.decode("utf-8", "replace").rstrip("\n")
        return Entry(number, _START, "torn", "", 0, 0, None, {"text": text})


class OrderState:
    """What a ledger knows of one order.

    `status` is TWS's word (Submitted, Filled, Cancelled, ...), or one of ours: "refused" (never
    sent), "rejected" (by TWS), "sent" (it was about to be sent, and nothing came back).
    """

    def __init__(self, client_id: int, order_id: int) -> None:
        self.client_id = client_id
        self.order_id = order_id
        self.perm_id = 0
        self.status = ""
        self.contract: Mapping[str, Any] = {}
        self.order: Mapping[str, Any] = {}
        self.filled = Decimal(0)
        self.remaining: Decimal | None = None
        self.executions: dict[str, Mapping[str, Any]] = {}  # by execId without its revision
        self.commissions: dict[str, Mapping[str, Any]] = {}
        self.cancel_sent = False
        self.errors: list[tuple[int, str]] = []
        self.first: datetime | None = None
        self.last: datetime | None = None

    @property
    def is_uncertain(self) -> bool:
        """Whether the order may or may not have reached TWS: it was about to be sent, and nothing
        came back.
        """
        return self.status == "sent"

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come of the order."""
        return self.status in _OVER

    def __repr__(self) -> str:
        symbol = self.contract.get("symbol", "")
        return f"OrderState({self.client_id}, {self.order_id}, {symbol!r}, {self.status!r})"


_FOR_GOOD = frozenset({"Filled", "Cancelled", "ApiCancelled"})
_OVER = frozenset({"Filled", "Cancelled", "ApiCancelled", "Inactive", "refused", "rejected"})


def states(entries: Iterable[Entry]) -> dict[tuple[int, int], OrderState]:
    """Return what is known of each order, by client id and order id; one that was made in TWS's
    window has its permId as a negative number. Orders that only asked (whatIf) are left out.
    """
    found: dict[tuple[int, int], OrderState] = {}
    by_execution: dict[str, OrderState] = {}
    early: dict[str, Mapping[str, Any]] = {}  # commissions that came before their execution
    for entry in entries:
        if entry.kind == "commission":
            report = entry.data.get("commission", {})
            base = _base(report.get("execId", ""))
            if base in by_execution:
                by_execution[base].commissions[base] = report
            else:
                early[base] = report
            continue
        if entry.order_id is None or _asks(entry):
            continue
        client_id = _client_of(entry)
        key = client_id, entry.order_id if entry.order_id > 0 else -_perm_id_of(entry)
        state = found.get(key)
        if state is None:
            if entry.kind in ("cancel", "error", "torn"):
                continue  # of an order that is not in the ledger
            state = found[key] = OrderState(*key)
        state.first = state.first or entry.time
        state.last = entry.time
        _APPLY.get(entry.kind, _nothing)(state, entry.data)
        if entry.kind == "execution":
            base = _base(entry.data.get("execution", {}).get("execId", ""))
            by_execution[base] = state
            if base in early:
                state.commissions[base] = early.pop(base)
    return found


def _client_of(entry: Entry) -> int:
    """Return the client whose order it is: answers tell of those of other clients, too."""
    data = entry.data
    for place in ("execution", "order"):
        # a client id of 0 is left out of what is written
        if place in data and entry.kind in ("execution", "open_order", "completed"):
            return int(data[place].get("clientId", 0))
    if entry.kind == "status":
        return int(data.get("clientId", entry.client_id))
    return entry.client_id


def _perm_id_of(entry: Entry) -> int:
    """Return the permId of an order that was made in TWS's window, which has no id of its own."""
    data = entry.data
    for place in (data.get("execution"), data.get("order"), data):
        if isinstance(place, Mapping) and place.get("permId"):
            return int(place["permId"])
    return 0


def _asks(entry: Entry) -> bool:
    order = entry.data.get("order")
    return isinstance(order, Mapping) and order.get("whatIf") in (True, 1, "1")


def _place(state: OrderState, data: Mapping[str, Any]) -> None:
    state.contract = data.get("contract", {})
    state.order = data.get("order", {})
    if not state.status or state.status == "refused":
        state.status = "sent"


def _cancel(state: OrderState, data: Mapping[str, Any]) -> None:
    state.cancel_sent = True


def _refused(state: OrderState, data: Mapping[str, Any]) -> None:
    code = int(data.get("code", 0))
    state.errors.append((code, str(data.get("text", ""))))
    # 504 without an entry that the order was about to be sent: there was no connection at all
    is_sure = code != _MAYBE_SENT or not state.status
    if data.get("request") == "place" and state.status in ("", "sent", "refused") and is_sure:
        state.contract = data.get("contract", state.contract)
        state.order = data.get("order", state.order)
        state.status = "refused"


def _open_order(state: OrderState, data: Mapping[str, Any]) -> None:
    state.contract = data.get("contract", state.contract)
    state.order = data.get("order", state.order)
    state.perm_id = int(state.order.get("permId", state.perm_id))
    status = data.get("state", {}).get("status", "")
    # a list of open orders may be older than the status that came before it
    if status and (not state.status or not state.is_over):
        state.status = status


def _completed(state: OrderState, data: Mapping[str, Any]) -> None:
    state.contract = data.get("contract", state.contract)
    state.order = data.get("order", state.order)
    state.status = data.get("state", {}).get("status", "") or state.status


def _status(state: OrderState, data: Mapping[str, Any]) -> None:
    told = data.get("status") or state.status
    # an order that is filled or cancelled stays so, whatever comes late
    if told in _OVER or state.status not in _FOR_GOOD:
        state.status = told
    state.perm_id = int(data.get("permId") or state.perm_id)
    state.filled = max(state.filled, _decimal(data.get("filled")))
    if data.get("remaining") is not None:
        state.remaining = _decimal(data.get("remaining"))


def _execution(state: OrderState, data: Mapping[str, Any]) -> None:
    execution = data.get("execution", {})
    base = _base(execution.get("execId", ""))
    known = state.executions.get(base)
    if known is not None and _revision(known) > _revision(execution):
        return
    state.executions[base] = execution
    shares = sum((_decimal(e.get("shares")) for e in state.executions.values()), Decimal(0))
    state.filled = max(state.filled, shares)
    state.contract = state.contract or data.get("contract", {})
    if state.status in ("", "sent", "refused"):
        state.status = "Submitted"  # TWS has it: a part of it is filled


def _error(state: OrderState, data: Mapping[str, Any]) -> None:
    from ..error_codes import lookup

    code, text = int(data.get("code", 0)), str(data.get("text", ""))
    state.errors.append((code, text))
    advice = lookup(code, text)
    # also what refuses any request, such as 200, if the order has no other answer
    if advice is not None and advice.effect in ("order", "request") and state.status == "sent":
        state.status = "Cancelled" if code == _CANCELLED else "rejected"


_CANCELLED = 202


def _nothing(state: OrderState, data: Mapping[str, Any]) -> None:
    """A kind of entry that says nothing of a state."""


_APPLY = {
    "place": _place,
    "change": _place,
    "cancel": _cancel,
    "refused": _refused,
    "open_order": _open_order,
    "completed": _completed,
    "status": _status,
    "execution": _execution,
    "error": _error,
}


def _base(exec_id: str) -> str:
    """Return an execId without its revision: "0000e0d5.01" is "0000e0d5"."""
    return exec_id.rpartition(".")[0] or exec_id


def _revision(execution: Mapping[str, Any]) -> str:
    return str(execution.get("execId", "")).rpartition(".")[2]


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value)) if value is not None else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


__all__ = ["Entry", "OrderState", "read", "states"]

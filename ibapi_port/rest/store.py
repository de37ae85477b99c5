"""What outlives a crash: keys of requests that place orders, order events, orders that wait."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from .one_server import OneServer

_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, hash TEXT NOT NULL, client_id INTEGER NOT NULL, state TEXT NOT NULL,
    ids TEXT NOT NULL, status INTEGER, answer BLOB, time REAL NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    n INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, event TEXT NOT NULL,
    order_id INTEGER, perm_id INTEGER, client_id INTEGER, account TEXT, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS events_of_order ON events (order_id);
CREATE TABLE IF NOT EXISTS waiting (
    id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL, state TEXT NOT NULL, body BLOB NOT NULL,
    ids TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
KEEP_EVENTS = 30 * 86400.0
KEEP_KEYS = 30 * 86400.0
IDS_AT_A_TIME = 100  # order ids that are written down together
AT_A_TIME = 1000  # rows that are forgotten
CACHE = 512  # KiB of the file that each connection keeps in memory: it is written, hardly read
# Keys that are kept however old they are: a clock that jumps forward by a month must not make a key
# new, under which an order was placed today.
KEEP_LAST_KEYS = 10_000
# Seconds for which a write waits for another program that writes into the file. The event loop, and
# so everybody, waits meanwhile.
PATIENCE = 0.5
MOST_UNKEPT = 10_000  # events that wait until the file takes them


class Key(NamedTuple):
    """A request that was made under an Idempotency-Key.

    state: "reserved" (nothing was sent), "sent" (its bytes may be out), "done" (it was answered).
    """

    key: str
    hash: str
    client_id: int
    state: str
    ids: list[int]
    status: int
    answer: bytes
    age: float  # seconds since it was sent, as far as this run of the server knows


class Store:
    """An SQLite file. ":memory:" is forgotten at the end. Used in the event loop's thread alone.

    sqlite3.Error is raised where the file cannot be read or written.
    """

    def __init__(self, path: str) -> None:
        """OSError: the file cannot be used, or another server uses it."""
        self._only = contextlib.ExitStack()
        if path != ":memory:":
            self._only.enter_context(OneServer(path))
            # orders and accounts are nobody else's business
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            self._open(path)
        except sqlite3.Error as e:
            self._only.close()
            raise OSError(f"{path}: it cannot be used as the state file: {e}") from None

    def _open(self, path: str) -> None:
        self._base = sqlite3.connect(path, PATIENCE, isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        # What says that an order is about to be sent is on the disk before it is: each of these
        # writes waits for the disk, with all that was written before it.
        self._base.execute("PRAGMA synchronous=FULL")
        self._base.executescript(_SCHEMA)
        # What comes after (answers, events) does not wait. It outlives a crash of the server; the
        # last of it may be lost with the machine's power, and is then asked of TWS. NORMAL, not
        # OFF: the file must stay whole then.
        self._fast = self._base
        if path != ":memory:":
            self._fast = sqlite3.connect(path, PATIENCE, isolation_level=None)
            self._fast.execute("PRAGMA synchronous=NORMAL")
        for each in (self._base, self._fast):
            each.execute(f"PRAGMA cache_size=-{CACHE}")
        # By a clock that nobody sets: what was sent before the start is as old as the run.
        self._opened = time.monotonic()
        self._sent_at: dict[str, float] = {}
        self._written_ids: dict[int, int] = {}  # by client id: up to which order ids are used up
        # events that the file did not take: a full disk may have room again later
        self._unkept: deque[tuple[object, ...]] = deque(maxlen=MOST_UNKEPT)
        while self.forget_old():
            pass

    def forget_old(self) -> int:
        """Forget events and keys that are older than 30 days, some at a time: the event loop waits
        meanwhile. Return how many they were.
        """
        now = time.time()
        gone = 0
        for table, number, keep, which in (
            ("events", "n", KEEP_EVENTS, "1"),
            ("keys", "rowid", KEEP_KEYS,
             f"state = 'done' AND n <= (SELECT max(rowid) FROM keys) - {KEEP_LAST_KEYS}"),
        ):  # fmt: skip
            oldest = f"SELECT {number} AS n, * FROM {table} ORDER BY {number} LIMIT {AT_A_TIME}"
            old = f"SELECT n FROM ({oldest}) WHERE time < ? AND {which}"
            cursor = self._base.execute(
                f"DELETE FROM {table} WHERE {number} IN ({old})", (now - keep,)
            )
            gone += cursor.rowcount
        return gone

    def close(self) -> None:
        """Close the file."""
        if self._fast is not self._base:
            self._fast.close()
        self._base.close()
        self._only.close()

    # --- keys ---

    def key(self, key: str) -> Key | None:
        """Return what is known of a key, None if it was never used."""
        row = self._base.execute("SELECT * FROM keys WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        age = time.monotonic() - self._sent_at.get(key, self._opened)
        return Key(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5] or 0, row[6] or b"",
                   age)  # fmt: skip

    def reserve(self, key: str, body_hash: str, client_id: int) -> None:
        """Take a key, before anything is sent."""
        self._fast.execute(
            "INSERT INTO keys VALUES (?, ?, ?, 'reserved', '[]', NULL, NULL, ?)",
            (key, body_hash, client_id, time.time()),
        )

    def sending(self, key: str, ids: list[int]) -> None:
        """Write down under which order ids a request is sent, before it is."""
        self._sent_at[key] = time.monotonic()
        self._base.execute(
            "UPDATE keys SET state = 'sent', ids = ?, time = ? WHERE key = ?",
            (json.dumps(ids), time.time(), key),
        )

    def answered(self, key: str, status: int, answer: bytes) -> None:
        """Keep the answer for who asks again."""
        self._sent_at.pop(key, None)
        self._fast.execute(
            "UPDATE keys SET state = 'done', status = ?, answer = ? WHERE key = ?",
            (status, answer, key),
        )

    def release(self, key: str) -> None:
        """Give a key back of which nothing was sent."""
        self._fast.execute("DELETE FROM keys WHERE key = ? AND state = 'reserved'", (key,))

    # --- order ids ---

    def last_order_id(self, client_id: int) -> int:
        """Return up to which order id a client may have used them, 0 if it has used none."""
        return int(self.fact(f"order id {client_id}") or 0)

    def used_order_id(self, client_id: int, order_id: int) -> None:
        """Write down that an order id is used, before it is: with those that follow, so that not
        each order waits for the disk. A restart goes on above them.
        """
        written = self._written_ids.get(client_id)
        if written is None:
            written = self.last_order_id(client_id)
        if order_id > written:
            written = order_id + IDS_AT_A_TIME - 1
            self.set_fact(f"order id {client_id}", str(written))
        self._written_ids[client_id] = written

    # --- facts ---

    def fact(self, name: str) -> str:
        """Return a text that was kept, "" if there is none."""
        row = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def set_fact(self, name: str, value: str) -> None:
        """Keep a text."""
        self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    # --- order events ---

    def add_event(self, event: str, ids: Mapping[str, int], account: str, data: bytes) -> int:
        """Keep an event of an order. Return its number. sqlite3.Error: the file does not take it
        now; it is kept with the next event.
        """
        self._unkept.append(
            (time.time(), event, ids["orderId"], ids["permId"], ids["clientId"], account, data)
        )
        return self._keep_events()

    def _keep_events(self) -> int:
        """Write the events that wait. Return the number of the last one."""
        n = 0
        while self._unkept:
            cursor = self._fast.execute(
                "INSERT INTO events (time, event, order_id, perm_id, client_id, account, data) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                self._unkept[0],
            )
            self._unkept.popleft()
            n = int(cursor.lastrowid or 0)
        return n

    def events(
        self,
        since: int = 0,
        event: str = "",
        order_id: int | None = None,
        account: str = "",
        most: int = 10_000,
    ) -> list[tuple[int, float, str, bytes]]:
        """Return events after a number, or the newest ones: number, time, name, JSON of each."""
        where = ["n > ?"]
        values: list[object] = [since]
        for column, value in (("event", event), ("order_id", order_id), ("account", account)):
            if value not in ("", None):
                where.append(f"{column} = ?")
                values.append(value)
        # without a number, the newest ones
        order = "n" if since else "n DESC"
        text = f"SELECT n, time, event, data FROM events WHERE {' AND '.join(where)}"
        found = self._fast.execute(f"{text} ORDER BY {order} LIMIT {int(most)}", values)
        return sorted(found)

    def has_fill(self, order_id: int, exec_id: str) -> bool:
        """Return whether an execution of an order is among the events."""
        wanted = json.dumps(exec_id).encode()
        return any(wanted in data for _, _, _, data in self.events(0, "execDetails", order_id))

    def last(self) -> int:
        """Return the number of the newest event."""
        row = self._fast.execute("SELECT max(n) FROM events").fetchone()
        return row[0] or 0

    # --- orders that wait for another one's fill ---

    def wait_for(self, order_id: int, client_id: int, body: bytes) -> None:
        """Keep orders that are to be sent once another one is filled."""
        self._base.execute(
            "INSERT OR REPLACE INTO waiting VALUES (?, ?, 'waiting', ?, '[]')",
            (order_id, client_id, body),
        )

    def waiting(self, client_id: int) -> list[tuple[int, str, bytes, list[int]]]:
        """Return orders that wait: id of the first one, state, JSON, ids under which they go."""
        rows = self._base.execute(
            "SELECT id, state, body, ids FROM waiting WHERE client_id = ?", (client_id,)
        ).fetchall()
        return [(row[0], row[1], row[2], json.loads(row[3])) for row in rows]

    def waiting_sent(self, order_id: int, ids: list[int], body: bytes) -> None:
        """Write down that they are sent, and as what, before they are."""
        self._base.execute(
            "UPDATE waiting SET state = 'sent', ids = ?, body = ? WHERE id = ?",
            (json.dumps(ids), body, order_id),
        )

    def waiting_over(self, order_id: int) -> None:
        """They are out, or never will be."""
        self._base.execute("DELETE FROM waiting WHERE id = ?", (order_id,))
        self._base.execute("DELETE FROM facts WHERE name = ?", (_quantity_of(order_id),))

    def keep_quantity(self, order_id: int, quantity: Decimal) -> None:
        """Keep how large an order is for which others wait: TWS's lists may not tell it later."""
        self.set_fact(_quantity_of(order_id), str(quantity))

    def quantity(self, order_id: int) -> Decimal:
        """Return how large an order is for which others wait, 0 if it was not kept."""
        return Decimal(self.fact(_quantity_of(order_id)) or 0)


def _quantity_of(order_id: int) -> str:
    return f"quantity of order {order_id}"


__all__ = ["Key", "Store"]

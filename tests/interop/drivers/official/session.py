"""A connection by IB's official `ibapi`, whichever generation is installed, that keeps every
callback with its values by name.
"""

from __future__ import annotations

import inspect
import itertools
import logging
import threading
import time
from types import SimpleNamespace

from checks import Absent, Control
from ibapi.client import EClient
from ibapi.wrapper import EWrapper

NOTICES = {202, 399, 2100, 2103, 2104, 2105, 2106, 2107, 2108, 2109, 2119, 2157, 2158, 10349}
RENAMED = {"commissionReport": "commission", "commissionAndFeesReport": "commission"}
PATIENCE = 10.0  # seconds


class App(EWrapper, EClient):
    def __init__(self):
        EClient.__init__(self, self)


class Complaints(logging.Handler):
    """What the client's decoder logs as an error."""

    def __init__(self, to):
        super().__init__(logging.ERROR)
        self._to = to

    def emit(self, record):
        self._to.append(record.getMessage())


class Session:
    """As a context manager it is connected inside the `with`; unexpected errors fail at its end."""

    _ids = itertools.count(
        101
        # of clients: a new one each time, as older clients keep their sockets for a second after
        # disconnect()
    )

    def __init__(self, port, control, client_id=None):
        self.port, self._control = port, control
        self.client_id = next(self._ids) if client_id is None else client_id
        self.control = Control(control)
        self.heard, self._allowed, self._complaints = [], set(), []
        self._arrived = threading.Condition()
        self.client = App()
        for name, method in inspect.getmembers(EWrapper, inspect.isfunction):
            if not name.startswith("_") and name not in ("logAnswer", "winError"):
                setattr(
                    self.client,
                    name,
                    self._recorder(RENAMED.get(name, name), inspect.signature(method)),
                )
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._last_id = 1000
        self.next_order_id = 0

    def _recorder(self, name, signature):
        def record(*args, **values):
            bound = signature.bind(None, *args, **values)
            bound.apply_defaults()
            with self._arrived:
                self.heard.append(
                    (
                        name,
                        SimpleNamespace(
                            **{key: each for key, each in bound.arguments.items() if key != "self"}
                        ),
                    )
                )
                self._arrived.notify_all()

        return record

    def _run(self):
        try:
            self.client.run()
        except (
            BaseException
        ) as e:  # the client's own fault, or the simulator's: to be told either way
            self._complaints.append(f"run() ended: {type(e).__name__}: {e}")

    def __enter__(self):
        self._logger = Complaints(self._complaints)
        logging.getLogger().addHandler(self._logger)
        self.client.connect("127.0.0.1", self.port, self.client_id)
        self._thread.start()
        self.next_order_id = self.until("nextValidId").orderId
        self.until("managedAccounts")
        return self

    def __exit__(self, kind, error, tb):
        self.client.disconnect()
        logging.getLogger().removeHandler(self._logger)
        if kind is not Absent:
            assert not self._complaints, (
                f"{error or ''} the client complains: {self._complaints[:2]}"
            )
            wrong = [
                f"{each.errorCode} {each.errorString}"
                for each in self.all("error")
                if each.errorCode not in NOTICES | self._allowed
            ]
            assert not wrong, f"{error or ''} errors: {wrong[:3]}"

    def second(self, client_id):
        """Another client of the same TWS."""
        return Session(self.port, self._control, client_id)

    def allow(self, *codes):
        """These errors are meant to come."""
        self._allowed.update(codes)

    def id(self):
        self._last_id += 1
        return self._last_id

    def ask(self, method, *args):
        """Call a request, with as many of these arguments as it takes in this generation."""
        bound = getattr(self.client, method, None)
        if bound is None:
            raise Absent(method)
        bound(*args[: len(inspect.signature(bound).parameters)])

    def settle(self):
        """TWS has got all requests so far."""
        before = len(self.all("currentTime"))
        self.ask("reqCurrentTime")
        self.until("currentTime", where=lambda _: len(self.all("currentTime")) > before)

    def needs(self, callback):
        """Absent, if this generation does not have it."""
        if not hasattr(EWrapper, callback):
            raise Absent(callback)

    def all(self, *names, **values):
        """The callbacks of these names so far, with these values."""
        with self._arrived:
            return [
                told
                for name, told in self.heard
                if name in names
                and all(getattr(told, key, None) == each for key, each in values.items())
            ]

    def until(self, name, where=lambda told: True, seconds=PATIENCE, **values):
        """Wait for a callback with these values, for which `where` holds."""
        deadline = time.monotonic() + seconds
        with self._arrived:
            while True:
                for told in self.all(name, **values):
                    if where(told):
                        return told
                if (
                    not self._arrived.wait(deadline - time.monotonic())
                    and time.monotonic() >= deadline
                ):
                    errors = [
                        f"{each.errorCode} {each.errorString}"
                        for each in self.all("error")
                        if each.errorCode not in NOTICES
                    ]
                    raise AssertionError(
                        f"no {name} {values or ''} {errors or ''} {self._complaints or ''}"
                    )

"""A connection by ib_async, or by ib_insync, from which it comes."""

from __future__ import annotations

import itertools
import logging

from checks import Absent, Control, soon

try:
    import ib_async as api
except ImportError:
    import ib_insync as api

NOTICES = {202, 399, 2100, 2103, 2104, 2105, 2106, 2107, 2108, 2109, 2119, 2157, 2158, 10349}
PATIENCE = 15.0  # seconds


class Complaints(logging.Handler):
    """What the client logs as an error, but for TWS's own errors, which have an event."""

    def __init__(self, to):
        super().__init__(logging.ERROR)
        self._to = to

    def emit(self, record):
        text = record.getMessage()
        if not text.startswith("Error ") and "Peer closed connection" not in text:
            self._to.append(text + (f" {record.exc_info[1]!r}" if record.exc_info else ""))


class Session:
    """As a context manager it is connected, and synchronized, inside the `with`; unexpected errors
    fail at its end.
    """

    _ids = itertools.count(101)

    def __init__(self, port, control, client_id=None):
        self.port, self._control = port, control
        self.client_id = next(self._ids) if client_id is None else client_id
        self.control = Control(control)
        self.errors, self._allowed, self._complaints = [], set(), []
        self.ib = api.IB()
        self.ib.RequestTimeout = PATIENCE
        self.ib.errorEvent += lambda request, code, text, contract: self.errors.append(
            (request, code, text)
        )

    def __enter__(self):
        self._logger = Complaints(self._complaints)
        logging.getLogger().addHandler(self._logger)
        self.ib.connect("127.0.0.1", self.port, clientId=self.client_id, timeout=PATIENCE)
        return self

    def __exit__(self, kind, error, tb):
        self.ib.disconnect()
        logging.getLogger().removeHandler(self._logger)
        if kind is not Absent:
            assert not self._complaints, (
                f"{error or ''} the client complains: {self._complaints[:2]}"
            )
            wrong = [
                f"{code} {text}"
                for _, code, text in self.errors
                if code not in NOTICES | self._allowed
            ]
            assert not wrong, f"{error or ''} errors: {wrong[:3]}"

    def second(self, client_id):
        """Another client of the same TWS."""
        return Session(self.port, self._control, client_id)

    def allow(self, *codes):
        """These errors are meant to come."""
        self._allowed.update(codes)

    def settle(self):
        """TWS has got all requests so far."""
        self.ib.reqCurrentTime()

    def until(self, condition, what):
        """Let the event loop run until something holds; what it is then."""
        return soon(condition, what, self.ib.sleep)

    def error(self, *codes):
        """Wait for an error."""
        return self.until(
            lambda: [text for _, code, text in self.errors if code in codes],
            f"error {codes} {self.errors}",
        )[0]

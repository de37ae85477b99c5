"""Find out why a program cannot connect to TWS, or gets no data.

from ibapi_port.doctor import examine

report = examine("127.0.0.1", 7497)
report.status, [finding.text for finding in report.problems]

Everything is only read: no order is sent, and nothing of TWS is changed. `python -m ibapi_port
doctor` prints the same.
"""

from __future__ import annotations

from .examination import examine
from .findings import LEVELS, STATUSES, Finding, Report

__all__ = ["LEVELS", "STATUSES", "Finding", "Report", "examine"]

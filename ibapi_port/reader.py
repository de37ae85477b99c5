"""The EReader thread and the signals that it wakes the processing thread by, under the names that
programs import.
"""

from __future__ import annotations

from ._client.reader import EJavaSignal, EReader, EReaderMonitorSignal, EReaderSignal

__all__ = ["EJavaSignal", "EReader", "EReaderMonitorSignal", "EReaderSignal"]

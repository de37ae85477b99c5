"""No test passes while ibapi_port fails: an ERROR of the protocol's own is an error of the test."""

from __future__ import annotations

from .helpers import no_failures

__all__ = ["no_failures"]

"""What the doctor finds, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

LEVELS = ("ok", "note", "warning", "problem")

# What decides the exit status, the first of these that was found. Another warning or problem is 1.
STATUSES: Mapping[str, int] = {
    "refused": 3,
    "silent": 4,
    "http": 5,
    "tls": 5,
    "other_program": 5,
    "closed_at_once": 6,
    "not_reached": 7,
    "redirected": 7,
    "version": 8,
    "not_ready": 9,
    "client_id_in_use": 10,
    "lost": 11,
    "no_connection_to_ib": 12,
    "read_only": 13,
}
WELL = 0
SOMETHING = 1  # a warning or problem that has no status of its own


class Finding(NamedTuple):
    """One result. `name` is for programs, `check` says which check it belongs to, `cure` what
    helps; `code` is TWS's error code where there was one.
    """

    name: str
    check: str
    level: str
    text: str
    cure: str = ""
    code: int = 0
    details: Mapping[str, Any] = {}

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON has it."""
        return {**self._asdict(), "details": dict(self.details)}


class Report:
    """All findings of one examination, in order."""

    def __init__(self, progress: Callable[[Finding], object] | None = None) -> None:
        self.findings: list[Finding] = []
        self._progress = progress

    def add(
        self,
        name: str,
        check: str,
        level: str,
        text: str,
        cure: str = "",
        code: int = 0,
        **details: Any,
    ) -> None:
        """Note a finding, and show it to who watches."""
        finding = Finding(name, check, level, text, cure, code, details)
        self.findings.append(finding)
        if self._progress is not None:
            self._progress(finding)

    @property
    def problems(self) -> list[Finding]:
        """The findings that are warnings or problems."""
        return [f for f in self.findings if f.level in ("warning", "problem")]

    @property
    def status(self) -> int:
        """The exit status: 0 if all is well, else that of the gravest finding."""
        found = {finding.name for finding in self.problems}
        for name, status in STATUSES.items():
            if name in found:
                return status
        return SOMETHING if found else WELL

    def __contains__(self, name: str) -> bool:
        return any(finding.name == name for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return {"status": self.status, "findings": [f.as_dict() for f in self.findings]}


__all__ = ["LEVELS", "SOMETHING", "STATUSES", "WELL", "Finding", "Report"]

"""What the acceptance scenarios have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any, TypeVar

from ibapi_port.automater import ErrorCode
from ibapi_port.automater.simulated import Dialog

from .rigs import Rig

F = TypeVar("F", bound=Callable[..., Any])
NEW_YORK = timezone(timedelta(hours=-5))
TOTP = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PUSH = "Second Factor Authentication"


def on_swing(test: F) -> F:
    """Mark a test that runs on Swing in each run."""
    test.on_swing = ("", "ci")  # type: ignore[attr-defined]
    return test


def on_swing_in_ci(test: F) -> F:
    """Mark a test that runs on Swing where AUTOMATER_FULL=ci, as `.ci/run` sets it."""
    test.on_swing = ("ci",)  # type: ignore[attr-defined]
    return test


def push(closes_after: float | None) -> Dialog:
    return Dialog(
        PUSH, "Check your phone", ("Cancel",), then={"Cancel": "form"}, closes_after=closes_after
    )


def failed(rig: Rig, code: ErrorCode) -> str:
    """Start, and see it fail with a code and end; return the detail."""
    result = rig.start()
    assert (result.ErrorCode, rig.automater.GetLastStartResult().ErrorCode) == (code, code), (
        result,
        rig.heard.lines,
    )
    rig.until(lambda: rig.heard.exits)
    assert not rig.automater.IsRunning()
    assert rig.running() == []
    return result.detail


def started(rig: Rig) -> None:
    result = rig.start()
    assert not result.HasError, (result, rig.heard.lines)
    assert rig.automater.is_ready
    assert rig.automater.IsRunning()

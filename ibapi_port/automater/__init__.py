"""IB Gateway started, logged in and kept running: what IBAutomater does for .NET.

    from ibapi_port.automater import IBAutomater

    with IBAutomater("~/Jts", "1030", "user", "keyring:ibapi_port", "paper", 4002) as automater:
        result = automater.Start(False)
        if result.HasError:
            print(result.ErrorMessage)

docs/automater.md tells how it is used, and what it cannot do.
"""

from __future__ import annotations

from .automater import IBAutomater
from .config import Config
from .credentials import CredentialsError, Secret
from .events import Event
from .result import (
    ErrorCode,
    ErrorDataReceivedEventArgs,
    EventArgs,
    ExitedEventArgs,
    OutputDataReceivedEventArgs,
    StartResult,
)
from .rules import Rule, Step
from .signals import State
from .user_rules import RuleError

__all__ = [
    "Config",
    "CredentialsError",
    "ErrorCode",
    "ErrorDataReceivedEventArgs",
    "Event",
    "EventArgs",
    "ExitedEventArgs",
    "IBAutomater",
    "OutputDataReceivedEventArgs",
    "Rule",
    "RuleError",
    "Secret",
    "StartResult",
    "State",
    "Step",
]

"""What a start came to: the error codes with their numbers and texts, and the events' arguments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ErrorCode(IntEnum):
    """Why the Gateway was not started, or ended: IBAutomater's codes, with its numbers.

    .NET's `ErrorCode.None` is `ErrorCode.NoError`: None is a word of Python's.
    """

    NoError = 0
    ProcessStartFailed = 1
    IbGatewayVersionNotInstalled = 2
    JavaNotFound = 3
    JavaException = 4
    LoginFailed = 5
    ExistingSessionDetected = 6
    SecurityDialogDetected = 7
    TwoFactorConfirmationTimeout = 8
    InitializationTimeout = 9
    UnsupportedVersion = 10
    ApiSupportNotAvailable = 11
    RestartedProcessNotFound = 12
    UnknownMessageWindowDetected = 13
    SoftRestartTimeout = 14
    LoginFailedAccountTasksRequired = 15

    def __str__(self) -> str:
        return self.name if self else "None"

    def __format__(self, form: str) -> str:  # in .NET a code in a text is its name too
        return format(str(self), form)


_Code = ErrorCode  # StartResult has a property of that name

MESSAGES = {
    ErrorCode.NoError: "",
    ErrorCode.ProcessStartFailed: "The IBAutomater was unable to start the IBGateway process.",
    ErrorCode.IbGatewayVersionNotInstalled: "The IBGateway version is not installed.",
    ErrorCode.JavaNotFound: "The Java Runtime was not found.",
    ErrorCode.JavaException: "A Java exception was thrown.",
    ErrorCode.LoginFailed: ("Login failed. Please check the validity of your login credentials."),
    ErrorCode.ExistingSessionDetected: (
        "An existing session was detected and will not be automatically disconnected. "
        "Please close the existing session manually."
    ),
    ErrorCode.SecurityDialogDetected: (
        "A security dialog was detected for Code Card Authentication. "
        "Only 'Seamless Authentication' via IBKR mobile app is supported."
    ),
    ErrorCode.TwoFactorConfirmationTimeout: (
        "The two factor authentication request timed out. "
        "The request must be confirmed within 3 minutes."
    ),
    ErrorCode.InitializationTimeout: "The IBAutomater initialization timed out.",
    ErrorCode.UnsupportedVersion: "The IBGateway version is no longer supported.",
    ErrorCode.ApiSupportNotAvailable: (
        "API support is not available for accounts that support free trading. "
        "Please upgrade your plan from IBKR Lite to IBKR Pro."
    ),
    ErrorCode.RestartedProcessNotFound: "The IBGateway restarted process was not found.",
    ErrorCode.UnknownMessageWindowDetected: "An unknown IB message window was detected.",
    ErrorCode.SoftRestartTimeout: "The IBGateway soft restart timed out.",
    ErrorCode.LoginFailedAccountTasksRequired: (
        "Login to the IB Gateway failed because a user account-task is required. "
        "Please download the IB Gateway and follow the instructions provided "
        "https://www.interactivebrokers.com/en/trading/ibgateway-stable.php."
    ),
}

# To try again would only count as one more failed login, or end in the same way.
FATAL = frozenset(
    {
        ErrorCode.LoginFailed,
        ErrorCode.ExistingSessionDetected,
        ErrorCode.SecurityDialogDetected,
        ErrorCode.UnsupportedVersion,
        ErrorCode.ApiSupportNotAvailable,
        ErrorCode.LoginFailedAccountTasksRequired,
    }
)


@dataclass(frozen=True)
class StartResult:
    """What a start came to. `detail` is what is known beyond the code's own text."""

    error_code: _Code = ErrorCode.NoError
    detail: str = ""

    @property
    def error_message(self) -> str:
        """Return the code's text, and the detail behind " - " if there is one."""
        text = MESSAGES[self.error_code]
        return f"{text} - {self.detail}" if self.detail else text

    @property
    def has_error(self) -> bool:
        """Return whether the start failed."""
        return self.error_code is not _Code.NoError

    @property
    def is_fatal(self) -> bool:
        """Return whether a new start makes no sense before somebody has done something."""
        return self.error_code in FATAL

    HasError = has_error
    ErrorMessage = error_message

    @property
    def ErrorCode(self) -> _Code:
        """Return the error code."""
        return self.error_code


@dataclass(frozen=True)
class OutputDataReceivedEventArgs:
    """A line of output."""

    Data: str

    @property
    def data(self) -> str:
        """Return the line."""
        return self.Data


class ErrorDataReceivedEventArgs(OutputDataReceivedEventArgs):
    """A line of the error output."""


@dataclass(frozen=True)
class ExitedEventArgs:
    """How the Gateway ended. `requested` says whether Stop() asked for it."""

    ExitCode: int
    requested: bool = False

    @property
    def exit_code(self) -> int:
        """Return the exit code of the process; 0 where it is not known."""
        return self.ExitCode


class EventArgs:
    """The arguments of an event that has none."""

    Empty: EventArgs


EventArgs.Empty = EventArgs()

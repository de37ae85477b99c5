"""The windows that are known, as data: how each is recognised, what is done, what follows.

The first rule that matches a window takes it. A user's own rules stand before these; one with the
name of a rule here replaces it.
"""

from __future__ import annotations

from .result import ErrorCode
from .rules import Rule, Step, click
from .tree import Node, message, plain

LOG_IN = ("Log In", "Paper Log In", "Sign In")
MAIN_TITLES = ("IBKR Gateway", "IB Gateway", "Interactive Brokers Gateway")
DO_NOT_SHOW = ("Don't display this message again", "Do not display this message again")


# What is only shown while something goes on: it is never clicked. The OK of "Connecting to server"
# would cancel the login.
PROGRESS = (
    "Authenticating",
    "Loading",
    "Connecting to server",
    "server error, will retry",
    "Shutdown progress",
    "Starting application",
    "Requesting startup parameters",
    "Restart in progress",
)


def is_progress(root: Node) -> bool:
    """Return whether a window only shows that something goes on."""
    words = plain(f"{root.text} {message(root)}")
    return any(plain(text) in words for text in PROGRESS)


BUILT_IN: tuple[Rule, ...] = (
    # --- while logging in ---
    Rule(
        "connection failed",
        text=("Connection to server failed: Server disconnected",),
        steps=(click("OK"),),
        then="server_disconnected",
        say="{text}",
    ),
    Rule(
        "server not reached",
        text=("Connection to server failed",),
        steps=(click("OK"),),
        then="server_disconnected",
        say="{text}",
    ),
    Rule(
        "pass key",
        text=("Required PassKey is not supported",),
        steps=(click("OK", optional=True),),
        error=ErrorCode.SecurityDialogDetected,
        tell=True,
    ),
    Rule(
        "login failed",
        title=("Login failed", "Unrecognized Username or Password", "Login Error"),
        steps=(click("OK", "Close"),),
        then="login_failed",
        say="Login failed: {text}",
    ),
    Rule(
        "too many failed logins",
        text=("Too many failed login attempts",),
        steps=(click("OK"),),
        then="too_many_logins",
        say="{text}",
    ),
    Rule(
        "password expires",
        title_has=("Password Notice",),
        text=("day",),
        lacks=("has expired",),
        steps=(click("OK"),),
        say="Password Notice: {text}",
        alert="warning",
    ),
    Rule(
        "password notice",
        title_has=("Password Notice",),
        steps=(click("OK"),),
        error=ErrorCode.LoginFailed,
        say="Login failed: {text}",
        tell=True,
    ),
    Rule(
        "login messages",
        title=("Login Messages",),
        when=("login_messages", "resume"),
        steps=(click("Resume Login"),),
    ),
    Rule(
        "login messages, given up",
        title=("Login Messages",),
        error=ErrorCode.LoginFailedAccountTasksRequired,
        say="Login failed: a user account-task is required. {text}",
        tell=True,
    ),
    Rule(
        "security code, read only",
        title=("Security Code Card Authentication", "Enter security code"),
        when=("read_only_login", True),
        steps=(click("Enter Read Only"),),
    ),
    Rule(
        "security code",
        title=("Security Code Card Authentication", "Enter security code"),
        error=ErrorCode.SecurityDialogDetected,
    ),
    Rule(
        "second factor device",
        title=("Second Factor Authentication",),
        text=("Select second factor device",),
        then="choose_device",
    ),
    Rule("second factor", title=("Second Factor Authentication",), then="two_factor"),
    Rule(
        "existing session, go on",
        title=("Existing session detected",),
        when=("existing_session", "primary", "primaryoverride"),
        steps=(click("Continue Login", "Reconnect This Session", "OK"),),
    ),
    Rule(
        "existing session, by hand",
        title=("Existing session detected",),
        when=("existing_session", "manual"),
        alert="error",
        say="Existing session detected: it waits for a person. {text}",
    ),
    Rule(
        "existing session",
        title=("Existing session detected",),
        steps=(click("Exit Application", "Cancel"),),
        error=ErrorCode.ExistingSessionDetected,
        say="Existing session detected",
    ),
    Rule(
        "handoff",
        title_has=("Trading Login Handoff",),
        when=("existing_session", "primary", "primaryoverride"),
        steps=(click("Disconnect Other Session"),),
    ),
    Rule("login again", title=("Re-login is required",), then="login_again"),
    Rule(
        "token expired",
        text=("Soft token=0 received instead of expected permanent",),
        steps=(click("OK", optional=True),),
        then="token_expired",
        say="Auto-restart token expired, closing IBGateway",
    ),
    Rule(
        "tokens expired",
        text_regex=r"(?i)security tokens?\b.*\bexpired",
        steps=(click("OK", optional=True),),
        then="token_expired",
        say="Auto-restart token expired, closing IBGateway",
    ),
    Rule(
        "not a brokerage account",
        text=("This is not a brokerage account",),
        when=("accept_non_brokerage_warning", True),
        steps=(click("I understand and accept"),),
    ),
    Rule(
        "version too old",
        text=("is no longer supported",),
        steps=(click("OK", optional=True),),
        error=ErrorCode.UnsupportedVersion,
        say="{text}",
    ),
    Rule(
        "version gets old",
        text=("minimum supported version", "will be desupported on"),
        steps=(click("OK"),),
        say="{text}",
        alert="warning",
    ),
    Rule(
        "free trading",
        text=("API support is not available for accounts that support free trading",),
        steps=(click("OK", optional=True),),
        error=ErrorCode.ApiSupportNotAvailable,
        say="{text}",
    ),
    # --- notices ---
    Rule(
        "restarts automatically",
        text=("You have elected to have your trading platform restart automatically",),
        steps=(click("OK"),),
    ),
    Rule(
        "restart soon",
        text=("The application will automatically restart in",),
        then="restart_soon",
        say="{text}",
    ),
    Rule("restart now", text=("Would you like to restart now",), steps=(click("No"),)),
    Rule("session setting", title_has=("Exit Session Setting",), steps=(click("OK"),)),
    Rule("advisor", title_has=("Financial Advisor Warning",), steps=(click("Yes"),)),
    Rule(
        "size display",
        text=("Bid, Ask and Last Size Display Update",),
        steps=(
            Step("check", DO_NOT_SHOW, optional=True),
            click("I understand - display market data"),
        ),
    ),
    Rule("ssl", title_has=("Use SSL encryption",), steps=(click("Reconnect using SSL"),)),
    Rule(
        "incoming connection",
        text=("Accept incoming connection",),
        when=("accept_incoming_connection", "accept"),
        steps=(click("OK", "Yes", "Accept"),),
    ),
    Rule(
        "incoming connection, refused",
        text=("Accept incoming connection",),
        when=("accept_incoming_connection", "reject"),
        steps=(click("No", "Reject", "Cancel"),),
    ),
    Rule(
        "incoming connection, by hand",
        text=("Accept incoming connection",),
        alert="warning",
        say="{text}",
    ),
    Rule("socket port", text=("apply the new socket port setting",), steps=(click("Yes"),)),
    Rule("reset order ids", text=("reset the API order ID sequence",), steps=(click("Yes", "OK"),)),
    Rule(
        "leave",
        text=(
            "Are you sure you want to exit",
            "Are you sure you would like to restart the application",
        ),
        leaving=True,
        steps=(click("Yes"),),
    ),
    Rule("newer version", title_has=("Newer Version",), steps=(click("No", "OK"),)),
    Rule("tip", title_has=("Tip of the Day",), steps=(click("Close"),)),
    Rule("nse", title_has=("NSE Compliance",), steps=(Step("close"),)),
    Rule(
        "not available now",
        text=("not currently available",),
        steps=(click("OK"),),
        then="try_again",
        say="{text}",
    ),
    Rule(
        "simulated execution",
        text_regex=r'(?i)are you sure you want to execute "simulate',
        steps=(click("OK"),),
    ),
    Rule("cheaper fund", text=("cheaper ETF available",), steps=(click("No", "Close"),)),
    Rule(
        "write access",
        text=("API client needs write access action confirmation",),
        alert="error",
        say="Read-Only API is on and an order waits: {text}",
    ),
    Rule(
        "order message",
        has=("Accept and Continue",),
        when=("confirm_orders", True),
        steps=(Step("check", DO_NOT_SHOW, optional=True), click("Accept and Continue")),
        say="Order confirmation window: {text}",
    ),
    Rule(
        "blind trading",
        text=("blind trading",),
        when=("blind_trading", "yes"),
        steps=(click("Yes", "Override and Transmit"),),
        say="{text}",
    ),
    Rule(
        "blind trading, refused",
        text=("blind trading",),
        when=("blind_trading", "no"),
        steps=(click("No", "Cancel", "Don't Transmit"),),
        say="{text}",
    ),
    Rule(
        "crypto order",
        title_has=("Cryptocurrency order confirmation",),
        when=("crypto_confirmation", "transmit"),
        steps=(click("Transmit"),),
    ),
    Rule(
        "crypto order, cancelled",
        title_has=("Cryptocurrency order confirmation",),
        when=("crypto_confirmation", "cancel"),
        steps=(click("Cancel"),),
    ),
    # --- the export of logs ---
    Rule(
        "logs",
        title_has=("View Logs",),
        steps=(click("Export Today Logs..."),),
    ),
    Rule("export file", title_has=("Enter export filename",), steps=(click("Open", "Save"),)),
    Rule(
        "exported",
        text=("Finished exporting logs",),
        steps=(click("OK"),),
        then="logs_exported",
        say="Finished exporting logs, closing export logs window",
    ),
    # --- the frames ---
    Rule("settings", title_has=(" Configuration",), then="configure"),
    Rule("login", title=MAIN_TITLES, kinds=("frame",), has=LOG_IN, then="login"),
    Rule("login, any title", kinds=("frame",), has=("Log In", "Paper Log In"), then="login"),
    Rule("started", event="closed", text=("Starting application",), then="started"),
)

"""The windows that are known, as data: how each is recognised, what is done, what follows.

The first rule that matches a window takes it. A user's own rules stand before these; one with the
name of a rule here replaces it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .config import Config
from .result import ErrorCode
from .tree import Node, find, has_text, key, plain, texts

OK = ("OK",)
LOG_IN = ("Log In", "Paper Log In", "Sign In")
MAIN_TITLES = ("IBKR Gateway", "IB Gateway", "Interactive Brokers Gateway")
DO_NOT_SHOW = ("Don't display this message again", "Do not display this message again")


@dataclass(frozen=True)
class Step:
    """Something that is done in a window: click, check, uncheck, type or close.

    Of several labels the first that is there is taken. An optional step is left out if none is.
    """

    do: str
    labels: tuple[str, ...] = ()
    optional: bool = False
    value: str = ""


def click(*labels: str, optional: bool = False) -> Step:
    """Make a step that clicks a button."""
    return Step("click", labels, optional)


@dataclass(frozen=True)
class Rule:
    """One window: what it has, and what is done.

    Every condition that is given must hold; of the alternatives in one, any. `then` is the name of
    a transition of the state machine, `error` the code that the start ends with.
    """

    name: str
    title: tuple[str, ...] = ()  # the whole title
    title_has: tuple[str, ...] = ()
    title_regex: str = ""
    text: tuple[str, ...] = ()  # in the title, a label or a text
    text_regex: str = ""
    lacks: tuple[str, ...] = ()  # none of these texts
    has: tuple[str, ...] = ()  # a button with one of these labels
    event: str = "opened"  # or "closed"
    kinds: tuple[str, ...] = ("frame", "dialog")
    when: tuple[Any, ...] = ()  # a field of Config and the values that it may have
    leaving: bool = False  # only while the Gateway is being ended
    steps: tuple[Step, ...] = ()
    then: str = ""
    error: ErrorCode | None = None
    say: str = ""  # a line of output, with {text}
    tell: bool = False  # what the window says goes into the detail of the error
    alert: str = ""

    def matches(self, root: Node, config: Config, leaving: bool = False) -> bool:
        """Return whether a window is this one."""
        title = root.text
        return (
            root.kind in self.kinds
            and (leaving or not self.leaving)
            and (not self.title or key(title) in {key(t) for t in self.title})
            and (not self.title_has or any(plain(t) in plain(title) for t in self.title_has))
            and (not self.title_regex or bool(re.search(self.title_regex, title)))
            and (not self.text or any(has_text(root, t) for t in self.text))
            and (not self.text_regex or bool(re.search(self.text_regex, texts(root))))
            and not any(has_text(root, t) for t in self.lacks)
            and (not self.has or find(root, self.has) is not None)
            and (not self.when or getattr(config, self.when[0]) in self.when[1:])
        )


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
THENS = ("fail", "close", "alert", "")  # what a rule of a user's may have follow


class RuleError(ValueError):
    """A rule in a user's file is wrong; the text says which, and what is."""


def with_own(own: Sequence[Rule], built_in: Sequence[Rule] = BUILT_IN) -> tuple[Rule, ...]:
    """Return a user's rules and, behind them, ours without those that they replace."""
    names = {rule.name for rule in own}
    return (*own, *(rule for rule in built_in if rule.name not in names))


def load(path: Path) -> tuple[Rule, ...]:
    """Return the rules of a TOML file. Raise RuleError if one is wrong, OSError without a file."""
    try:
        import tomllib  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        try:
            import tomli as tomllib  # type: ignore[no-redef,import-not-found,unused-ignore]
        except ImportError:
            raise RuleError(
                f"{path}: rules in TOML need Python 3.11, or the package tomli on Python 3.10 "
                "(pip install tomli)"
            ) from None
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise RuleError(f"{path}: this is no TOML: {e}") from None
    return rules_from(data, str(path))


_MATCHES = ("title", "title_has", "title_regex", "text", "text_regex", "has")
_TEXTS = ("title", "title_has", "text", "has", "lacks")
_KEYS = {"name", "steps", "click", "check", "then", "error", "say", "lacks", *_MATCHES}
_STEPS = ("click", "check", "uncheck", "type", "close")


def rules_from(data: Mapping[str, Any], where: str = "rules") -> tuple[Rule, ...]:
    """Make rules of data as TOML has them: a list `rule` of tables. Raise RuleError."""
    unknown = sorted(data.keys() - {"rule"})
    if unknown:
        raise RuleError(f"{where}: unknown table {unknown[0]!r}; a rule begins with [[rule]]")
    rows = data.get("rule", [])
    if not isinstance(rows, list):
        raise RuleError(f"{where}: write [[rule]], with two brackets on each side")
    return tuple(_rule(row, f"{where}, rule {n}") for n, row in enumerate(rows, 1))


def _rule(row: Any, where: str) -> Rule:
    if not isinstance(row, Mapping):
        raise RuleError(f"{where}: it is no table")
    unknown = sorted(row.keys() - _KEYS)
    if unknown:
        known = ", ".join(sorted(_KEYS))
        raise RuleError(f"{where}: unknown key {unknown[0]!r}; there are {known}")
    if not any(row.get(name) for name in _MATCHES):
        raise RuleError(f"{where}: it would match every window; give one of {', '.join(_MATCHES)}")
    rule = Rule(name=_text(row, "name", where) or where)
    for name in _TEXTS:
        rule = replace(rule, **{name: _text_list(row, name, where)})  # type: ignore[arg-type]
    for name in ("title_regex", "text_regex"):
        pattern = _text(row, name, where)
        try:
            re.compile(pattern)
        except re.error as e:
            raise RuleError(f"{where}: {name}: {pattern!r} is no regular expression: {e}") from None
        rule = replace(rule, **{name: pattern})  # type: ignore[arg-type]
    then = _text(row, "then", where)
    if then not in THENS:
        raise RuleError(f"{where}: then: {then!r} is none of {', '.join(filter(None, THENS))}")
    error = _error(row, where) if then == "fail" or "error" in row else None
    return replace(
        rule,
        steps=_steps(row, where),
        say=_text(row, "say", where) or f"Window of the rule {rule.name!r}: {{text}}",
        then="close_window" if then == "close" else "",
        alert="warning" if then == "alert" else "",
        error=error,
        tell=error is not None,
    )


def _error(row: Mapping[str, Any], where: str) -> ErrorCode:
    name = row.get("error", "UnknownMessageWindowDetected")
    if not isinstance(name, str) or name not in ErrorCode.__members__ or name == "NoError":
        raise RuleError(f"{where}: error: {name!r} is no error code such as 'LoginFailed'")
    return ErrorCode[name]


def _steps(row: Mapping[str, Any], where: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    for name in ("check", "click"):
        labels = _text_list(row, name, where)
        if labels:
            steps.append(Step(name, labels, optional=name == "check"))
    rows = row.get("steps", [])
    if not isinstance(rows, list):
        raise RuleError(f"{where}: steps: it is no list of tables")
    for number, step in enumerate(rows, 1):
        place = f"{where}: step {number}"
        if not isinstance(step, Mapping) or step.get("do") not in _STEPS:
            raise RuleError(f"{place}: give do = one of {', '.join(_STEPS)}")
        labels = _text_list(step, "label", place)
        if not labels and step["do"] != "close":
            raise RuleError(f"{place}: label: say which component it is for")
        steps.append(
            Step(step["do"], labels, bool(step.get("optional")), _text(step, "value", place))
        )
    return tuple(steps)


def _text(row: Mapping[str, Any], name: str, where: str) -> str:
    value = row.get(name, "")
    if not isinstance(value, str):
        raise RuleError(f"{where}: {name}: {value!r} is no text")
    return value


def _text_list(row: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = row.get(name, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
        raise RuleError(f"{where}: {name}: {value!r} is no text, and no list of texts")
    return tuple(values)

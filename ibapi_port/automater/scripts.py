"""What is done in the windows of login and second factor, step by step.

Each function is a script of the state machine: it yields the seconds that it waits at most, and is
resumed when its window has changed.
"""

from __future__ import annotations

from collections.abc import Callable

from .base import AGAIN, MOST_CLICKS, Script, Shown
from .builtin_rules import LOG_IN
from .flow import Transitions
from .result import ErrorCode
from .signals import State
from .tree import Node, enabled, field, find, has_text, key, of_kind

PAPER_LOG_IN = ("Paper Log In", "Log In", "Sign In")
LIVE_LOG_IN = ("Log In", "Live Log In", "Sign In")
TOTP_TEXTS = ("authenticator app code", "mobile authenticator", "authentication code")


def log_in(m: Transitions, w: Shown) -> Script:
    """Fill in the form and log in."""
    title = f"Main window - Window title: [{w.tree.text}] - Window name: [{w.tree.name}]"
    m.say(title)
    if m.soft:  # the form may show for a moment before the token of the restart is taken
        yield from m.stay(w, m.config.soft_login_wait)
        if not w.open or m.state is State.STARTING or find(w.tree, LOG_IN) is None:
            return
        m.say("The login stays although it was a restart: logging in")
        m.soft = False
    m.no_timer("login window")
    if not m.restarting:
        m.enter(State.LOGIN)
    for labels in (("IB API", "TWS/API", "TWS API"), _mode_labels(m)):
        toggle = find(w.tree, labels, ("toggle", "radio", "button"))
        if toggle is not None and not toggle.selected:
            m.click(toggle)
    m.say(f"Trading mode: {m.config.trading_mode}")
    labels = PAPER_LOG_IN if m.config.trading_mode == "paper" else LIVE_LOG_IN
    button = yield from m.look(w, _exactly(labels[0]), m.config.click_check)
    if button is None:
        button = yield from m.look(w, lambda t: find(t, labels), m.config.step_timeout)
    user, password = _login_fields(w.tree)
    if button is None or user is None or password is None:
        m.fail(ErrorCode.InitializationTimeout, "the login has no fields that are known")
        return
    m.do("type", c=user.id, secret="user")
    m.do("type", c=password.id, secret="password")
    ssl = find(w.tree, ("Use SSL",), ("check",))
    if ssl is None:
        m.say("Use SSL checkbox not found")
    else:
        m.tick(ssl, True)
    label = button.text
    ready = yield from m.look(w, lambda t: enabled(find(t, (label,))), m.config.click_check * 2)
    if ready is None:
        if w.open:
            m.say("Login failed: invalid characters in credentials")
            m.fail(ErrorCode.LoginFailed, "invalid characters in credentials")
        return
    m.click(ready)
    if not m.restarting:
        m.enter(State.AUTHENTICATING)
    _ready_again(m)


def _mode_labels(m: Transitions) -> tuple[str, ...]:
    return ("Paper Trading",) if m.config.trading_mode == "paper" else ("Live Trading",)


def _exactly(label: str) -> Callable[[Node], Node | None]:
    return lambda root: find(root, (label,))


def _login_fields(root: Node) -> tuple[Node | None, Node | None]:
    """Return the fields for user and password: by kind, then by label, then by their order."""
    fields = of_kind(root, "text", "password")
    secret = of_kind(root, "password")
    password = secret[0] if secret else field(root, ("Password",))
    if password is None and len(fields) > 1:
        password = fields[1]
    others = [f for f in fields if f is not password]
    user = field(root, ("Username", "User name", "User"))
    if user is None or user is password:
        user = others[0] if others else None
    return user, password


def choose_device(m: Transitions, w: Shown) -> Script:
    """Choose the device in the list of second factors."""
    wanted = m.config.second_factor_device
    lists = yield from m.look(
        w, lambda t: [n for n in of_kind(t, "list") if n.items] or None, m.config.step_timeout
    )
    devices = lists[0] if lists else None
    items = devices.items if devices else ()
    places = [n for n, item in enumerate(items) if key(item) == key(wanted)]
    places += [n for n, item in enumerate(items) if key(wanted) in key(item)]
    if devices is None or not places:
        found = ", ".join(items) or "none"
        m.fail(
            ErrorCode.SecurityDialogDetected,
            f"The second factor device {wanted!r} is not there; there are: {found}",
        )
        return
    m.say(f"2FA method: {items[places[0]]}")
    m.do("select", c=devices.id, index=places[0])
    ok = yield from m.look(w, lambda t: enabled(find(t, ("OK",))), m.config.step_timeout)
    if ok is not None:
        m.click(ok)


def second_factor(m: Transitions, w: Shown) -> Script:
    """Wait until the second factor was given; type it, if it is a code and we can make it."""
    limit = m.config.two_factor_attempts
    m.attempts += 1
    m.no_timer("login window")
    if not m.restarting:
        m.enter(State.TWO_FACTOR)
    m.say(f"twoFactorConfirmationAttempts: {m.attempts}/{limit}")
    if any(has_text(w.tree, text) for text in TOTP_TEXTS):
        yield from _type_code(m, w)
        return
    which = f"attempt {m.attempts} of {limit}"  # each is another alert: one may be missed
    text = f"IB Gateway waits for the second factor on the phone ({which})."
    m.alert("gateway_two_factor", "warning", text)
    yield from m.stay(w, m.config.two_factor_timeout)
    if not w.open:
        m.say("2FA confirmation success")
        if m.state is State.TWO_FACTOR:
            m.enter(State.AUTHENTICATING)
        _ready_again(m)
        return
    m.say("Closing 2FA window after timeout")
    cancel = find(w.tree, ("Cancel",))
    if cancel is None:
        m.do("close", w=w.win)
    else:
        m.click(cancel)
    m.say("2FA confirmation timeout")
    if m.attempts >= limit:
        m.say("2FA maximum attempts reached")
        m.fail(ErrorCode.TwoFactorConfirmationTimeout)
        return
    m.say("New login attempt with 2FA")
    m.timer("login", m.config.two_factor_backoff * m.attempts)


def _type_code(m: Transitions, w: Shown) -> Script:
    if not m.config.totp_secret:
        m.fail(
            ErrorCode.SecurityDialogDetected,
            "a code of an authenticator app is asked for; set totp_secret to have it typed",
        )
        return
    if m.attempts > m.config.two_factor_attempts:
        m.fail(ErrorCode.LoginFailed, "the codes of the authenticator were refused")
        return
    if m.attempts > 1:  # a code is good once: the next one is needed
        yield from m.stay(w, 30 - m.clock.utc().timestamp() % 30)
    box = yield from m.look(
        w, lambda t: next(iter(of_kind(t, "text", "password")), None), m.config.step_timeout
    )
    if box is None:
        m.fail(ErrorCode.SecurityDialogDetected, "there is no field for the code")
        return
    m.do("type", c=box.id, secret="totp")
    ok = yield from m.look(w, lambda t: enabled(find(t, ("OK",))), m.config.step_timeout)
    if ok is not None:
        m.click(ok)
        m.say("2FA code typed")


def _ready_again(m: Transitions) -> None:
    """A Gateway that is in use has asked for a login: no splash and no settings follow."""
    if m.configured:
        m.timer("probe", m.config.probe_interval)


def login_again(m: Transitions, w: Shown) -> Script:
    """Log in again where IB asks for it, as often as the second factor may be tried."""
    while m.relogins and m.relogins[0] <= m.now - AGAIN:
        m.relogins.popleft()
    m.relogins.append(m.now)
    if len(m.relogins) > MOST_CLICKS:  # each of them may count as a failed login
        m.fail(ErrorCode.InitializationTimeout, "IB asks for another login again and again")
        return
    used_up = m.attempts >= m.config.two_factor_attempts
    labels = ("Cancel",) if used_up else ("Re-login",)
    button = yield from m.look(w, lambda t: enabled(find(t, labels)), m.config.step_timeout)
    if button is not None:
        m.click(button)
    if used_up:
        m.say("Skipping Re-login, maximum attempts reached")
        m.fail(ErrorCode.TwoFactorConfirmationTimeout)

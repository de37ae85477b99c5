"""What is done in the windows of login, second factor and settings, step by step.

Each function is a script of the state machine: it yields the seconds that it waits at most, and is
resumed when its window has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import timedelta

from .builtin_rules import LOG_IN
from .config import parse_time
from .flow import Script, Shown, Transitions
from .result import ErrorCode
from .signals import State
from .tree import Node, every, field, find, has_text, key, of_kind

_Look = Generator[float, None, "Node | None"]
PAPER_LOG_IN = ("Paper Log In", "Log In", "Sign In")
LIVE_LOG_IN = ("Log In", "Live Log In", "Sign In")
TOTP_TEXTS = ("authenticator app code", "mobile authenticator", "authentication code")
READ_ONLY = ("Read-Only API",)
AUTO_RESTART = ("Auto restart",)


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
    enabled = yield from m.look(w, lambda t: _enabled(find(t, (label,))), m.config.click_check * 2)
    if enabled is None:
        if w.open:
            m.say("Login failed: invalid characters in credentials")
            m.fail(ErrorCode.LoginFailed, "invalid characters in credentials")
        return
    m.click(enabled)
    if not m.restarting:
        m.enter(State.AUTHENTICATING)


def _mode_labels(m: Transitions) -> tuple[str, ...]:
    return ("Paper Trading",) if m.config.trading_mode == "paper" else ("Live Trading",)


def _exactly(label: str) -> Callable[[Node], Node | None]:
    return lambda root: find(root, (label,))


def _enabled(node: Node | None) -> Node | None:
    return node if node is not None and node.enabled else None


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
    ok = yield from m.look(w, lambda t: _enabled(find(t, ("OK",))), m.config.step_timeout)
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
    m.alert("gateway_two_factor", "warning", "IB Gateway waits for the second factor on the phone.")
    yield from m.stay(w, m.config.two_factor_timeout)
    if not w.open:
        m.say("2FA confirmation success")
        if m.state is State.TWO_FACTOR:
            m.enter(State.AUTHENTICATING)
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
    ok = yield from m.look(w, lambda t: _enabled(find(t, ("OK",))), m.config.step_timeout)
    if ok is not None:
        m.click(ok)
        m.say("2FA code typed")


def login_again(m: Transitions, w: Shown) -> Script:
    """Log in again where IB asks for it, as often as the second factor may be tried."""
    used_up = m.attempts >= m.config.two_factor_attempts
    labels = ("Cancel",) if used_up else ("Re-login",)
    button = yield from m.look(w, lambda t: _enabled(find(t, labels)), m.config.step_timeout)
    if button is not None:
        m.click(button)
    if used_up:
        m.say("Skipping Re-login, maximum attempts reached")
        m.fail(ErrorCode.TwoFactorConfirmationTimeout)


# --- settings ---


def make_settings(m: Transitions, w: Shown) -> Script:
    """Make the settings and close their window."""
    m.no_timer("main window")
    if m.purpose == "restart":
        lead = timedelta(seconds=m.config.soft_restart_lead)
        clock = (m.clock.local() + lead).strftime("%H:%M")
        yield from _restart_time(m, w, *parse_time(clock))
    else:
        yield from _api_settings(m, w)
        yield from _precautions(m, w)
        yield from _restart_time(m, w, *parse_time(m.config.auto_restart_time))
    ok = yield from m.look(w, lambda t: _enabled(find(t, ("OK",))), m.config.step_timeout)
    if ok is None:
        m.fail(ErrorCode.InitializationTimeout, "the settings have no button [OK]")
        return
    m.click(ok)
    yield from m.stay(w, m.config.step_timeout)
    if w.open:
        m.fail(ErrorCode.InitializationTimeout, "the window of the settings does not close")
    else:
        m.settings_made()


def _open(
    m: Transitions, w: Shown, path: tuple[str, ...], there: Callable[[Node], Node | None]
) -> _Look:
    """Choose a page in the tree of settings; return what shows that it is there, or None."""
    pages = yield from m.look(w, _tree_with(path), m.config.step_timeout)
    if pages is None:
        m.say(f"Settings page not found: {'/'.join(path)}")
        return None
    m.do("path", c=pages[0].id, index=pages[1])
    found = yield from m.look(w, there, m.config.step_timeout)
    if found is None:
        m.say(f"Settings page does not open: {'/'.join(path)}")
    return found


def _tree_with(path: tuple[str, ...]) -> Callable[[Node], tuple[Node, int] | None]:
    """Look for the row of a tree: its items are paths, with a slash before each step."""
    wanted = [key(part) for part in path]

    def look(root: Node) -> tuple[Node, int] | None:
        for tree in of_kind(root, "tree"):
            for index, item in enumerate(tree.items):
                parts = [key(part) for part in item.split("\t") if part]
                if parts[-len(wanted) :] == wanted:
                    return tree, index
        return None

    return look


def _api_settings(m: Transitions, w: Shown) -> Script:
    first = yield from _open(m, w, ("API", "Settings"), lambda t: find(t, READ_ONLY, ("check",)))
    if first is None:
        m.fail(ErrorCode.InitializationTimeout, "the settings of the API are not found")
        return
    c = m.config
    boxes: list[tuple[str, bool | None]] = [
        ("Read-Only API", c.read_only_api),
        ("Create API message log file", True if c.create_api_log else None),
        ("Use Account Groups with Allocation Methods", False),
        ("Allow connections from localhost only", c.allow_localhost_only),
        ("Send market data in lots for US stocks", c.send_market_data_in_lots),
    ]
    for label, value in boxes:
        box = find(w.tree, (f"{label}*",), ("check",))
        if box is not None and value is not None:
            m.tick(box, value)
    port = field(w.tree, ("Socket port",)) or next(iter(of_kind(w.tree, "text")), None)
    if port is not None:
        m.do("type", c=port.id, secret="port")
        m.say("Set API port textbox value")
    master = field(w.tree, ("Master API client ID",))
    if master is not None and c.master_client_id:
        m.do("type", c=master.id, text=c.master_client_id)
    yield from _trusted(m, w)


def _trusted(m: Transitions, w: Shown) -> Script:
    """Add the addresses that may connect, each in the small dialog that Create opens."""
    for address in m.config.trusted_ips:
        if any(address in node.items for node in of_kind(w.tree, "list")):
            continue
        create = find(w.tree, ("Create",))
        if create is None:
            m.say("Trusted IPs: there is no button [Create]")
            return
        m.click(create)
        end = m.now + m.config.step_timeout
        while (dialog := _address_dialog(m, w)) is None and m.now < end and w.open:
            yield m.config.click_check / 4
        if dialog is None:
            m.say("Trusted IPs: no dialog has opened")
            return
        box = of_kind(dialog.tree, "text")[0]
        m.do("type", c=box.id, text=address)
        ok = find(dialog.tree, ("OK",))
        if ok is not None:
            m.click(ok)
        m.say(f"Trusted IP added: {address}")
        yield from m.look(w, _lists(address), m.config.step_timeout)


def _lists(item: str) -> Callable[[Node], Node | None]:
    return lambda root: next((n for n in of_kind(root, "list") if item in n.items), None)


def _address_dialog(m: Transitions, w: Shown) -> Shown | None:
    for shown in m.windows.values():
        root = shown.tree
        asks = of_kind(root, "text") and find(root, ("OK",)) and has_text(root, "IP")
        if shown is not w and root.kind == "dialog" and asks:
            return shown
    return None


def _precautions(m: Transitions, w: Shown) -> Script:
    if not m.config.bypass_precautions or not w.open or m.ending:
        return
    first = yield from _open(
        m, w, ("API", "Precautions"), lambda t: find(t, ("Bypass*",), ("check",))
    )
    if first is not None:
        for box in every(w.tree, "Bypass", ("check",)):
            m.tick(box, True)


def _restart_time(m: Transitions, w: Shown, clock: str, half: str) -> Script:
    if not w.open or m.ending:
        return
    page = yield from _open(
        m, w, ("Lock and Exit",), lambda t: field(t, ("Set Auto",)) or find(t, AUTO_RESTART)
    )
    if page is None:
        return
    radio = find(w.tree, AUTO_RESTART, ("radio",))
    if radio is None:
        m.say("Auto restart is not offered: only the time of the logoff is set")
    else:
        m.tick(radio, True)
    box = yield from m.look(
        w,
        lambda t: (
            field(t, ("Set Auto Restart Time", "Set Auto Log Off Time"))
            or next(iter(of_kind(t, "text")), None)
        ),
        m.config.step_timeout,
    )
    if box is None:
        return
    m.do("type", c=box.id, text=clock)
    m.say(f"Set restart time value: [{clock}]")
    choice = find(w.tree, (half,), ("radio", "toggle"))
    if choice is not None:
        m.tick(choice, True)

"""How the settings are made in Configure > Settings, page by page.

These are scripts of the state machine, as those of scripts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from .base import Script, Shown
from .config import parse_time
from .flow import Transitions
from .result import ErrorCode
from .tree import Node, enabled, every, field, find, has_text, key, of_kind

_Look = Generator[float, None, "Node | None"]
READ_ONLY = ("Read-Only API",)
AUTO_RESTART = ("Auto restart",)


def make_settings(m: Transitions, w: Shown) -> Script:
    """Make the settings and close their window."""
    m.no_timer("main window")
    if m.purpose == "restart":
        clock = m.clock.local(m.config.soft_restart_lead).strftime("%H:%M")
        yield from _restart_time(m, w, *parse_time(clock))
    else:
        yield from _api_settings(m, w)
        yield from _precautions(m, w)
        yield from _restart_time(m, w, *parse_time(m.config.auto_restart_time))
    if m.ending:
        return
    ok = yield from m.look(w, lambda t: enabled(find(t, ("OK",))), m.config.step_timeout)
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
    else:
        yield from m.stay(w, m.config.page_wait)  # the rest of it may come a moment later
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
    port = yield from m.look(
        w,
        lambda t: field(t, ("Socket port",)) or next(iter(of_kind(t, "text")), None),
        m.config.step_timeout,
    )
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
    if port is None:
        m.fail(ErrorCode.InitializationTimeout, "the settings have no field for the port")
        return
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

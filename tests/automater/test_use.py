"""Acceptance scenarios 27 to 34: each on the simulated Gateway, and with
AUTOMATER_FULL=1 on the one whose windows are Swing's.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.automater import ErrorCode
from ibapi_port.automater.ini import set_value
from ibapi_port.automater.schedule import region_of
from ibapi_port.automater.signals import Unlinked
from ibapi_port.automater.simulated import Behaviour, Dialog

from .rigs import PASSWORD, USER, FakeRig, Rig
from .scenarios import TOTP, on_swing_in_ci, started
from .swing import SwingRig, missing

# --- 27 to 34 ---


def test_27_port_is_taken(rig: Rig) -> None:
    import socket

    rig.make()
    if isinstance(rig, FakeRig):
        rig.host.port_taken = True
        result = rig.start()
    else:
        with socket.create_server(("127.0.0.1", rig.port)):
            result = rig.start()
    assert result.ErrorCode is ErrorCode.ProcessStartFailed
    assert f"the API port {rig.port} is in use by another program" in result.ErrorMessage
    assert rig.running() == []


NOTICES = [
    Dialog("Warning", "This is not a brokerage account", ("I understand and accept",)),
    Dialog(
        "Notice",
        "Bid, Ask and Last Size Display Update",
        ("I understand - display market data",),
        checks=("Don't display this message again.",),
    ),
    Dialog("Use SSL encryption", "Reconnect?", ("Reconnect using SSL", "Cancel")),
    *(Dialog("Financial Advisor Warning", f"Order {n}", ("Yes", "No")) for n in range(10)),
    Dialog(
        "Market Order Confirmation",
        "You sell 100",
        ("Accept and Continue", "Cancel"),
        checks=("Don't display this message again",),
    ),
    Dialog(
        "Cryptocurrency order confirmation", "0.1 BTC", ("Transmit", "Cancel"), enabled_after=3.0
    ),
]


@on_swing_in_ci
def test_28_notices(rig: Rig) -> None:
    rig.make(Behaviour(notices=NOTICES))
    started(rig)
    rig.until(lambda: len(rig.gateway.answers) >= len(NOTICES))
    wanted = sorted((n.title, n.buttons[0]) for n in NOTICES)
    assert sorted(rig.gateway.answers) == wanted
    assert sorted(rig.gateway.ticked) == [
        "Don't display this message again",
        "Don't display this message again.",
    ]
    rig.until(lambda: rig.heard.said("Order confirmation window: You sell 100"))


@pytest.mark.parametrize(("policy", "button"), [("accept", "Yes"), ("reject", "No")])
def test_29_incoming_connection(rig: Rig, policy: str, button: str) -> None:
    rig.make(accept_incoming_connection=policy, trusted_ips=("127.0.0.1", "10.1.2.3"))
    started(rig)
    assert rig.gateway.trusted == ["127.0.0.1", "10.1.2.3"]
    rig.say(Dialog("Gateway", "Accept incoming connection attempt from 10.9.9.9?", ("Yes", "No")))
    rig.until(lambda: rig.gateway.answers)
    assert rig.gateway.answers == [("Gateway", button)]


def test_30_stop_by_the_menu(rig: Rig) -> None:
    rig.make(Behaviour(asks_at_close=True))
    started(rig)
    rig.automater.Stop()
    assert rig.gateway.answers == [("Exit", "Yes")]
    rig.until(lambda: rig.heard.said("Click menu: [File > Close]"))
    assert rig.running() == []


@on_swing_in_ci
def test_30_gateway_that_hangs(rig: Rig) -> None:
    rig.make(close_timeout=0.5, terminate_timeout=0.5)
    started(rig)
    rig.hang()
    rig.automater.Stop()
    rig.until(lambda: rig.heard.exits)
    assert rig.heard.exits[0].requested
    assert rig.running() == []
    rig.until(lambda: rig.heard.said("does not close, ending its process"))
    if isinstance(rig, FakeRig):
        assert rig.host.ended[:2] == ["SIGTERM", "SIGKILL"]


@pytest.mark.skipif(os.environ.get("AUTOMATER_FULL") != "1", reason="AUTOMATER_FULL is not 1")
@pytest.mark.skipif(bool(missing()), reason=missing())
def test_30_two_at_once(tmp_path: Path, classes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a display and a port of its own; the end of one leaves the other."""
    monkeypatch.delenv("DISPLAY", raising=False)
    rigs = [SwingRig(tmp_path / str(n), classes, "own") for n in range(2)]
    try:
        for one in rigs:
            one.make()
        threads = [threading.Thread(target=one.start) for one in rigs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert [one.automater.is_ready for one in rigs] == [True, True]
        displays = [one.host._display.environment["DISPLAY"] for one in rigs if one.host._display]
        assert len(set(displays)) == 2
        os.kill(rigs[0].screen.pid, signal.SIGSTOP)  # it has to be ended by force
        rigs[0].automater.Stop()
        assert rigs[0].running() == []
        assert rigs[1].automater.is_ready
        assert len(rigs[1].running()) == 1
        assert rigs[1].automater.windows()
        rigs[1].automater.Stop()
        assert rigs[1].running() == []
    finally:
        for one in rigs:
            one.close()


def test_31_secrets(rig: Rig, tmp_path: Path) -> None:
    rig.make(totp_secret=TOTP)
    started(rig)
    told = "\n".join([*rig.heard.lines, *rig.heard.errors])
    assert PASSWORD not in told
    assert TOTP not in told
    assert PASSWORD not in repr(vars(rig.automater))
    assert TOTP not in repr(rig.automater.config)
    if isinstance(rig, SwingRig):
        pid = rig.screen.pid
        for name in ("cmdline", "environ"):
            data = Path(f"/proc/{pid}/{name}").read_bytes()
            assert PASSWORD.encode() not in data
            assert TOTP.encode() not in data
        left = [p for p in [*tmp_path.rglob("*"), *rig.workplace().rglob("*")] if p.is_file()]
        assert left
        for path in left:
            assert PASSWORD.encode() not in path.read_bytes(), path


def test_32_jts_ini(rig: Rig, tmp_path: Path) -> None:
    if isinstance(rig, SwingRig):
        rig.make()
        started(rig)
        path = tmp_path / "Jts" / "jts.ini"
        assert rig.automater._engine.machine.region == "Europe"
    else:
        path = tmp_path / "jts.ini"
        path.write_bytes(
            b"[Logon]\r\nUseSSL=false\r\nLocale=en\r\n[Communication]\r\nPeer=zdc1.ibllc.com:4000\r\n"
        )
        assert set_value(path, "Logon", "UseSSL", "true")
        assert not set_value(path, "Logon", "UseSSL", "true")
        rig.make()
        rig.host.server = "zdc1_hb1.ibllc.com:4000"  # type: ignore[attr-defined]
        started(rig)
        assert rig.automater._engine.machine.region == "Europe"
    wanted = (
        b"[Logon]\r\nUseSSL=true\r\nLocale=en\r\n[Communication]\r\nPeer=zdc1.ibllc.com:4000\r\n"
    )
    assert path.read_bytes() == wanted
    regions = {
        "cdc1.ibllc.com:4000": "America",
        "hdc1_hb1.ibllc.com": "Asia",
        "mcgw1.ibllc.com.cn": "Asia",
        "x": "America",
    }
    assert {peer: region_of(peer) for peer in regions} == regions


@on_swing_in_ci
@pytest.mark.parametrize(("dialect", "seed"), [("space", 3), ("hyphen", 1), ("old", 2)])
def test_33_labels_and_order(rig: Rig, dialect: str, seed: int) -> None:
    rig.make(Behaviour(dialect=dialect, shuffle=seed, late=0.5))
    started(rig)
    assert rig.gateway.logins == [(USER, PASSWORD, "paper")]
    settings = {
        key.strip(":").replace("-", " ").lower(): value
        for key, value in rig.gateway.settings.items()
    }
    assert settings["socket port"] == str(rig.port)
    assert settings["master api client id"] == ""
    assert settings["read only api"] is False
    assert settings["auto restart"] is True


@on_swing_in_ci
def test_34_the_example(rig: Rig) -> None:
    """The example of docs/automater.md, run against the stand-in."""
    page = Path(__file__).parents[2] / "docs" / "automater.md"
    text = page.read_text(encoding="utf-8").split("```python\n# example")[1].split("```")[0]
    names: dict[str, Any] = {"restart_pause": 0.01}
    exec(compile("# example" + text, str(page), "exec"), names)
    if isinstance(rig, FakeRig):  # the API is real in both cases
        from ibapi_port.simulator import SimulatedTws

        with SimulatedTws(port=0) as tws:
            _example(rig, names, tws.port)
    else:
        _example(rig, names, rig.port)


def _example(rig: Rig, names: dict[str, Any], port: int) -> None:
    automater = rig.make()
    program = names["Program"](automater, port)
    assert program.start()
    assert program.client.isConnected()
    first = rig.automater.pid
    rig.restart_itself()
    rig.until(lambda: program.log.count("connected") == 2)
    assert "IB Gateway restart detected, reconnecting..." in program.log
    rig.crash("halt")
    rig.until(lambda: program.log.count("connected") == 3)
    assert "IB Gateway close detected, restarting it..." in program.log
    assert rig.automater.pid not in (0, first)
    program.stop()
    assert not rig.automater.IsRunning()


@on_swing_in_ci
def test_an_agent_that_is_lost(rig: Rig) -> None:
    """The Gateway goes on, somebody is told, and the agent keeps nothing that nobody hears."""
    rig.make()
    started(rig)
    pid = rig.automater.pid
    if isinstance(rig, SwingRig):
        rig.host._links[pid].close()
        # of its threads the one that looks at the windows is over, and so is what it would tell
        rig.until(lambda: not {"ibapi-agent", "ibapi-agent-wat"} & threads_of(pid))
    else:
        rig.host.post(Unlinked(pid))
    rig.until(lambda: rig.heard.said("the line to the agent in IB Gateway has ended"))
    assert rig.automater.is_ready
    rig.automater.Stop()
    assert rig.running() == []


def threads_of(pid: int) -> set[str]:
    """Return the names of a process's threads, as far as the system keeps them."""
    return {path.read_text().strip() for path in Path(f"/proc/{pid}/task").glob("*/comm")}


def test_starts_and_stops_leave_nothing(rig: Rig) -> None:
    """As many as AUTOMATER_ROUNDS says; on Swing each has a display of its own."""
    rounds = int(os.environ.get("AUTOMATER_ROUNDS", "5"))
    rig.make(**({"display": "own"} if isinstance(rig, SwingRig) else {}))
    before = left()
    threads = 0
    for number in range(rounds):
        started(rig)
        rig.automater.Stop()
        assert rig.running() == []
        if number == 2:
            threads = threading.active_count()
    rig.until(lambda: len(rig.heard.exits) == rounds)
    rig.until(lambda: threading.active_count() <= threads + 2)
    assert left() == before


def left() -> tuple[list[str], list[str], list[str]]:
    """Return our temporary directories, the displays, and the processes of this one's children."""
    temporary = sorted(p.name for p in Path(tempfile.gettempdir()).glob("ibapi-*"))
    displays = sorted(p.name for p in Path("/tmp/.X11-unix").glob("X*"))
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    return temporary, displays, children.read_text().split() if children.exists() else []

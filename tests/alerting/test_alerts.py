"""Alerts: which are delivered, and how hooks that fail, hang or flood are met."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from leftovers import nothing_left

from ibapi_port.alerts import Alert, Alerts, Command, HookFailed, Webhook, hook_from
from ibapi_port.reset_windows import Window

WAIT = 10.0
NOON = datetime(2026, 11, 25, 12, tzinfo=timezone.utc).timestamp()


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    with nothing_left():
        yield


def down(text: str = "TWS is away.", severity: str = "error", **more: Any) -> Alert:
    return Alert("connection_down", severity, text, **more)


# --- which are delivered ---


def test_an_alert_reaches_each_hook_in_its_own_thread(clock: Clock) -> None:
    got: list[tuple[str, Alert]] = []
    hooks = [lambda a: got.append(("one", a)), lambda a: got.append(("two", a))]
    with Alerts(hooks, clock=clock) as alerts:
        assert alerts.send(down(details={"minutes": 10}))
        assert alerts.flush(WAIT)
    assert sorted(name for name, _ in got) == ["one", "two"]
    assert got[0][1].as_dict() == {
        "kind": "connection_down",
        "severity": "error",
        "text": "TWS is away.",
        "time": "2026-11-25T12:00:00Z",
        "details": {"minutes": 10},
    }
    assert alerts.counts() == {
        "sent": 1,
        "quiet": 0,
        "repeated": 0,
        "limited": 0,
        "delivered": 2,
        "failed": 0,
        "dropped": 0,
    }


def test_the_same_alert_is_delivered_again_after_a_time(clock: Clock) -> None:
    got: list[Alert] = []
    with Alerts([got.append], clock=clock, repeat_after=60) as alerts:
        sent = []
        for seconds in (0, 10, 59, 60, 61):
            clock.now = NOON + seconds
            sent.append(alerts.send(down()))
        assert sent == [True, False, False, True, False]
        assert alerts.send(down("Another text."))
    assert [a.details for a in got] == [{}, {"repeated": 2}, {}]


def test_a_key_says_what_is_the_same(clock: Clock) -> None:
    with Alerts(clock=clock) as alerts:
        assert alerts.send(down("Away for 10 minutes.", key="down"))
        assert not alerts.send(down("Away for 11 minutes.", key="down"))
        alerts.forget("down")
        assert alerts.send(down("Away for 1 minute.", key="down"))
        assert alerts.send(down("No key."))
        alerts.forget("connection_down")  # a kind
        assert alerts.send(down("No key."))


def test_quiet_windows_let_critical_alerts_pass(clock: Clock) -> None:
    quiet = [Window("noon", "UTC", "mon-sun", "12:00", "12:30")]
    got: list[Alert] = []
    with Alerts([got.append], quiet=quiet, clock=clock) as alerts:
        assert not alerts.send(down())
        assert alerts.send(down(severity="critical", text="An order is uncertain."))
        clock.now += 30 * 60
        assert alerts.send(down())  # what was held back does not count as told
        assert alerts.counts()["quiet"] == 1
    assert [a.severity for a in got] == ["critical", "error"]


def test_the_rate_is_limited_and_the_next_alert_tells_of_it(clock: Clock) -> None:
    got: list[Alert] = []
    with Alerts([got.append], rate=3, per=60, clock=clock) as alerts:
        assert [alerts.send(down(f"{n}")) for n in range(5)] == [True] * 3 + [False] * 2
        clock.now += 60
        assert alerts.send(down("later"))
    assert got[-1].details == {"suppressed": 2}


def test_a_clock_that_is_set_back_holds_nothing_back(clock: Clock) -> None:
    with Alerts(rate=1, clock=clock) as alerts:
        assert alerts.send(down())
        clock.now -= 86400
        assert alerts.send(down())


def test_many_keys_do_not_grow_without_end(clock: Clock) -> None:
    with Alerts(rate=10**6, repeat_after=1, clock=clock) as alerts:
        for n in range(1100):
            clock.now += 1
            alerts.send(down(f"{n}"))
            alerts.send(down(f"{n}"))
        assert len(alerts._last) <= 1
        assert len(alerts._held) <= 1001


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Alert("x", "bad", "y"), "severity: 'bad' is none of info, warning"),
        (lambda: Alerts(always="never"), "always: 'never' is none of"),
        (lambda: Alerts(rate=0), "rate: 0 is not at least 1"),
        (lambda: Alerts(limit=0), "limit: 0 is not at least 1"),
        (lambda: Command("echo hello"), "argv: 'echo hello' is no list"),
        (lambda: Command([]), "argv"),
        (lambda: Webhook("file:///etc/passwd"), "url: no address that begins with http"),
        (lambda: Webhook("https://"), "url"),
        (lambda: Webhook("http://[::1"), "url"),
        (lambda: hook_from({"email": "x"}), 'a hook has "command" or "webhook"'),
        (lambda: hook_from({"webhook": "http://x", "body": 1}), "not known: body"),
    ],
)
def test_bad_values_are_named(make: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()


# --- hooks that fail or hang ---


def test_a_hook_that_raises_harms_no_other(caplog: pytest.LogCaptureFixture, clock: Clock) -> None:
    got: list[Alert] = []

    def bad(alert: Alert) -> None:
        raise RuntimeError("no")

    with Alerts([bad, got.append], clock=clock) as alerts:
        alerts.send(down())
    assert len(got) == 1
    assert alerts.counts()["failed"] == 1
    assert "alert connection_down not delivered by bad: RuntimeError: no" in caplog.text


def test_a_hook_that_hangs_holds_nothing_up_and_its_queue_has_a_limit(clock: Clock) -> None:
    got: list[str] = []
    entered, go = threading.Event(), threading.Event()

    def slow(alert: Alert) -> None:
        entered.set()
        go.wait(WAIT)
        got.append(alert.text)

    quick: list[Alert] = []
    with Alerts([slow, quick.append], limit=2, clock=clock) as alerts:
        alerts.send(down("0"))
        assert entered.wait(WAIT)
        for n in range(1, 6):
            alerts.send(down(f"{n}"))
        assert not alerts.flush(0.0)
        assert alerts.counts()["dropped"] >= 3
        go.set()
        assert alerts.flush(WAIT)
    assert got == ["0", "4", "5"]  # the newest are kept


def test_after_close_alerts_are_dropped(clock: Clock) -> None:
    got: list[Alert] = []
    alerts = Alerts([got.append], clock=clock)
    assert alerts.close()
    alerts.send(down())
    assert got == []
    assert alerts.counts()["dropped"] == 1


def test_close_gives_up_a_hook_that_hangs(clock: Clock) -> None:
    entered, go = threading.Event(), threading.Event()

    def slow(alert: Alert) -> None:
        entered.set()
        go.wait(WAIT)

    alerts = Alerts([slow], clock=clock)
    alerts.send(down())
    assert entered.wait(WAIT)
    assert not alerts.close(timeout=0.01)
    go.set()
    assert alerts.close(WAIT)


# --- commands ---


def test_a_command_gets_json_on_its_input(tmp_path: Path, clock: Clock) -> None:
    out = tmp_path / "out"
    script = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read() + sys.argv[2])"
    with Alerts(
        [Command([sys.executable, "-c", script, str(out), "; rm $HOME"])], clock=clock
    ) as a:
        a.send(down("quotes ' \" and ; $(x)"))
    text = out.read_text()
    assert text.endswith("; rm $HOME")  # no shell has read it
    assert json.loads(text.removesuffix("; rm $HOME"))["text"] == "quotes ' \" and ; $(x)"


def test_a_command_that_fails_says_why() -> None:
    failing = Command([sys.executable, "-c", "import sys; sys.exit('no mail today')"])
    with pytest.raises(HookFailed, match="ended with status 1: no mail today"):
        failing(down())
    with pytest.raises(HookFailed, match="/no/such/program was not started"):
        Command(["/no/such/program"])(down())


def test_a_command_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    """Its child holds the pipe of standard error: only the end of the whole group closes it."""
    script = (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    )
    with pytest.raises(HookFailed, match=r"took more than 0\.3 s"):
        Command([sys.executable, "-c", script], timeout=0.3)(down())


def test_secrets_are_not_shown() -> None:
    assert "secret" not in repr(Command(["mail", "--password", "secret"]))
    hook = Webhook("https://example.com/secret", headers={"Authorization": "secret"})
    assert "secret" not in repr(hook) + hook.name


# --- webhooks ---


class Hooked(ThreadingHTTPServer):
    """Answers with the statuses given, then 204; notes what was posted."""

    daemon_threads = False
    statuses: list[int]
    posted: list[tuple[str, dict[str, str], Any]]


class _Handler(BaseHTTPRequestHandler):
    server: Hooked

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, dict(self.headers), json.loads(body)))
        status = self.server.statuses.pop(0) if self.server.statuses else 204
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        if status == 429:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        raise AssertionError("a redirect was followed")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Hooked]:
    made = Hooked(("127.0.0.1", 0), _Handler)
    made.statuses, made.posted = [], []
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join(WAIT)
    made.server_close()


def url_of(server: Hooked) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/hook"


def test_a_webhook_gets_the_alert_as_json(server: Hooked, clock: Clock) -> None:
    with Alerts([Webhook(url_of(server), headers={"X-Key": "k"})], clock=clock) as alerts:
        alerts.send(down())
    ((path, headers, body),) = server.posted
    assert (path, headers["X-Key"], headers["Content-Type"]) == ("/hook", "k", "application/json")
    assert body["text"] == "TWS is away."


def test_a_webhook_with_a_template(server: Hooked, clock: Clock) -> None:
    template = {"content": "{severity}: {text}", "list": ["{kind}", 1], "user": {"n": "{other}"}}
    hook = hook_from({"webhook": url_of(server), "template": template})
    with Alerts([hook], clock=clock) as alerts:
        alerts.send(down("A text with {kind}."))
    assert server.posted[0][2] == {
        "content": "error: A text with {kind}.",
        "list": ["connection_down", 1],
        "user": {"n": "{other}"},
    }


def test_a_busy_server_is_tried_again(server: Hooked, clock: Clock) -> None:
    server.statuses = [503, 429, 500]
    with Alerts([Webhook(url_of(server), pauses=(0, 0, 0))], clock=clock) as alerts:
        alerts.send(down())
        assert alerts.flush(WAIT)
    assert len(server.posted) == 4
    assert alerts.counts()["delivered"] == 1


@pytest.mark.parametrize("status", [400, 404, 302])
def test_a_refusal_is_not_tried_again(server: Hooked, status: int, clock: Clock) -> None:
    server.statuses = [status]
    with Alerts([Webhook(url_of(server), pauses=(0, 0))], clock=clock) as alerts:
        alerts.send(down())
        assert alerts.flush(WAIT)
    assert len(server.posted) == 1
    assert alerts.counts()["failed"] == 1


def test_tries_come_to_an_end(server: Hooked, clock: Clock) -> None:
    server.statuses = [500] * 9
    with Alerts([Webhook(url_of(server), pauses=(0, 0))], clock=clock) as alerts:
        alerts.send(down())
        assert alerts.flush(WAIT)
    assert len(server.posted) == 3
    assert alerts.counts()["failed"] == 1


def test_close_does_not_wait_out_the_pauses(server: Hooked, clock: Clock) -> None:
    server.statuses = [500] * 9
    alerts = Alerts([Webhook(url_of(server), pauses=(3600, 3600, 3600))], clock=clock)
    alerts.send(down())
    assert alerts.close(WAIT)


def test_a_server_that_is_not_there(clock: Clock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but it does not listen
        hook = Webhook(f"http://127.0.0.1:{taken.getsockname()[1]}/secret", pauses=())
        with pytest.raises(HookFailed, match=r"127.0.0.1 was not reached: \w+") as failed:
            hook(down())
    assert failed.value.again
    assert "secret" not in str(failed.value)


def test_a_server_that_says_nothing_is_given_up(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hook = Webhook(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.05)
        with pytest.raises(HookFailed, match="was not reached: TimeoutError"):
            hook(down())


def test_try_out_tells_what_each_hook_did(server: Hooked) -> None:
    hooks: list[Any] = [Webhook(url_of(server)), Command([sys.executable, "-c", "exit(3)"])]
    with Alerts(hooks) as alerts:
        found = alerts.try_out(down("A test."))
    assert found[0] == ("webhook 127.0.0.1", "")
    assert found[1][1].endswith("ended with status 3")

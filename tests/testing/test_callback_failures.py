"""What a callback raises fails the test, whichever thread it was in, and hides nothing."""

from __future__ import annotations

import threading
import traceback
from pathlib import Path
from typing import Any

import pytest
from tap.helpers import record

from ibapi_port.client import EClient
from ibapi_port.tap import Replay, ReplayMismatch
from ibapi_port.testing import ExpectationError, ScriptedTws, connected, watch
from ibapi_port.wrapper import EWrapper

from .test_plugin import run


class App(EWrapper, EClient):
    def __init__(self, **raised: BaseException) -> None:
        EClient.__init__(self, self)
        self.raised = raised

    def nextValidId(self, orderId: int) -> None:
        if "nextValidId" in self.raised:
            raise self.raised["nextValidId"]

    def managedAccounts(self, accountsList: str) -> None:
        if "managedAccounts" in self.raised:
            raise self.raised["managedAccounts"]


@pytest.mark.parametrize(
    "error", [AssertionError("no"), ValueError("no"), pytest.fail.Exception("no"), SystemExit(3)]
)
def test_whatever_a_callback_raises(simulated_tws: ScriptedTws, error: BaseException) -> None:
    with (
        pytest.raises(type(error)) as caught,
        connected(App(nextValidId=error), simulated_tws),
    ):
        pass
    assert caught.value is error


def test_several_are_one_with_notes(simulated_tws: ScriptedTws) -> None:
    first, second = AssertionError("first"), ValueError("second")
    app = App(managedAccounts=first, nextValidId=second)
    with pytest.raises(AssertionError) as caught, connected(app, simulated_tws):
        pass
    whole = "".join(traceback.format_exception(caught.value))
    assert {caught.value, caught.value.__cause__} == {first, second}
    assert "ValueError: second" in whole
    assert any("second" in note or "first" in note for note in caught.value.__notes__)


def test_the_failure_of_the_with_comes_first(simulated_tws: ScriptedTws) -> None:
    own, error = KeyError("own"), AssertionError("callback")
    with (
        pytest.raises(KeyError) as caught,
        connected(App(nextValidId=error), simulated_tws),
    ):
        raise own
    assert caught.value is own
    assert own.__cause__ is error
    with (
        pytest.raises(ExpectationError, match="a callback raised AssertionError: callback"),
        connected(App(nextValidId=error), simulated_tws) as callbacks,
    ):
        callbacks.wait("tickPrice", timeout=0.05)


def test_it_may_be_let_pass(simulated_tws: ScriptedTws) -> None:
    error = AssertionError("meant")
    with connected(App(nextValidId=error), simulated_tws, allow_errors=True) as callbacks:
        pass
    assert callbacks.errors == [error]
    callbacks.check()


def test_a_callback_in_another_thread_and_without_connected() -> None:
    app = App(nextValidId=AssertionError("elsewhere"))
    callbacks = watch(app)

    def call() -> None:
        with pytest.raises(AssertionError):
            app.nextValidId(7)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    with pytest.raises(AssertionError, match="elsewhere"):
        callbacks.check()
    callbacks.check()  # it is told once
    assert callbacks.of("nextValidId", orderId=7)


def test_a_callback_that_takes_other_arguments_is_noted_with_its_error() -> None:
    class Old(EWrapper):
        def nextValidId(self) -> None:  # type: ignore[override]
            pass

    app: Any = Old()
    callbacks = watch(app, allow_errors=True)
    with pytest.raises(TypeError):
        app.nextValidId(7)
    assert [type(error) for error in callbacks.errors] == [TypeError]
    assert [call.name for call in callbacks.calls] == ["nextValidId"]


def test_a_disconnect_that_raises_hides_nothing(simulated_tws: ScriptedTws) -> None:
    class Leaver(App):
        def disconnect(self) -> None:
            super().disconnect()
            raise OSError("at the end")

    with pytest.raises(KeyError) as caught, connected(Leaver(), simulated_tws):
        raise KeyError("own")
    assert "at the end" in str(caught.value.__cause__)
    with pytest.raises(OSError, match="at the end"), connected(Leaver(), simulated_tws):
        pass


def test_a_mismatch_of_a_replay_is_not_hidden_by_what_follows(tmp_path: Path) -> None:
    record(tmp_path / "r")
    app, noticed = App(), threading.Event()

    def ask(tws: Replay) -> None:
        with connected(app, tws):
            tws.on_note = lambda text: noticed.set()
            app.reqCurrentTime()
            assert noticed.wait(10)
            raise ExpectationError("what follows")

    with (
        pytest.raises(ReplayMismatch, match="the program asks other things") as caught,
        Replay(tmp_path / "r", strict=True) as tws,
    ):
        ask(tws)
    assert isinstance(caught.value.__cause__, ExpectationError)


PLUGIN_TESTS = """
import pytest
from ibapi_port.client import EClient
from ibapi_port.testing import connected, watch
from ibapi_port.wrapper import EWrapper

class App(EWrapper, EClient):
    def __init__(self):
        EClient.__init__(self, self)

    def nextValidId(self, orderId):
        assert orderId == 12345

def test_connected(simulated_tws):
    with connected(App(), simulated_tws):
        pass

def test_watched(simulated_tws):
    app = App()
    callbacks = watch(app)
    app.connect(*simulated_tws.address, 1)
    import threading
    thread = threading.Thread(target=app.run)
    thread.start()
    callbacks.wait("nextValidId")
    app.disconnect()
    thread.join()

def test_watched_and_allowed():
    app = App()
    watch(app, allow_errors=True)
    with pytest.raises(AssertionError):
        app.nextValidId(1)

def test_the_next_one_has_nothing_of_it():
    pass
"""


def test_the_plugin_fails_the_test(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(PLUGIN_TESTS)
    done = run(tmp_path)
    assert "2 failed, 2 passed" in done.stdout, done.stdout
    assert done.stdout.count("assert orderId == 12345") >= 2

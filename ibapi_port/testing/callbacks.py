"""The program's side: its callbacks are recorded, and a test waits for them without sleeping."""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ..wrapper import EWrapper
from .matching import ExpectationError, Values, failure_text, matches

TIMEOUT = 5.0  # seconds
CALLBACKS = tuple(
    name
    for name, member in vars(EWrapper).items()
    if inspect.isfunction(member) and not name.startswith("_")
)


class Call(Values):
    """A callback that a program got: its `name` and the values of its parameters."""


class CallbackRecorder:
    """The callbacks that a program has got, from whatever thread; each is here once the program's
    method has returned.
    """

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._handed_out: set[int] = set()
        # The program's thread adds calls while the test's thread looks for one and waits.
        self._changed = threading.Condition()

    @property
    def calls(self) -> list[Call]:
        """Return all calls so far."""
        with self._changed:
            return list(self._calls)

    def of(self, name: str, **wanted: Any) -> list[Call]:
        """Return those of this name with these values, so far."""
        return [call for call in self.calls if call.name == name and matches(call, wanted)]

    def wait(self, name: str, *, timeout: float = TIMEOUT, **wanted: Any) -> Call:
        """Wait for a callback: its name and values that it must have, by parameter or by attribute
        of one; or functions that judge them.

        Each callback is handed out once, the earliest first. ExpectationError after `timeout`
        seconds; ValueError, KeyError: there is no such callback, or no such value in it.
        """
        if name not in CALLBACKS:
            raise ValueError(f"there is no callback {name!r}")
        found: list[Call] = []
        with self._changed:
            if not self._changed.wait_for(lambda: self._hand_out(name, wanted, found), timeout):
                instead = [call for n, call in enumerate(self._calls) if n not in self._handed_out]
                raise ExpectationError(failure_text(name, wanted, timeout, instead))
        return found[0]

    def _hand_out(self, name: str, wanted: dict[str, Any], found: list[Call]) -> bool:
        for n, call in enumerate(self._calls):
            if n not in self._handed_out and call.name == name and matches(call, wanted):
                self._handed_out.add(n)
                found.append(call)
                return True
        return False

    def _recording(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(method)

        @functools.wraps(method)
        def record(*arguments: Any, **values: Any) -> object:
            try:
                return method(*arguments, **values)
            finally:
                bound = signature.bind(*arguments, **values).arguments
                with self._changed:
                    self._calls.append(Call(name, _by_parameter(name, signature, bound)))
                    self._changed.notify_all()

        return record


def _by_parameter(name: str, signature: inspect.Signature, bound: dict[str, Any]) -> dict[str, Any]:
    """Return the values by parameter; those of a method that takes `*args` have IB's names, so that
    a test can ask for them.
    """
    rest = next(
        (one.name for one in signature.parameters.values() if one.kind is one.VAR_POSITIONAL), ""
    )
    if rest not in bound:
        return bound
    ours = list(inspect.signature(getattr(EWrapper, name)).parameters)[1:]
    first = {parameter: value for parameter, value in bound.items() if parameter != rest}
    values = [*first.values(), *bound[rest]]
    if name == "error" and len(values) < len(ours):  # of an older generation, without the time
        ours.remove("errorTime")
    return first | dict(zip(ours, values, strict=False)) if len(values) <= len(ours) else bound


def watch(app: object) -> CallbackRecorder:
    """Note the callbacks of a wrapper from now on: of ours, or of any other with IB's names."""
    recorder = CallbackRecorder()
    for name in CALLBACKS:
        method = getattr(app, name, None)
        if callable(method):
            setattr(app, name, recorder._recording(name, method))
    return recorder


@contextlib.contextmanager
def connected(
    app: Any, tws: Any, client_id: int = 1, timeout: float = TIMEOUT
) -> Iterator[CallbackRecorder]:
    """Connect a program that is client and wrapper in one, run it in a thread until the end of the
    `with`, then disconnect it.

    Its callbacks are recorded. What its `run` raises is raised at the end.
    """
    recorder, raised = watch(app), list[BaseException]()

    def run() -> None:
        try:
            app.run()
        except BaseException as e:  # raised again in the test's thread, at the end of the `with`
            raised.append(e)

    app.connect(tws.host, tws.port, client_id)
    thread = threading.Thread(target=run, name=f"client-{client_id}", daemon=True)
    thread.start()
    try:
        recorder.wait("nextValidId", timeout=timeout)
        yield recorder
    finally:
        app.disconnect()
        thread.join(timeout)
    if thread.is_alive():
        raise RuntimeError("run() has not returned after disconnect()")
    if raised:
        raise raised[0]

"""The program's side: its callbacks are recorded, and a test waits for them without sleeping."""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..wrapper import EWrapper
from .matching import (
    SHOWN,
    Call,
    ExpectationError,
    clock_hint,
    failure_text,
    matches,
    similar,
)

TIMEOUT = 5.0  # seconds
CALLBACKS = tuple(
    name
    for name, member in vars(EWrapper).items()
    if inspect.isfunction(member) and not name.startswith("_")
)


class CallbackRecorder:
    """The callbacks that a program has got, from whatever thread. Each is here once the program's
    method has returned.

    What the program's methods have raised, a failing `assert` among it, is in `errors`. `connected`
    raises it at its end, `check` raises it at once. `allow_errors`: neither does.
    """

    def __init__(self, *, allow_errors: bool = False) -> None:
        self.allow_errors = allow_errors
        self._calls: list[Call] = []
        self._errors: list[BaseException] = []
        self._reported = 0  # how many of them a test has been told
        self._handed_out: set[int] = set()
        self._tws: Any = None  # what the program is connected to, if that is known
        self._client_id = 0
        self._marks: set[int] = set()  # sent to learn that all before them has come
        # Guards the above: callbacks come in the thread of run(), tests wait in their own.
        self._changed = threading.Condition()

    @property
    def errors(self) -> list[BaseException]:
        """Return what callbacks have raised so far, each once, in its order."""
        with self._changed:
            return list(self._errors)

    def check(self) -> None:
        """Raise what callbacks have raised, if they have and `allow_errors` is not set.

        The first one is raised; the others are its notes.
        """
        new = self._unreported()
        if new:
            raise joined(new)

    def _unreported(self) -> list[BaseException]:
        """Return the errors that no test has been told yet; from now on they count as told."""
        with self._changed:
            new = [] if self.allow_errors else self._errors[self._reported :]
            self._reported = len(self._errors)
        return new

    def _failed(self, error: BaseException) -> None:
        with self._changed:
            if any(error is one for one in self._errors):  # a callback within a callback
                return
            self._errors.append(error)
        if not self.allow_errors and self not in _FAILED:
            _FAILED.append(self)

    @property
    def calls(self) -> list[Call]:
        """Return all calls so far."""
        with self._changed:
            return list(self._calls)

    def of(self, name: str, **wanted: object) -> list[Call]:
        """Return those of this name with these values, so far."""
        return [call for call in self.calls if call.name == name and matches(call, wanted)]

    def wait(self, name: str, *, timeout: float = TIMEOUT, **wanted: object) -> Call:
        """Wait for a callback: its name and values that it must have, by parameter or by attribute
        of one; or functions that judge them.

        Each callback is handed out once, the earliest first. ExpectationError after `timeout`
        seconds; ValueError, KeyError: there is no such callback, or no such value in it.
        """
        _check_name(name)
        found: list[Call] = []
        with self._changed:
            if not self._changed.wait_for(lambda: self._hand_out(name, wanted, found), timeout):
                instead = [call for n, call in enumerate(self._calls) if n not in self._handed_out]
                raise ExpectationError(
                    failure_text(name, wanted, timeout, instead)
                    + clock_hint(self._tws)
                    + "".join(f"\n  a callback raised {_told(e)}" for e in self._errors)
                )
        return found[0]

    def sequence(
        self, *steps: str | tuple[str, Mapping[str, object]], timeout: float = TIMEOUT, **all_: Any
    ) -> list[Call]:
        """Wait for callbacks in this order; others may come between them. A step is a name, or a
        name with the values that it must have; `all_` are values that each of them must have.

        What `wait` or a sequence has handed out before does not count. ExpectationError after
        `timeout` seconds: it says which step has not come. ValueError, KeyError: as of `wait`.
        """
        wanted = [(step, {}) if isinstance(step, str) else (step[0], step[1]) for step in steps]
        for name, _ in wanted:
            _check_name(name)
        found: list[int] = []

        def come() -> bool:
            start = found[-1] + 1 if found else 0
            for n in range(start, len(self._calls)):
                if len(found) == len(wanted):
                    break
                name, values = wanted[len(found)]
                call = self._calls[n]
                free = n not in self._handed_out and call.name == name
                if free and matches(call, {**all_, **values}):
                    found.append(n)
            return len(found) == len(wanted)

        with self._changed:
            if not self._changed.wait_for(come, timeout):
                name, values = wanted[len(found)]
                after = found[-1] + 1 if found else 0
                instead = [
                    call
                    for n, call in enumerate(self._calls[after:], after)
                    if n not in self._handed_out
                ]
                place = f"step {len(found) + 1} of {len(wanted)} of the sequence, "
                raise ExpectationError(
                    failure_text(f"{place}{name},", {**all_, **values}, timeout, instead)
                    + clock_hint(self._tws)
                )
            self._handed_out.update(found)
            return [self._calls[n] for n in found]

    def never(self, name: str, *, within: float = 0.0, **wanted: object) -> None:
        """Hold that a callback has not come, and does not `within` so many seconds: of the
        simulated TWS, which pass at once if its time stands still, else real ones.

        What `wait` or `sequence` has handed out does not count. ExpectationError: it has come.
        """
        _check_name(name)
        standing = getattr(self._tws, "stands_still", False)
        if standing and within:
            self._tws.advance(within)
        self.catch_up()

        def came() -> list[Call]:
            return [
                call
                for n, call in enumerate(self._calls)
                if n not in self._handed_out and call.name == name and matches(call, wanted)
            ]

        with self._changed:
            self._changed.wait_for(came, 0.0 if standing else within)
            found = came()
        if found:
            lines = "".join(f"\n  {call!r}" for call in found[:SHOWN])
            raise ExpectationError(f"{name} was not to come, but came:{lines}")

    def catch_up(self) -> None:
        """Wait until the program has worked on all that the simulated TWS has sent it by now."""
        if not hasattr(self._tws, "call"):
            return
        with self._changed:
            mark = -1 - len(self._calls) - (1 << 40)
            self._marks.add(mark)

        def send(world: Any) -> bool:
            client = world.registry.get(self._client_id)
            if client is not None:
                client.send("currentTime", time=mark)
            return client is not None

        self._tws.settle()
        sent = self._tws.call(send)
        with self._changed:
            if sent and not self._changed.wait_for(lambda: mark not in self._marks, TIMEOUT):
                raise ExpectationError("the program does not work on its callbacks")
            self._marks.discard(mark)

    def _hand_out(self, name: str, wanted: dict[str, Any], found: list[Call]) -> bool:
        for n, call in enumerate(self._calls):
            if n not in self._handed_out and call.name == name and matches(call, wanted):
                self._handed_out.add(n)
                found.append(call)
                return True
        return False

    def _is_mark(self, arguments: tuple[Any, ...]) -> bool:
        with self._changed:
            if not self._marks.intersection(arguments):
                return False
            self._marks.difference_update(arguments)
            self._changed.notify_all()
        return True

    def _recording(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(method)

        @functools.wraps(method)
        def record(*arguments: object, **values: object) -> Any:
            if name == "currentTime" and self._is_mark(arguments):
                return None
            try:
                return method(*arguments, **values)
            except BaseException as e:
                self._failed(e)
                raise
            finally:
                try:
                    bound = dict(signature.bind(*arguments, **values).arguments)
                except TypeError:  # the method does not take them, which is its error
                    bound = {f"argument {n}": one for n, one in enumerate(arguments)} | values
                call = Call(name, _by_parameter(name, signature, bound))
                with self._changed:
                    self._calls.append(call)
                    self._changed.notify_all()

        return record


def _check_name(name: str) -> None:
    if name not in CALLBACKS:
        raise ValueError(f"there is no callback {name!r}{similar(name, CALLBACKS)}")


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


def watch(app: Any, *, allow_errors: bool = False) -> CallbackRecorder:
    """Note the callbacks of a wrapper from now on: of ours, or of any other with IB's names.

    What they raise is in the recorder's `errors`; its `check` raises it. With the pytest plugin the
    test fails, unless `allow_errors` says that it may pass.
    """
    recorder = CallbackRecorder(allow_errors=allow_errors)
    for name in CALLBACKS:
        method = getattr(app, name, None)
        if callable(method):
            setattr(app, name, recorder._recording(name, method))
    return recorder


@contextlib.contextmanager
def connected(
    app: Any,
    tws: Any,
    client_id: int = 1,
    timeout: float = TIMEOUT,
    *,
    allow_errors: bool = False,
) -> Iterator[CallbackRecorder]:
    """Connect a program that is client and wrapper in one, run it in a thread until the end of the
    `with`, then disconnect it.

    Its callbacks are noted. What they or its `run` raise is raised at the end; what the `with`
    itself raises comes first, with the rest as its cause and in its notes. `allow_errors`: what
    callbacks raise lets the test pass, and is in the recorder's `errors` only.
    """
    recorder, raised = watch(app, allow_errors=allow_errors), list[BaseException]()
    recorder._tws = tws
    recorder._client_id = client_id

    def run() -> None:
        try:
            app.run()
        except BaseException as e:  # raised again at the end of the `with`
            raised.append(e)

    failures = list[BaseException]()
    body: BaseException | None = None
    app.connect(tws.host, tws.port, client_id)
    thread = threading.Thread(target=run, name=f"client-{client_id}", daemon=True)
    thread.start()
    try:
        recorder.wait("nextValidId", timeout=timeout)
        yield recorder
    except BaseException as e:  # raised again below
        body = e
    try:
        app.disconnect()
    except Exception as e:  # raised at the end
        failures.append(e)
    thread.join(timeout)
    if thread.is_alive():
        failures.append(RuntimeError("run() has not returned after disconnect()"))
    failures = [*recorder._unreported(), *raised, *failures]
    if body is not None:
        raise with_others(body, failures)
    if failures:
        raise joined(failures)


# --- several failures of one test ---

_FAILED: list[CallbackRecorder] = []  # recorders with errors that nobody may have been told


def take_failures() -> list[BaseException]:
    """Return the errors of callbacks that no test has been told yet, for the pytest plugin."""
    failures = [error for recorder in _FAILED for error in recorder._unreported()]
    _FAILED.clear()
    return failures


def joined(failures: list[BaseException]) -> BaseException:
    """Return the first of several failures, with the others in its notes."""
    return with_others(failures[0], failures[1:])


def with_others(first: BaseException, others: list[BaseException]) -> BaseException:
    """Return `first`, with the others as its cause and in its notes, but for those that are in its
    chain already.
    """
    known = _chain(first)
    for other in others:
        if any(other is one for one in known):
            continue
        for one in _chain(other):  # raised while `first` was on its way: that would be a circle
            if any(one.__context__ is each for each in known):
                one.__context__ = None
        if not any(one is each for one in _chain(other) for each in known):
            known[-1].__cause__ = other  # shown by every Python; notes are from 3.11 on
        known = _chain(first)
        _add_note(first, f"A callback, or run(), raised too: {_told(other)}")
    return first


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception and those that it came from, as a traceback shows them."""
    found = [error]
    while True:
        last = found[-1]
        before = last.__cause__
        if before is None and not last.__suppress_context__:
            before = last.__context__
        if before is None or any(before is one for one in found):
            return found
        found.append(before)


def _add_note(error: BaseException, text: str) -> None:
    if hasattr(error, "add_note"):
        error.add_note(text)
    else:  # Python 3.10: pytest shows them nevertheless
        notes = getattr(error, "__notes__", [])
        error.__notes__ = [*notes, text]  # type: ignore[attr-defined]


def _told(error: BaseException) -> str:
    """Return an exception's type and text, and the place where it was raised."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "" if place is None else f" ({place.tb_frame.f_code.co_filename}:{place.tb_lineno})"
    return f"{type(error).__name__}: {error}{where}"

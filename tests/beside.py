"""Run all the tests in two processes: one alone leaves the second processor idle.

The first process is the one that was called. It goes over the files of tests from the first to the
last; the second one goes from the last to the first, and asks before each file whether it may have
it. When the first comes to a file that the second one has, it waits for its reports and hands them on
as if the tests had been run here: the output, its order, `-x`, `--durations` and `--junitxml` are
those of a run in one process.

Two processes are used where the whole of tests/ is asked for, without `-k`. IBAPI_PORT_ONE_PROCESS=1
has one do it all.
Tests marked `alone` run at the end, when the second process has ended.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, BinaryIO

import pytest

TESTS = Path(__file__).resolve().parent
# Options with which few tests run, or the terminal is the test's own.
OF_ONE = ("collectonly", "keyword", "usepdb", "trace", "lf", "stepwise")
ALONE = "alone"
PATIENCE = 30.0  # seconds that the second process has to end when it is told to


def wanted(config: pytest.Config) -> bool:
    """Whether this run is one for two processes."""
    if (
        os.environ.get("IBAPI_PORT_ONE_PROCESS")
        or (os.cpu_count() or 1) < 2
        or hasattr(config, "workerinput")  # this is the second process, or one of pytest-xdist's
        or config.option.capture == "no"
        or any(getattr(config.option, name, None) for name in OF_ONE)
    ):
        return False
    here = config.invocation_params.dir
    return any(TESTS.is_relative_to((here / arg).resolve()) for arg in config.args)


def files_of(items: list[pytest.Item]) -> dict[str, list[pytest.Item]]:
    """Return the tests by their file; those that want to be alone come last."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        if not is_alone(item):
            files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    alone = [item for item in items if is_alone(item)]
    if alone:
        files[ALONE] = alone
    return files


def is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker(ALONE) is not None


def run_file(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Run the tests of a file, and give up all fixtures but those of the session."""
    for n, item in enumerate(items):
        # The next test may be the other process's: what the session itself needs is what is kept.
        following: Any = items[n + 1] if n + 1 < len(items) else session
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        stop_if_told(session)


def stop_if_told(session: pytest.Session) -> None:
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)


class First:
    """The plugin of the process that was called."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._changed = threading.Condition()
        self._mine: set[str] = set()
        self._others: set[str] = set()
        self._reports: dict[str, list[dict[str, Any]]] = {}
        self._complete: set[str] = set()  # the tests whose reports are all here
        self._ended = False
        self._whole = False  # whether all tests have been gone through
        self._trouble = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._listen, name="tests beside", daemon=True)
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed in pytest_unconfigure

    def pytest_sessionstart(self) -> None:
        """Start the second process now: both look for the tests at the same time."""
        given = self._config.invocation_params
        self._process = subprocess.Popen(
            [sys.executable, __file__, *map(str, given.args)],
            cwd=given.dir,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
        )
        self._thread.start()

    def _listen(self) -> None:
        """Take the reports of the second process, and answer what it asks, until it ends."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            while True:
                what, name, *rest = pickle.load(process.stdout)
                with self._changed:
                    if what == "report":
                        self._reports.setdefault(name, []).append(*rest)
                    elif what == "complete":
                        self._complete.add(name)
                    elif name not in self._mine:
                        self._others.add(name)
                    self._changed.notify_all()
                if what == "claim":
                    pickle.dump(name in self._others, process.stdin)
                    process.stdin.flush()
        except (EOFError, OSError, pickle.UnpicklingError):
            pass  # it has ended; what it has not reported is told as failed
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _claim(self, file: str) -> bool:
        """Whether a file is to be run here."""
        with self._changed:
            if file not in self._others:
                self._mine.add(file)
            return file in self._mine

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed or session.config.option.collectonly:
            return None  # pytest says what could not be collected
        for file, items in files_of(session.items).items():
            if file == ALONE:
                self._wait_for_the_end()
            if self._claim(file):
                run_file(session, items)
            else:
                for item in items:
                    self._relay(item)
                    stop_if_told(session)
        self._whole = True
        return True

    def _relay(self, item: pytest.Item) -> None:
        """Wait for what the second process says of a test, and say it here."""
        name, hook = item.nodeid, item.ihook
        hook.pytest_runtest_logstart(nodeid=name, location=item.location)
        with self._changed:
            # with a limit, as Windows lets no Ctrl-C through without
            while not (self._ended or name in self._complete):
                self._changed.wait(1.0)
        for data in self._reports.pop(name, []):
            report = self._config.hook.pytest_report_from_serializable(
                config=self._config, data=data
            )
            hook.pytest_runtest_logreport(report=report)
        if name not in self._complete:
            hook.pytest_runtest_logreport(report=self._lost(item))
        hook.pytest_runtest_logfinish(nodeid=name, location=item.location)

    def _lost(self, item: pytest.Item) -> pytest.TestReport:
        """Return the failure of a test that the second process has not come to the end of."""
        return pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={item.name: 1},
            outcome="failed",
            longrepr="The second process has not told how this test ended: it ended before, or the "
            f"test's name is another one in each process. Its output:\n{self._said()}",
            when="call",
        )

    def _said(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")[-5000:]

    def _wait_for_the_end(self) -> None:
        while self._thread.is_alive():
            self._thread.join(1.0)  # with a limit: see _relay

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """See that the second process ends, and that nothing it had to say was missed."""
        process = self._process
        if process is None:
            return
        if not self._whole:
            self._interrupt(process)
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        self._thread.join()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()
        failed = status == pytest.ExitCode.TESTS_FAILED and session.testsfailed
        if self._whole and status and not failed:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
            self._trouble = f"It ended with status {status}. Its output:\n{self._said()}"

    def _interrupt(self, process: subprocess.Popen[bytes]) -> None:
        """Have the second process stop as by Ctrl-C, so that its tests stop what they started."""
        try:
            process.wait(1.0)  # a terminal's Ctrl-C reaches both
        except subprocess.TimeoutExpired:
            if sys.platform == "win32":
                process.terminate()
            else:
                process.send_signal(signal.SIGINT)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._trouble:
            terminalreporter.section("the second process")
            terminalreporter.write_line(self._trouble)

    def pytest_unconfigure(self) -> None:
        self._output.close()


class Second:
    """The plugin of the process beside."""

    def __init__(self, answers: BinaryIO, said: BinaryIO) -> None:
        self._answers = answers
        self._said = said

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        self._config = config
        config.workerinput = {}  # type: ignore[attr-defined]  # the first one writes XML and caches
        config.option.maxfail = 0  # the first one counts
        config.option.basetemp = None  # the first one would lose its own

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the files that the first process has not come to, from the last on."""
        if not session.testsfailed:  # if something could not be collected the first one says it
            for file, items in reversed(files_of(session.items).items()):
                if file != ALONE and self._has(file):
                    run_file(session, items)
        return True

    def _has(self, file: str) -> bool:
        self._say("claim", file)
        return bool(pickle.load(self._answers))

    def _say(self, *what: Any) -> None:
        pickle.dump(what, self._said)
        self._said.flush()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._say("report", report.nodeid, data)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._say("complete", nodeid)


def main() -> int:
    """Be the second process: what comes in and goes out is between the two; prints go elsewhere."""
    answers, said = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answers, said, open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        return int(pytest.main(sys.argv[1:], plugins=[Second(answers, said)]))


if __name__ == "__main__":
    sys.exit(main())

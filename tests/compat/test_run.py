"""python -m ibapi_port run: a program of the official client behaves as under plain python."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from .helpers import ROOT, python

RUN = ("-m", "ibapi_port", "run")

# everything that a program can see of how it was started
SELF = """
import sys
names = sorted(name for name in globals() if name.startswith("__") and "annot" not in name and "cached" not in name)
print(__name__, __file__, __package__, __doc__, type(__builtins__).__name__, type(__loader__).__name__, names)
print(sys.argv, sys.path[0], __spec__ and __spec__.name, sys.modules["__main__"].__dict__ is globals())
print(repr(sys.stdin.read()))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = tmp_path / "package"
    (package / "inner").mkdir(parents=True)
    for path in (
        tmp_path / "program.py",
        package / "__main__.py",
        package / "module.py",
        package / "inner" / "__main__.py",
    ):
        path.write_text(SELF)
    for path in (package, package / "inner"):
        (path / "__init__.py").write_text("")
    (tmp_path / "beside.py").write_text("VALUE = 5\n")
    (tmp_path / "link.py").symlink_to(package / "module.py")
    return tmp_path


def both(
    folder: Path, *program: str, stdin: str = ""
) -> tuple[subprocess.CompletedProcess[str], subprocess.CompletedProcess[str]]:
    """Under plain python, and under ours."""
    return python(*program, cwd=folder, stdin=stdin), python(
        *RUN, *program, cwd=folder, stdin=stdin
    )


def write(folder: Path, text: str) -> str:
    (folder / "written.py").write_text(text)
    return "written.py"


@pytest.mark.parametrize(
    "program",
    [
        ["program.py"],
        ["program.py", "a", "-b", "--generation", "x", "--help", "--", "-m", "c d"],
        ["./program.py", "a"],
        ["package/module.py"],
        ["link.py"],
        ["-m", "package", "-x", "--help"],
        ["-m", "package.module", "a"],
        ["-m", "package.inner"],
        ["-m", "program", "--generation", "9.81"],
    ],
    ids=" ".join,
)
def test_a_program_sees_no_difference(program: list[str], folder: Path) -> None:
    plain, ours = both(folder, *program, stdin="in\nput\n")
    assert plain.returncode == 0, plain.stderr
    assert (ours.returncode, ours.stdout, ours.stderr) == (0, plain.stdout, plain.stderr)
    assert ours.stdout.endswith("'in\\nput\\n'\n")


def test_an_absolute_path(folder: Path) -> None:
    plain, ours = both(folder, str(folder / "program.py"))
    assert ours.stdout == plain.stdout
    assert plain.returncode == ours.returncode == 0


@pytest.mark.parametrize(
    "ending",
    [
        "",
        "sys.exit()",
        "sys.exit(None)",
        "sys.exit(0)",
        "sys.exit(3)",
        "sys.exit('a reason')",
        "raise SystemExit(4)",
        "raise SystemExit",
        "sys.exit(True)",
        "sys.exit((1, 2))",
        "quit(5)",
        "import os; sys.stdout.flush(); os._exit(6)",
        "import signal, os; sys.stdout.flush(); os.kill(os.getpid(), signal.SIGTERM)",
    ],
)
def test_exit_status(ending: str, folder: Path) -> None:
    plain, ours = both(folder, write(folder, f"import sys\nprint('begun')\n{ending}\n"))
    assert (ours.returncode, ours.stdout, ours.stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )
    assert ours.stdout == "begun\n"


@pytest.mark.parametrize(
    "text",
    [
        "def f(n):\n    return 1 / n\n\nf(0)\n",
        "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('later') from e\n",
        "import json\njson.loads('{')\n",
        "raise KeyboardInterrupt\n",
        "import nonsense\n",
        "exec('x = (')\n",
        "raise ExceptionGroup('several', [ValueError(1), TypeError(2)])\n",
    ],
)
def test_tracebacks_begin_in_the_program(text: str, folder: Path) -> None:
    plain, ours = both(folder, write(folder, text))
    assert ours.returncode == plain.returncode != 0
    assert ours.stderr == plain.stderr
    assert "ibapi_port" not in ours.stderr
    assert f'File "{folder}/written.py"' in ours.stderr


@pytest.mark.parametrize(
    "text", ["x = (\n", "print 'hello'\n", "def f():\nreturn 1\n", "\tx\n  y\n"]
)
def test_syntax_errors(text: str, folder: Path) -> None:
    plain, ours = both(folder, write(folder, text))
    assert (ours.returncode, ours.stdout) == (plain.returncode, "") == (1, "")
    # between them the text, in which python marks the place more or less well
    lines, plain_lines = ours.stderr.splitlines(), plain.stderr.splitlines()
    assert (lines[0], lines[-1]) == (plain_lines[0], plain_lines[-1])


def test_a_syntax_error_in_a_module_that_the_program_imports(folder: Path) -> None:
    (folder / "broken.py").write_text("x = (\n")
    plain, ours = both(folder, write(folder, "import broken\n"))
    assert (ours.returncode, ours.stderr) == (plain.returncode, plain.stderr)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (["nonsense.py"], "No such file"),
        (["package/nonsense.py"], "No such file"),
        (["-m", "nonsense"], "no module named nonsense"),
        (["-m", "package.nonsense"], "no module named package.nonsense"),
        (["-m", "nonsense.deeper"], "No module named 'nonsense'"),
    ],
)
def test_programs_that_there_are_not(program: list[str], reason: str, folder: Path) -> None:
    plain, ours = both(folder, *program)
    assert ours.returncode == plain.returncode != 0
    assert ours.stdout == ""
    assert reason in ours.stderr
    assert "Traceback" not in ours.stderr
    assert len(ours.stderr.splitlines()) == 1


def test_threads_that_outlive_the_program_text(folder: Path) -> None:
    text = (
        "import threading, time, sys\n"
        "value = 'global'\n"
        "def late():\n    time.sleep(0.2)\n    print('late', value, __name__, sys.modules['__main__'].value)\n"
        "threading.Thread(target=late).start()\n"
        "print('end')\n"
    )
    plain, ours = both(folder, write(folder, text))
    assert (ours.returncode, ours.stdout, ours.stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )
    assert ours.stdout == "end\nlate global __main__ global\n"


def test_handlers_at_exit(folder: Path) -> None:
    _, ours = both(
        folder,
        write(
            folder,
            "import atexit\nvalue = 1\natexit.register(lambda: print('at exit', value))\nraise SystemExit(7)\n",
        ),
    )
    assert (ours.returncode, ours.stdout) == (7, "at exit 1\n")


def test_modules_beside_the_program(folder: Path) -> None:
    done = python(*RUN, str(folder / write(folder, "import beside\nprint(beside.VALUE)\n")))
    assert done.stdout == "5\n", done.stderr


def test_pickles_and_dataclasses_of_the_program_itself(folder: Path) -> None:
    text = (
        "import dataclasses, pickle\n"
        "@dataclasses.dataclass\nclass Point:\n    x: 'int' = 1\n"
        "assert pickle.loads(pickle.dumps(Point())) == Point()\n"
        "import inspect\nassert 'dataclass' in inspect.getsource(Point)\n"
    )
    done = python(*RUN, write(folder, text), cwd=folder)
    assert done.returncode == 0, done.stderr


PROGRAM = """
from ibapi.client import EClient
from ibapi.contract import *
from ibapi.wrapper import EWrapper
import ibapi
print(EClient.__module__.split(".")[0], Contract().comboLegs, Contract().strike < 1, issubclass(EClient, object))
"""


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], "ibapi_port [] False True\n"),
        (["--generation", "9.81"], "ibapi_port None True True\n"),
        (["--generation=10.30"], "ibapi_port [] True True\n"),
        (["--generation", "10.46"], "ibapi_port [] False True\n"),
        (["--generation", "10.51"], "ibapi_port [] False True\n"),
    ],
)
def test_the_generation(options: list[str], shown: str, folder: Path) -> None:
    done = python(*RUN, *options, write(folder, PROGRAM), cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, shown, "")


def test_unknown_generation(folder: Path) -> None:
    done = python(*RUN, "--generation", "8", "program.py", cwd=folder)
    assert done.returncode == 2
    assert "invalid choice: '8'" in done.stderr


def test_an_official_client_that_is_installed_is_not_used(folder: Path) -> None:
    (folder / "ibapi").mkdir()
    (folder / "ibapi" / "__init__.py").write_text("raise AssertionError('imported')\n")
    done = python(*RUN, write(folder, PROGRAM), cwd=folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [[], ["-m"], ["--generation", "9.81"]])
def test_without_a_program(arguments: list[str]) -> None:
    done = python(*RUN, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("python -m ibapi_port run: the following arguments")
    assert done.stderr.count("\n") == 1


def test_help() -> None:
    done = python(*RUN, "--help")
    assert done.returncode == 0
    assert "--generation" in done.stdout
    assert str(ROOT) not in done.stdout


POOL = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from ibapi.contract import Contract
import ibapi
print("read as", __name__, ibapi.__name__, Contract().comboLegs)
def work(number):
    contract = Contract()
    contract.conId = number
    return contract
def nested(number):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return [made.conId for made in pool.map(work, [number])]
if __name__ == "__main__":
    context = multiprocessing.get_context("{method}")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        print([made.conId for made in pool.map(work, [1, 2])])
        print(list(pool.map(nested, [3])) if "{method}" == "spawn" else [[3]])
    process = context.Process(target=print, args=(work(4).conId,))
    process.start()
    process.join()
    print("exit", process.exitcode)
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
@pytest.mark.parametrize("program", [["written.py"], ["-m", "written"]], ids=" ".join)
def test_pools(method: str, program: list[str], folder: Path) -> None:
    write(folder, POOL.format(method=method))
    done = python(*RUN, "--generation", "9.81", *program, cwd=folder)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert lines.count("read as __main__ ibapi None") == 1
    assert (
        lines.count("read as __mp_main__ ibapi None")
        == len([line for line in lines if "__mp_main__" in line])
        > 0
    )
    assert [line for line in lines if "read" not in line] == ["[1, 2]", "[[3]]", "4", "exit 0"]


def test_multiprocessing_is_not_imported_for_its_own_sake(folder: Path) -> None:
    done = python(
        *RUN, write(folder, "import sys; print('multiprocessing' in sys.modules)\n"), cwd=folder
    )
    assert done.stdout == "False\n", done.stderr


@pytest.mark.parametrize(
    "program", [["package"], ["./package/"], ["archive.zip", "a"], ["-", "a", "b"]], ids=" ".join
)
def test_folders_archives_and_the_standard_input(program: list[str], folder: Path) -> None:
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr("__main__.py", SELF)
    plain, ours = both(folder, *program, stdin=SELF if program[0] == "-" else "")
    assert plain.returncode == 0, plain.stderr
    assert (ours.returncode, ours.stdout, ours.stderr) == (0, plain.stdout, plain.stderr)

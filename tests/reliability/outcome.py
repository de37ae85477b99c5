"""A case in a process of its own, with a deadline; for the test suite and for the comparison."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Outcome:
    """ "pass", "fail", "hang" or "n/a"; why; all that it printed."""

    outcome: str
    why: str
    output: str = ""


def run_case(
    python: str,
    package: str,
    row: str,
    deadline: float,
    wait: float,
    full: bool = False,
    soon: float = 2.0,
) -> Outcome:
    """Run a row's case on a package under an interpreter. `wait`: seconds after which it takes what
    must come as missing; `soon`: seconds that "at once" may take.
    """
    command = [python, str(HERE / "run_case.py"), package, row, *(["--full"] if full else [])]
    environment = {
        **os.environ,
        "RELIABILITY_WAIT": str(wait),
        "RELIABILITY_SOON": str(soon),
    }
    if "PYTHONPYCACHEPREFIX" not in environment:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"  # it may be another package's environment
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        try:
            process.wait(deadline)
            hung = False
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            hung = True
        output.seek(0)
        text = output.read()
    if hung:
        return Outcome("hang", f"no end within {deadline:g} s", text)
    try:
        result = json.loads(text.strip().splitlines()[-1])
        return Outcome(result["outcome"], result["why"], text)
    except (ValueError, LookupError, TypeError):
        return Outcome("fail", f"the process died with status {process.returncode}", text)

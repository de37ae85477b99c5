"""Runs one case in this process: `run_case.py PACKAGE ROW [--full]`. The last line of its output is
JSON: outcome and why.

It runs under the interpreter of whichever client, with nothing but the standard library, that
client, and the tests beside it.
"""

import json
import os
import sys
import traceback
import warnings
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]


def last_line(told: str) -> str:
    """The line of an assertion without words."""
    return [line.strip() for line in told.splitlines() if line.strip(" ^~")][-2]


def main() -> None:
    package, row, *options = sys.argv[1:]
    warnings.simplefilter("ignore")
    import reliability.cases
    from reliability.bench import CASES, Bench, NotApplicable

    assert reliability.cases
    bench = Bench(package, full="--full" in options)
    outcome, why, told = "pass", "", ""
    try:
        CASES[row](bench)
    except NotApplicable as e:
        outcome, why = "n/a", str(e)
    except AssertionError as e:
        told = traceback.format_exc()
        outcome, why = "fail", str(e).splitlines()[0] if str(e) else last_line(told)
    except BaseException as e:
        told = traceback.format_exc()
        outcome, why = "fail", f"{type(e).__name__}: {e}"
    if outcome == "fail":
        print(told)
    elif package == "ibapi_port":
        bench.close()  # foreign clients may hang here: their process just ends
    print("\n" + json.dumps({"outcome": outcome, "why": why[:300]}), flush=True)
    sys.stderr.flush()
    os._exit(0)  # whatever threads the client has left


if __name__ == "__main__":
    main()

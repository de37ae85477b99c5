"""What the Python drivers share: checks with names, and the simulated TWS's control. A driver runs
in the client's own environment.
"""

from __future__ import annotations

import json
import time
import traceback
import urllib.error
import urllib.request

CHECKS = {}  # by the capability's key: what to do, and at which simulated TWS


class Absent(Exception):
    """The client's API does not have it."""


def check(key, at="usual"):
    """The function tests one capability: it gets a connected client, and raises what is wrong, or
    Absent.
    """

    def add(function):
        assert key not in CHECKS
        CHECKS[key] = function, at
        return function

    return add


class Control:
    """The simulated TWS's control over HTTP."""

    def __init__(self, port):
        self._port = port

    def do(self, command, **values):
        """Run a command of a script; its result."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/{command}", json.dumps(values).encode(), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as e:
            raise AssertionError(f"{command}: {e.read().decode()}") from None


def run(connect, told):
    """Run the checks that are asked for; one line of JSON each. `connect(address)` gives a context
    manager for a client.

    `told`: {"tws": {kind: [port, control port]}, "versions": {server version: [port, control
    port]}, "only": keys or []}
    """
    for key, (function, at) in CHECKS.items():
        if key == "connect" or (told["only"] and key not in told["only"]):
            continue
        report(key, attempt(connect, function, told["tws"][at]))
    for version, address in told["versions"].items():
        report(f"connect {version}", attempt(connect, CHECKS["connect"][0], address))


def attempt(connect, function, address):
    """ "ok", "-" or what is wrong."""
    try:
        with connect(*address) as client:
            function(client)
    except Absent:
        return "-"
    except AssertionError as e:
        line = traceback.extract_tb(e.__traceback__)[-1]
        return f"{str(e) or 'not so'} [{line.line}]"
    except Exception as e:
        return f"{type(e).__name__}: {e} [{traceback.extract_tb(e.__traceback__)[-1].line}]"
    return "ok"


def report(key, result):
    print(json.dumps([key, result]), flush=True)


def soon(condition, what, pause=time.sleep, seconds=10.0):
    """Wait until something holds; what it is then."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"waited in vain for {what}"
        pause(0.01)

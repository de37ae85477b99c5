"""Fixtures of the tests over a socket; no test may leave a thread or a socket behind."""

from client.conftest import _ends_are_quick, _nothing_left, app, serve
from protocol.helpers import no_failures

__all__ = ["_ends_are_quick", "_nothing_left", "app", "no_failures", "serve"]

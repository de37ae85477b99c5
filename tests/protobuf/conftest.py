"""Fixtures of the tests over a socket; no test may leave a thread or a socket behind."""

from client.conftest import _nothing_left, app, serve

__all__ = ["_nothing_left", "app", "serve"]

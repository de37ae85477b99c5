"""The cases, by what goes wrong. Importing this registers all of them."""

from . import (
    callbacks,
    ending,
    frames,
    life,
    load,
    opening,
    requests,
    simulated,
    stream,
    values,
    walk,
)

__all__ = ["callbacks", "ending", "frames", "life", "load", "opening", "requests", "simulated", "stream", "values", "walk"]

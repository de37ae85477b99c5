"""The cases, by what goes wrong. Importing this registers all of them."""

from . import callbacks, ending, frames, hanging, life, load, opening, orders, requests, scarcity, simulated, stream, values, walk

__all__ = ["callbacks", "ending", "frames", "hanging", "life", "load", "opening", "orders", "requests", "scarcity", "simulated", "stream", "values", "walk"]

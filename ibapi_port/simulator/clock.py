"""The clocks that `SimulatedTws(clock=...)` takes; they are made in `net.clock`."""

from __future__ import annotations

from .net.clock import OPENING, Clock, VirtualClock, WallClock

__all__ = ["OPENING", "Clock", "VirtualClock", "WallClock"]

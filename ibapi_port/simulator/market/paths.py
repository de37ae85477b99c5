"""Dice that are thrown for a place and a moment: the same whoever asks, and when."""

from __future__ import annotations

_MASK = 2**64 - 1


def noise(seed: int, line: int, cell: int) -> float:
    """A number from -1 to 1 for these three, as if random (a 64-bit mix in the manner of SplitMix)."""
    x = (seed * 0x9E3779B97F4A7C15 + line * 0xD1B54A32D192ED03 + cell * 0x8CB92BA72F3D8DD7) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return float(x ^ (x >> 31)) / 2**63 - 1

"""What is counted."""

from __future__ import annotations

from collections import Counter

BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts of one server."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.buckets: Counter[float] = Counter()
        self.seconds = 0.0
        self.count = 0
        self.orders: Counter[str] = Counter()
        self.reconnects = 0
        self.gaps = 0

    def request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        self.requests[method, path, status] += 1
        self.count += 1
        self.seconds += seconds
        for bucket in BUCKETS:
            if seconds <= bucket:
                self.buckets[bucket] += 1
                break


__all__ = ["BUCKETS", "Metrics"]

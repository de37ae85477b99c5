"""What is counted, as Prometheus reads it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .context import Context

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

    def text(self, context: Context) -> str:
        """Return all as text."""
        lines: list[str] = []

        def say(name: str, kind: str, text: str, rows: Mapping[str, float]) -> None:
            lines.append(f"# HELP ibrest_{name} {text}")
            lines.append(f"# TYPE ibrest_{name} {kind}")
            lines.extend(f"ibrest_{name}{labels} {value:g}" for labels, value in rows.items())

        requests = {
            f'{{method="{m}",path="{p}",status="{s}"}}': n for (m, p, s), n in self.requests.items()
        }
        say("requests_total", "counter", "Requests by method, route and status.", requests)
        self._histogram(lines)
        connections = context.pool.connections
        say("connected", "gauge", "Whether a client id is connected to TWS.",
            {f'{{client_id="{c.client_id}"}}': int(c.is_ready) for c in connections})  # fmt: skip
        say("upstream", "gauge", "Whether TWS is connected to IB.",
            {f'{{client_id="{c.client_id}"}}': int(c.is_ready and c.upstream)
             for c in connections})  # fmt: skip
        say("round_trip_seconds", "gauge", "How long TWS took to answer last.",
            {f'{{client_id="{c.client_id}"}}': c.round_trip for c in connections
             if c.round_trip is not None})  # fmt: skip
        say("connections_lost_total", "counter", "Connections that were lost.",
            {"": self.reconnects})  # fmt: skip
        topics = list(context.hub.topics.values())
        say("subscriptions", "gauge", "Standing requests to TWS.",
            {"": sum(topic.upstream is not None for topic in topics)})  # fmt: skip
        say("viewers", "gauge", "Streams that are open.",
            {"": sum(len(topic.viewers) for topic in topics)})  # fmt: skip
        say("events_total", "counter", "Events handed to viewers.", {"": context.hub.delivered})
        say("orders_total", "counter", "Orders by what became of the request.",
            {f'{{result="{name}"}}': n for name, n in self.orders.items()})  # fmt: skip
        say("trading_halted", "gauge", "Whether orders are refused.",
            {"": int(bool(context.desk.why_halted()))})  # fmt: skip
        say("uptime_seconds", "gauge", "How long the server has been running.",
            {"": time.time() - context.started_at})  # fmt: skip
        return "\n".join(lines) + "\n"

    def _histogram(self, lines: list[str]) -> None:
        name = "ibrest_request_seconds"
        lines.append(f"# HELP {name} How long requests took.")
        lines.append(f"# TYPE {name} histogram")
        total = 0
        for bucket in BUCKETS:
            total += self.buckets[bucket]
            lines.append(f'{name}_bucket{{le="{bucket:g}"}} {total}')
        lines.append(f'{name}_bucket{{le="+Inf"}} {self.count}')
        lines.append(f"{name}_sum {self.seconds:g}")
        lines.append(f"{name}_count {self.count}")


__all__ = ["Metrics"]

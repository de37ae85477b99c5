"""What is counted, as Prometheus reads it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from .context import Context
from .metrics import BUCKETS, Metrics


def text(context: Context) -> str:
    """Return all as text."""
    metrics = context.metrics
    lines: list[str] = []

    def say(name: str, kind: str, text: str, rows: Mapping[str, float]) -> None:
        lines.append(f"# HELP ibrest_{name} {text}")
        lines.append(f"# TYPE ibrest_{name} {kind}")
        lines.extend(f"ibrest_{name}{labels} {value:g}" for labels, value in rows.items())

    requests = {
        f'{{method="{m}",path="{p}",status="{s}"}}': n for (m, p, s), n in metrics.requests.items()
    }
    say("requests_total", "counter", "Requests by method, route and status.", requests)
    _histogram(lines, metrics)
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
        {"": metrics.reconnects})  # fmt: skip
    topics = list(context.hub.topics.values())
    say("subscriptions", "gauge", "Standing requests to TWS.",
        {"": sum(topic.upstream is not None for topic in topics)})  # fmt: skip
    say("viewers", "gauge", "Streams that are open.",
        {"": sum(len(topic.viewers) for topic in topics)})  # fmt: skip
    say("events_total", "counter", "Events handed to viewers.", {"": context.hub.delivered})
    say("orders_total", "counter", "Orders by what became of the request.",
        {f'{{result="{name}"}}': n for name, n in metrics.orders.items()})  # fmt: skip
    say("trading_halted", "gauge", "Whether orders are refused.",
        {"": int(bool(context.desk.why_halted()))})  # fmt: skip
    say("uptime_seconds", "gauge", "How long the server has been running.",
        {"": time.time() - context.started_at})  # fmt: skip
    return "\n".join(lines) + "\n"


def _histogram(lines: list[str], metrics: Metrics) -> None:
    name = "ibrest_request_seconds"
    lines.append(f"# HELP {name} How long requests took.")
    lines.append(f"# TYPE {name} histogram")
    total = 0
    for bucket in BUCKETS:
        total += metrics.buckets[bucket]
        lines.append(f'{name}_bucket{{le="{bucket:g}"}} {total}')
    lines.append(f'{name}_bucket{{le="+Inf"}} {metrics.count}')
    lines.append(f"{name}_sum {metrics.seconds:g}")
    lines.append(f"{name}_count {metrics.count}")


__all__ = ["text"]

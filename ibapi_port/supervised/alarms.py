"""What is wrong, handed to alert hooks."""

from __future__ import annotations

from ..alerts import Alert, Alerts
from .events import Alarm
from .reconcile import Fate, Report


class Alarms:
    """The alerts that a program wants to have; nothing is told before `watch`."""

    def __init__(self) -> None:
        self._alerts: Alerts | None = None

    def watch(self, alerts: Alerts | None) -> None:
        """Tell these from now on; None: nobody."""
        self._alerts = alerts

    def raise_(self, alarm: Alarm) -> None:
        """Tell that something is wrong, or is over."""
        alerts = self._alerts
        if alerts is None:
            return
        if alarm.over:
            alerts.forget(alarm.kind)
            alerts.send(Alert(f"{alarm.kind}_over", "info", alarm.text))
        else:
            alerts.send(Alert(alarm.kind, "error", alarm.text))

    def stale(self, ids: tuple[int, ...]) -> None:
        """Tell that streams stay silent, and are requested again."""
        if self._alerts is not None:
            text = f"{len(ids)} streams stay silent and are requested again."
            self._alerts.send(Alert("data_stale", "warning", text, details={"ids": list(ids)}))

    def reconciled(self, report: Report) -> None:
        """Tell of orders whose fate is not known, or that are lost."""
        bad = [each for each in report.orders if each.fate in (Fate.LOST, Fate.UNKNOWN)]
        if not bad or self._alerts is None:
            return
        named = ", ".join(f"{each.orderId} {each.fate.value}" for each in bad)
        text = f"Orders after a gap: {named}."
        details = {"orders": {str(each.orderId): each.fate.value for each in bad}}
        self._alerts.send(Alert("uncertain_order", "critical", text, details=details))


__all__ = ["Alarms"]

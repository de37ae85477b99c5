"""When IB's servers are reset, by region, and when a login is expected to work again."""

from __future__ import annotations

from datetime import datetime

from ..reset_windows import TOKENS_END, in_window, next_window
from .config import NEXT_LOGIN, Config

_HOSTS = {
    "gdc1": "America",
    "ndc1": "America",
    "cdc1": "America",
    "zdc1": "Europe",
    "hdc1": "Asia",
    "mcgw1": "Asia",
}
DEFAULT_REGION = "America"


def region_of(peer: str) -> str:
    """Return the region of a server as jts.ini names it: "zdc1.ibllc.com:4000" is in Europe."""
    host = peer.partition(":")[0].partition(".")[0].lower()
    return _HOSTS.get(host.removesuffix("_hb1"), DEFAULT_REGION)


def in_weekend_reset(when: datetime, config: Config) -> bool:
    """Return whether a moment is in the reset of the weekend."""
    return in_window(when, config.weekend_resets) is not None


def in_server_reset(when: datetime, config: Config, region: str) -> bool:
    """Return whether a moment is in the reset of the weekend, or in the region's daily one."""
    daily = config.server_resets.get(region, ())
    return in_weekend_reset(when, config) or in_window(when, daily) is not None


def next_login(when: datetime, config: Config) -> datetime:
    """Return when a login is expected to work: now, or on Sunday at 16:00 in New York."""
    if not in_weekend_reset(when, config):
        return when
    found = next_window(when, (NEXT_LOGIN,))
    assert found is not None  # there is one in each week
    return found.start


def next_forced_login(when: datetime) -> datetime:
    """Return when the tokens end: the first login after it wants the second factor."""
    found = next_window(when, (TOKENS_END,))
    assert found is not None  # there is one in each week
    return found.start

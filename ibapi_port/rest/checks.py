"""What is looked at before a server starts: settings that could not work are refused by name."""

from __future__ import annotations

import math
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from .channels import CHANNELS
from .many import OWN, values_of
from .problems import Problem
from .settings import Settings

_REDIS = ("redis", "rediss", "unix")
_ABOVE_0 = ("timeout", "connect_timeout", "request_seconds", "stuck", "keep")


def check(settings: Settings) -> None:
    """Raise ValueError if a setting, which it names, cannot work."""
    if settings.http and not settings.is_loopback:
        raise ValueError("--http: plain HTTP is for 127.0.0.1, ::1 and localhost alone")
    if not 0 <= settings.port <= 65535:
        raise ValueError(f"--port: {settings.port} is not within 0 and 65535")
    if not 0 < settings.gateway_port <= 65535:
        raise ValueError(f"--gateway: port {settings.gateway_port} is not within 1 and 65535")
    if settings.keep_orders < 0:
        raise ValueError(f"--keep-orders: {settings.keep_orders} is below 0")
    for name in _ABOVE_0:
        seconds = getattr(settings, name)
        if not 0 < seconds < math.inf:  # NaN is neither
            raise ValueError(f"{name}: {seconds} is no number of seconds above 0")
    if not 0 <= settings.linger < math.inf:
        raise ValueError(f"--linger: {settings.linger} is no number of seconds from 0 on")
    _check_certificate(settings)
    _check_publishing(settings)


def _check_certificate(settings: Settings) -> None:
    if settings.http:
        return
    for name, file in (("--cert", settings.cert), ("--key", settings.key)):
        if file and not Path(file).is_file():
            raise ValueError(f"{name}: there is no file {file}; without --cert and --key "
                             "the server makes a certificate")  # fmt: skip


def _check_publishing(settings: Settings) -> None:
    """Refuse what Redis, or TWS, would never get: it would be missed by its readers alone."""
    if not settings.publish:
        if settings.publish_channels:
            raise ValueError("--publish-channel: say by --publish redis://HOST where to publish")
        return
    url = urlsplit(settings.publish)
    if url.scheme not in _REDIS or not (url.netloc or url.path):
        raise ValueError(f"--publish: {settings.publish!r} is not like redis://HOST:PORT")
    for channel in settings.publish_channels:
        name, _, query = channel.partition("?")
        name = name.strip("/")
        known = CHANNELS.get(name)
        try:
            if known is not None:
                values_of(known, dict(parse_qsl(query)))
            elif name not in OWN:
                names = ", ".join(sorted({*CHANNELS, *OWN}))
                raise ValueError(f"--publish-channel: there is no {name!r}; known are {names}")
            elif query:
                raise ValueError(f"--publish-channel {name}: it has no parameters")
        except Problem as problem:
            raise ValueError(f"--publish-channel {channel}: {problem.detail}") from None


__all__ = ["check"]

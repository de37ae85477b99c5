"""The page that a browser gets of the control port."""

from __future__ import annotations

import secrets
from functools import lru_cache
from importlib import resources

from .http_server import Page

TOKEN_HEADER = "X-Control-Token"


@lru_cache(maxsize=1)
def _text() -> str:
    own = resources.files(__name__.rpartition(".")[0])
    return own.joinpath("data/control.html").read_text(encoding="utf-8")


def page(token: str) -> Page:
    """Return the page. `token` is what its buttons show: no page of another origin can read it."""
    nonce = secrets.token_urlsafe(12)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    text = _text().replace("{{nonce}}", nonce).replace("{{token}}", token)
    headers = (
        ("Content-Security-Policy", policy),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )
    return Page(text.encode(), "text/html; charset=utf-8", headers)

"""Codes of an authenticator app, as RFC 6238 makes them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

PERIOD = 30


def secret_bytes(secret: str) -> bytes:
    """Return the bytes of a base32 secret. Raise ValueError, without the secret in its text."""
    text = "".join(secret.split()).replace("-", "").upper()
    try:
        found = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        raise ValueError("totp_secret: it is no base32 text (A-Z, 2-7)") from None
    if not found:
        raise ValueError("totp_secret: it is empty")
    return found


def code(secret: str, seconds: float, digits: int = 6) -> str:
    """Return the code at a moment, given in seconds since 1970."""
    counter = int(seconds // PERIOD).to_bytes(8, "big")
    digest = hmac.new(secret_bytes(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)

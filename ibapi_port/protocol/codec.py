"""The codec of a server version, under the name that it has had: programs and tests import it."""

from __future__ import annotations

from .select import codec_for
from .text.codec import RAW_ID_SINCE, Codec, Received

__all__ = ["RAW_ID_SINCE", "Codec", "Received", "codec_for"]

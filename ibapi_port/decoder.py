"""From a message to the callbacks of an EWrapper."""

from __future__ import annotations

from typing import Any

from ._client.dispatcher import Decoder


class HandleInfo:
    """How a message was handled in the official decoder: a name that programs may import."""

    def __init__(self, wrap: Any = None, proc: Any = None) -> None:
        if wrap is None and proc is None:
            raise ValueError("neither a wrapper's method nor a processing one")
        self.wrapperMeth, self.wrapperParams, self.processMeth = wrap, None, proc

    def __str__(self) -> str:
        return f"wrap:{self.wrapperMeth} meth:{self.processMeth} prms:{self.wrapperParams}"


__all__ = ["Decoder", "HandleInfo"]

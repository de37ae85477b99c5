"""What the faces IB and AsyncIB raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..error_codes import Advice


class IBError(Exception):
    """The base of all that IB and AsyncIB raise."""


class NotConnected(IBError, ConnectionError):
    """There is no connection, or it ended before the answer came."""


class RequestFailed(IBError):
    """TWS, or the client itself, has answered a request with an error.

    `code`, `text`: as in EWrapper.error; `request`: the name of the request.
    """

    def __init__(self, request: str, code: int, text: str) -> None:
        super().__init__(f"{request}: error {code}: {text}")
        self.request = request
        self.code = code
        self.text = text

    @property
    def advice(self) -> Advice | None:
        """Cause and cure in plain words (`.cause`, `.cure`); None for an unknown code."""
        from ..error_codes import lookup  # here: the table is read when somebody asks

        return lookup(self.code, self.text)


class RequestTimeout(IBError, TimeoutError):
    """The answer did not come in time. It says nothing of what the answer would have been."""


class WouldBlock(IBError, RuntimeError):
    """A blocking call was made where it would wait for itself: in a callback, or in a coroutine."""


__all__ = ["IBError", "NotConnected", "RequestFailed", "RequestTimeout", "WouldBlock"]

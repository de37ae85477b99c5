"""What the faces IB and AsyncIB raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..const import UNSET_DOUBLE
from ..pacing.sender import NOT_CONNECTED

if TYPE_CHECKING:
    from ..contract import Contract
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

    def __str__(self) -> str:
        """Return TWS's words, and what helps if that is known."""
        said, advice = super().__str__(), self.advice
        return f"{said} -> {advice.cure}" if advice is not None and advice.cure else said

    @property
    def advice(self) -> Advice | None:
        """Cause and cure in plain words (`.cause`, `.cure`); None for an unknown code."""
        from ..error_codes import lookup  # here: the table is read when somebody asks

        return lookup(self.code, self.text)


def failure(request: str, code: int, text: str) -> IBError:
    """Return what an error of TWS, or of the client, comes to for a request."""
    if code == NOT_CONNECTED:
        return NotConnected(f"{request}: error {code}: {text}")
    return RequestFailed(request, code, text)


class AmbiguousContract(IBError, ValueError):
    """Several contracts fit where one was asked for. `candidates` has all of them."""

    def __init__(self, asked: Contract, candidates: list[Contract]) -> None:
        shown = "; ".join(_short(each) for each in candidates[:10])
        more = f"; and {len(candidates) - 10} more" if len(candidates) > 10 else ""
        super().__init__(
            f"contract: {len(candidates)} contracts fit {_short(asked)}; say more of it, such as "
            f"primaryExchange, currency or conId. They are: {shown}{more}"
        )
        self.candidates = candidates


def _short(contract: Contract) -> str:
    """Return what tells a contract from others, in a few words."""
    names = ("symbol", "secType", "lastTradeDateOrContractMonth", "strike", "right", "exchange",
             "primaryExchange", "currency", "tradingClass", "conId")  # fmt: skip
    values = ((name, getattr(contract, name)) for name in names)
    return " ".join(str(value) for _, value in values if value and value != UNSET_DOUBLE)


class RequestTimeout(IBError, TimeoutError):
    """The answer did not come in time. It says nothing of what the answer would have been."""


class WouldBlock(IBError, RuntimeError):
    """A blocking call was made where it would wait for itself: in a callback, or in a coroutine."""


__all__ = [
    "AmbiguousContract",
    "IBError",
    "NotConnected",
    "RequestFailed",
    "RequestTimeout",
    "WouldBlock",
]

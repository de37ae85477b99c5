"""Errors as the server tells them: application/problem+json, with IBREST's three keys."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from ..ib.exceptions import AmbiguousContract, NotConnected, RequestFailed, RequestTimeout
from .structs import encode

TITLES = {
    400: "Bad request", 401: "No valid token", 403: "Not allowed", 404: "Not found",
    405: "Method not allowed", 406: "Not acceptable", 409: "Conflict", 411: "Length required",
    413: "Body too large", 415: "Media type not supported", 421: "Wrong host",
    422: "Cannot be done", 429: "Too many requests", 500: "Error of the server",
    501: "TWS is too old", 503: "No connection", 504: "TWS does not answer",
}  # fmt: skip

# The status of an error of TWS's, by its code. What is not here is 400.
_STATUS = {
    **dict.fromkeys((320, 321, 10268), 400),
    **dict.fromkeys((354, 10089, 10168, 10186, 203, 10358, 10090, 10197), 403),
    **dict.fromkeys((200, 135, 10147, 430), 404),
    **dict.fromkeys((103, 104, 105, 10148, 161), 409),
    **dict.fromkeys((201, 202, 110, 134, 434, 10318, 387, 388, 391), 422),
    **dict.fromkeys((100, 101, 309), 429),
    503: 501,
    **dict.fromkeys((502, 504, 326, 1100, 2110), 503),
}
FEW = 30  # names that a sentence can list
MOST_DETAIL = 2000  # characters: what is wrong may be a megabyte that the client has sent
_RETRY = {100: 1, 101: 5, 309: 5, 162: 15, 322: 5, 420: 15}


class Problem(Exception):
    """An error that is told to the client. `more` are further members of the JSON."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, round(retry_after)))

    def as_dict(self, request_id: str = "") -> dict[str, Any]:
        """Return the JSON object."""
        made: dict[str, Any] = {
            "type": self.more.get("type", "about:blank"),
            "title": TITLES.get(self.status, "Error"),
            "status": self.status,
            "detail": self.detail[:MOST_DETAIL],
        }
        if request_id:
            made["requestId"] = request_id
        return {**made, **self.more}

    def response(self, request_id: str = "") -> Response:
        """Return the response that tells it."""
        return Response(
            encode(self.as_dict(request_id)),
            self.status,
            self.headers,
            media_type="application/problem+json",
        )


def status_of(code: int, text: str) -> int:
    """Return the HTTP status of an error of TWS's."""
    lower = text.lower()
    if code == 200 and "ambiguous" in lower:
        return 422
    pacing = (code in (162, 420) and "pacing" in lower) or (
        code == 322 and "maximum number" in lower
    )
    if pacing:
        return 429
    if code == 10197:
        return 409
    if code in (162, 420) and "permission" in lower:
        return 403
    return _STATUS.get(code, 400)


def tws_problem(code: int, text: str, **more: Any) -> Problem:
    """Return the problem of an error of TWS's, with its cause and cure."""
    from ..error_codes import lookup

    status = status_of(code, text)
    retry = _RETRY.get(code, 5) if status in (429, 503) else None
    advice = lookup(code, text)
    if advice is not None:
        more = {"cause": advice.cause, "cure": advice.cure, **more}
    return Problem(
        status,
        f"error {code}: {text}",
        retry_after=retry,
        errorCode=code,
        errorMsg=text,
        **more,
    )


def problem_of(error: BaseException, retry_after: float = 5) -> Problem:
    """Return the problem of what a request raised."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestFailed):
        return tws_problem(error.code, error.text, request=error.request)
    if isinstance(error, NotConnected):
        return Problem(503, f"there is no connection to TWS: {error}", retry_after=retry_after,
                       errorCode=504, errorMsg="Not connected")  # fmt: skip
    if isinstance(error, AmbiguousContract):
        return Problem(422, str(error), errorCode=200, errorMsg="ambiguous contract",
                       candidates=error.candidates)  # fmt: skip
    if isinstance(error, RequestTimeout):
        return Problem(504, f"TWS has not answered in time: {error}")
    if isinstance(error, (ValueError, TypeError)):
        return Problem(400, str(error))
    if isinstance(error, sqlite3.Error):
        # orders are written down before they are sent, and no error of this kind comes later
        return Problem(503, f"the server's state file cannot be used ({error}); no order is sent "
                            "that could not be written down", retry_after=retry_after)  # fmt: skip
    return Problem(500, "an error of the server; its log tells more")


def unknown_name(name: str, known: Iterable[str], what: str = "") -> Problem:
    """Return the problem of a name that is not known: with the one that may have been meant, and
    with those that exist (in `detail` where they are few, in `known` always).
    """
    names = list(dict.fromkeys(known))
    lowered = {each.lower(): each for each in names}
    near = lowered.get(name.lower()) or next(iter(difflib.get_close_matches(name, names, 1)), "")
    if not near and len(name) > 3:
        near = next((each for each in sorted(names) if name.lower() in each.lower()), "")
    hint = f"; is {near} meant?" if near else ""
    what = what or "parameter"
    listed = f"; there are {', '.join(names)}" if len(names) <= FEW else ""
    if not names:
        listed = f"; there is no {what} here"
    detail = f"{name}: there is no such {what}{hint}{listed}"
    return Problem(400, detail, parameter=name, known=names)


__all__ = ["TITLES", "Problem", "problem_of", "status_of", "tws_problem", "unknown_name"]

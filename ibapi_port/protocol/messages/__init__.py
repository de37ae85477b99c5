"""All declarations, by area; found by message id (incoming) and by name (requests)."""

from __future__ import annotations

from ..fields import Incoming, Request
from . import account, contracts, history, market_data, news, orders, scanner, session

_AREAS = (session, market_data, contracts, orders, account, history, news, scanner)

INCOMING: dict[str, Incoming] = {str(m.msg_id): m for area in _AREAS for m in area.MESSAGES}
REQUESTS: dict[str, Request] = {r.name: r for area in _AREAS for r in area.REQUESTS}

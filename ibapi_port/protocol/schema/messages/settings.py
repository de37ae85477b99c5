"""TWS's settings: messages that are Protocol Buffers alone. Programs give and get them as such, so
there are no nodes.
"""

from __future__ import annotations

from ....message import IN, OUT
from ..nodes import Call, Incoming, Pb, Request, incoming, request
from ..shared_fields import v

MESSAGES: tuple[Incoming, ...] = (
    incoming(
        "configResponse", IN.CONFIG_RESPONSE, calls=(Call("configResponseProtoBuf", "m"),),
        pb=Pb("ConfigResponse", v.CONFIG),
    ),
    incoming(
        "updateConfigResponse", IN.UPDATE_CONFIG_RESPONSE,
        calls=(Call("updateConfigResponseProtoBuf", "m"),),
        pb=Pb("UpdateConfigResponse", v.UPDATE_CONFIG),
    ),
)  # fmt: skip
REQUESTS: tuple[Request, ...] = (
    request(
        "reqConfig", OUT.REQ_CONFIG, "configRequest", since=v.CONFIG, needs="config requests",
        pb=Pb("ConfigRequest", v.CONFIG),
    ),
    request(
        "updateConfig", OUT.UPDATE_CONFIG, "updateConfigRequest", since=v.UPDATE_CONFIG,
        needs="update config requests", pb=Pb("UpdateConfigRequest", v.UPDATE_CONFIG),
    ),
)  # fmt: skip

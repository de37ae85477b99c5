"""TWS over HTTP: routes in JSON, streams, orders, a page. Needs the extra `ibapi_port[rest]`.

from ibapi_port.rest import RestServer, Settings

with RestServer(Settings(gateway_port=7497, http=True, port=0)) as server:
    print(server.url, server.token)
"""

from __future__ import annotations

from .server import RestServer
from .settings import Settings

__all__ = ["RestServer", "Settings"]

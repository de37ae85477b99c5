"""TWS over HTTP: routes in JSON, streams, orders, a page. Needs the extra `ibapi_port[rest]`.

from ibapi_port.rest import RestServer, Settings

with RestServer(Settings(gateway_port=7497, http=True, port=0)) as server:
    print(server.url, server.token)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .settings import Settings

if TYPE_CHECKING:
    from .server import RestServer


def __getattr__(name: str) -> Any:
    """Import the server when it is asked for: the command can say what is missing then."""
    if name == "RestServer":
        from .server import RestServer

        return RestServer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["RestServer", "Settings"]

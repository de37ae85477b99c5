"""The session: time, accounts of the login, order ids, TWS's settings.

This file is made from _async/session.py by .ci/async_to_sync.py: change that one, then run it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from .. import converters as made
from ..engine import Row
from ..sync_base import SyncBase

if TYPE_CHECKING:
    from ...protobuf import _all as pb


class Session(SyncBase):
    """The session: time, accounts of the login, order ids, TWS's settings."""

    def reqCurrentTime(self, *, timeout: float | None = None) -> datetime:
        """Return TWS's clock, in whole seconds."""
        return self._request("reqCurrentTime", convert=made.only(datetime), timeout=timeout)

    def reqCurrentTimeInMillis(self, *, timeout: float | None = None) -> datetime:
        """Return TWS's clock. Server version 197."""
        return self._request("reqCurrentTimeInMillis", convert=made.millis, timeout=timeout)

    def reqManagedAccts(self, *, timeout: float | None = None) -> list[str]:
        """Return the accounts of the login."""
        text = self._request("reqManagedAccts", convert=made.only(str), timeout=timeout)
        return [account for account in text.split(",") if account]

    def reqUserInfo(self, *, timeout: float | None = None) -> str:
        """Return the white branding id of the user, often "". Server version 166."""
        return self._request("reqUserInfo", convert=made.only(str), timeout=timeout)

    def reqIds(self, numIds: int = 1, *, timeout: float | None = None) -> int:
        """Return an order id that is free. TWS ignores `numIds`. `placeOrder` needs no such id."""
        return self._request("reqIds", numIds, convert=made.only(int), timeout=timeout)

    def reqConfig(
        self, configRequest: pb.ConfigRequest | None = None, *, timeout: float | None = None
    ) -> pb.ConfigResponse:
        """Return TWS's settings, as far as the API sees them. Server version 219."""
        from ...protobuf.ConfigRequest_pb2 import ConfigRequest  # late: needs the extra [protobuf]

        asked = ConfigRequest() if configRequest is None else configRequest
        return self._request("reqConfig", asked, convert=_config, timeout=timeout)

    def updateConfig(
        self, updateConfigRequest: pb.UpdateConfigRequest, *, timeout: float | None = None
    ) -> pb.UpdateConfigResponse:
        """Change TWS's settings. Return which were changed, and TWS's warnings."""
        return self._request(
            "updateConfig", updateConfigRequest, convert=_changed_config, timeout=timeout
        )

    def setServerLogLevel(self, logLevel: int) -> None:
        """Set what TWS logs: 1 system, 2 errors, 3 warnings, 4 information, 5 all."""
        self._engine.client_call("setServerLogLevel", logLevel)


def _config(rows: list[Row]) -> pb.ConfigResponse:
    return cast("pb.ConfigResponse", rows[-1][1][0])


def _changed_config(rows: list[Row]) -> pb.UpdateConfigResponse:
    return cast("pb.UpdateConfigResponse", rows[-1][1][0])


__all__ = ["Session"]

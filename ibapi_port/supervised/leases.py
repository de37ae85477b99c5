"""Which client id a connection uses, where several are allowed: a lease.

TWS itself keeps the book: an id that another client has is answered by error 326, whether that
client is in the same process or on another computer. So a lease is taken by connecting with an id,
and given back by the end of the connection.
"""

from __future__ import annotations

from typing import Any


class Lease:
    """The client id of one supervised connection. Its own id is tried first, then those of the
    pool in their order.
    """

    def __init__(self, home: int, pool: tuple[int, ...] = ()) -> None:
        self.home = home
        self.ids = tuple(dict.fromkeys((home, *pool)))
        self._place = 0
        self._in_use: set[int] = set()  # those that were answered by 326 since the last success
        self.taken: int | None = None  # the id that TWS has granted; None without a connection
        self.used: set[int] = set()  # all that were granted: orders may belong to each of them

    @property
    def client_id(self) -> int:
        """The id to connect with."""
        return self.ids[self._place]

    @property
    def is_home(self) -> bool:
        """Whether it is the own one."""
        return self.client_id == self.home

    def grant(self) -> None:
        """TWS has let the client in."""
        self.taken = self.client_id
        self.used.add(self.client_id)
        self._in_use.clear()

    def in_use(self) -> bool:
        """TWS says that another client has the id. Return whether there is another one that was not
        tried yet; it is the id then.
        """
        self._in_use.add(self.client_id)
        self.taken = None
        for place, client_id in enumerate(self.ids):
            if client_id not in self._in_use:
                self._place = place
                return True
        self.go_home()
        return False

    def give_back(self) -> None:
        """The connection has ended."""
        self.taken = None

    def go_home(self) -> None:
        """Begin with the own id again."""
        self._place = 0
        self._in_use.clear()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for `health`."""
        return {"client_id": self.taken, "home": self.home, "ids": list(self.ids)}


__all__ = ["Lease"]

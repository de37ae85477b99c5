"""Which executions the program knows. A list of executions that was asked for after a gap tells
only what it does not know; each fill, and each of its commissions, is told once.

It is pure: who uses it holds a lock.
"""

from __future__ import annotations


def split(exec_id: str) -> tuple[str, int]:
    """Return an execution's id without its revision, and the revision: "0000e0d5.01.02" has 2."""
    base, _, last = exec_id.rpartition(".")
    return (base, int(last)) if base and last.isdigit() else (exec_id, 0)


MOST = 200_000  # executions that are kept


class Executions:
    """What was told of executions and commissions, and what lies before the program's time."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}  # by id without revision: the newest revision
        self._commissions: dict[str, None] = {}  # in their order
        self._before: set[str] = set()  # from before the first connection
        self._hidden: set[str] = set()  # hidden rows of a list, whose commissions are hidden too
        self.has_base = False  # the list at the first connection was answered

    def told(self, exec_id: str) -> None:
        """The program gets this execution from TWS."""
        base, revision = split(exec_id)
        if len(self._told) >= MOST:
            self._prune()
        self._told[base] = max(revision, self._told.get(base, 0))
        self._hidden.discard(exec_id)

    def _prune(self) -> None:
        """Forget the older half: TWS lists those of some days at most."""
        for base in list(self._told)[: MOST // 2]:
            del self._told[base]
        for exec_id in list(self._commissions)[: MOST // 2]:
            del self._commissions[exec_id]

    def listed(self, exec_id: str, is_ours: bool) -> bool:
        """Return whether the program is to be told of a row of a list that it has not asked for.

        is_ours: the order was seen in the program's time.
        """
        base, revision = split(exec_id)
        is_told = self._told.get(base, -1) >= revision
        if not is_told and not self.has_base and not is_ours:
            self._before.add(exec_id)
        if not is_told and exec_id not in self._before:
            self.told(exec_id)
            return True
        if exec_id in self._before or exec_id in self._commissions:
            self._hidden.add(exec_id)
        return False

    def list_ended(self) -> None:
        """The list that was asked for is whole."""
        self.has_base = True

    def commission(self, exec_id: str) -> bool:
        """Return whether the program is to be told of a commission that has come."""
        if exec_id in self._hidden:
            self._hidden.discard(exec_id)
            return False
        self._commissions[exec_id] = None
        return True


__all__ = ["Executions", "split"]

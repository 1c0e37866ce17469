"""The lease: who runs the nights. It is the courtesy; the unique keys of the steps are the guard.

A holder shows life in each step's transaction. Each taking has a new token, by which one that was overtaken is fenced
off.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from modelx.domain.errors import AlreadyRunning, Conflict


class Lease(NamedTuple):
    """Who holds a lease (empty when it is free), the token it was taken with, and its last sign of life (us UTC)."""

    holder: str
    token: int
    heartbeat_at: int

    def require_free(self, stale_before: int, dead_token: int | None) -> None:
        """Raise :class:`AlreadyRunning`, naming the holder, while it is held by somebody who lives.

        That is one who has shown life since ``stale_before``. ``dead_token`` is the token of a holder known to be
        dead, None if there is none: a name would not do, for another may have taken over from it since.
        """
        if self.holder and self.heartbeat_at >= stale_before and self.token != dead_token:
            raise _already_running(self.holder)


FREE = Lease("", 0, 0)


def lease_of(connection: Connection, name: str) -> Lease:
    """The named lease; waits for nobody."""
    row = connection.execute(text("SELECT holder, token, heartbeat_at FROM lease WHERE name = :n"), {"n": name}).first()
    return FREE if row is None else Lease(*row)


def take_lease(
    connection: Connection, name: str, holder: str, now: int, stale_before: int, dead_token: int | None
) -> int:
    """Take the named lease; returns its fencing token. Compare-and-swap, so that of two takers one wins.

    Raises :class:`AlreadyRunning` as :meth:`Lease.require_free` does, and when another taker was faster, or its holder
    showed life after all.
    """
    seen = lease_of(connection, name)
    seen.require_free(stale_before, dead_token)
    if seen == FREE:
        free = "INSERT INTO lease (name, holder, token, heartbeat_at) VALUES (:n, '', 0, 0) ON CONFLICT DO NOTHING"
        _execute(connection, free, {"n": name})
    swap = (
        "UPDATE lease SET holder = :h, token = :t, heartbeat_at = :now "
        "WHERE name = :n AND token = :seen AND heartbeat_at = :beat"
    )
    taken = {"h": holder, "t": seen.token + 1, "now": now, "n": name, "seen": seen.token, "beat": seen.heartbeat_at}
    if _execute(connection, swap, taken) != 1:
        raise _already_running(lease_of(connection, name).holder or "another runner, who has just finished")
    return seen.token + 1


def keep_lease(connection: Connection, name: str, token: int, now: int) -> None:
    """Show life, inside the step's own transaction. Raises :class:`Conflict` when the lease went to another runner."""
    beat = "UPDATE lease SET heartbeat_at = :now WHERE name = :n AND token = :t"
    if _execute(connection, beat, {"now": now, "n": name, "t": token}) != 1:
        raise Conflict("another runner took over this night while this one was paused: nothing of this step was kept")


def give_lease_back(connection: Connection, name: str, token: int) -> None:
    """Free the lease, if it is still ours."""
    _execute(connection, "UPDATE lease SET holder = '' WHERE name = :n AND token = :t", {"n": name, "t": token})


def _execute(connection: Connection, sql: str, parameters: dict[str, Any]) -> int:
    return int(connection.execute(text(sql), parameters).rowcount)


def _already_running(holder: str) -> AlreadyRunning:
    return AlreadyRunning(f"the night is being run by {holder}: wait for it, or stop that process first")

"""Trades as known at a load: those a night books, and whether a reference has been booked before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.money import Column
from modelx.store.bulk import fetch_columns
from modelx.store.tables import dated_inputs as tables
from modelx.store.versions import last_of_each, read_rows, taken
from modelx.store.versions import row_ids as ids_of

_AT_ONCE = 200
_VISIBLE_TRADES = """
trade_ref IN (SELECT trade_ref FROM trade WHERE trade_date IN ({day}, {previous}) AND load_id <= {horizon})
AND load_id <= {horizon}
"""


@dataclass(frozen=True, slots=True)
class Trades:
    """Trades for a night, by trade reference. Shares and amounts in millionths.

    ``late``: dated the session before, and loaded after that night ran. ``has_earlier_version``: another
    version of the reference was visible to an earlier night, so that it may be booked already
    (:func:`booked_refs` answers for those).
    """

    trade_ref: list[str]
    trade_date: Column
    settle_date: Column
    sleeve_id: Column
    security_id: Column
    side: Column
    shares: Column
    amount: Column
    late: Column
    has_earlier_version: Column
    row_id: Column


def trades_for_night(
    connection: Connection, day: int, previous_session: int, horizon: int, previous_horizon: int
) -> Trades:
    """The trades in force that are dated ``day``, or ``previous_session`` and loaded after ``previous_horizon``.

    A version that is zero in shares and amount cancels the reference and is left out.
    """
    where = _VISIBLE_TRADES.format(day=int(day), previous=int(previous_session), horizon=int(horizon))
    names = [column.name for column in tables.trade.columns]
    rows = read_rows(connection, tables.trade, names, where, ("trade_ref", "load_id"))
    last = last_of_each(rows, ("trade_ref",))
    first = np.append(0, last[:-1] + 1) if len(last) else last
    revised = first < last  # a reference with one version was booked on its own date or not at all
    seen_before = (revised & (rows["load_id"][first] <= previous_horizon)).astype(np.int64)
    rows = taken(rows, last)
    late = (rows["trade_date"] == previous_session) & (rows["load_id"] > previous_horizon)
    wanted = ((rows["trade_date"] == day) | late) & ((rows["shares"] != 0) | (rows["amount"] != 0))
    keep = np.flatnonzero(wanted)
    keep = keep[np.argsort(np.array([rows["trade_ref"][row] for row in keep.tolist()], np.str_), kind="stable")]
    rows = taken(rows, keep)
    return Trades(
        rows["trade_ref"],
        rows["trade_date"],
        rows["settle_date"],
        rows["sleeve_id"],
        rows["security_id"],
        rows["side"],
        rows["shares"],
        rows["amount"],
        late[keep].astype(np.int64),
        seen_before[keep],
        ids_of(rows),
    )


def booked_refs(connection: Connection, row_ids: Column, journal_kinds: Sequence[int], before_day: int) -> set[str]:
    """Of the trades these rows belong to, the references of which some version was booked before ``before_day``.

    Reads the journals once: the caller asks only about the few references an earlier night may have seen.
    """
    kinds = ", ".join(str(int(kind)) for kind in journal_kinds)
    booked: set[str] = set()
    for start in range(0, len(row_ids), _AT_ONCE):
        pairs = [(row >> 32, row & 0xFFFFFFFF) for row in row_ids[start : start + _AT_ONCE].tolist()]
        doubtful = " OR ".join(f"(load_id = {load_id} AND line = {line})" for load_id, line in pairs)
        where = f"trade_ref IN (SELECT trade_ref FROM trade WHERE {doubtful})"
        versions = read_rows(connection, tables.trade, ("trade_ref", "load_id", "line"), where)
        listed = ", ".join(str(row) for row in ids_of(versions).tolist())
        sql = (
            f"SELECT DISTINCT source_id FROM journal WHERE kind IN ({kinds}) "
            f"AND business_date < {int(before_day)} AND source_id IN ({listed})"
        )
        sources = set(fetch_columns(connection, sql, {}, ["source_id"])["source_id"].tolist())
        refs = zip(ids_of(versions).tolist(), versions["trade_ref"], strict=True)
        booked |= {ref for row, ref in refs if row in sources}
    return booked

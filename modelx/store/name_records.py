"""The small dense ids given to the book's names: once, by the writer, in sorted order within a load.

Security and payee ids are parts of account ids and stay below 2^20; id 0 never names anything (cash, all, none).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sqlalchemy import Connection

from modelx.domain.errors import OutOfRange
from modelx.domain.money import Column
from modelx.store.bulk import fetch_columns
from modelx.store.tables import inputs as tables

NameKind = Literal["security", "plan", "model", "payee", "recordkeeper", "benchmark"]

NAME_KINDS: tuple[NameKind, ...] = ("security", "plan", "model", "payee", "recordkeeper", "benchmark")
CODE_COLUMNS = {kind: "ticker" if kind in ("security", "model") else "code" for kind in NAME_KINDS}
ID_MAX: Mapping[str, int] = {"security": tables.MAX_SUBJECT, "payee": tables.MAX_SUBJECT}


@dataclass(frozen=True, slots=True)
class SleeveKeys:
    """The plan and model of every sleeve, by sleeve id."""

    sleeve_id: Column
    plan_id: Column
    model_id: Column


def names(connection: Connection, kind: NameKind) -> dict[int, str]:
    """The text of every id of a kind."""
    rows = connection.exec_driver_sql(f'SELECT id, "{CODE_COLUMNS[kind]}" FROM "{kind}"')
    return {row[0]: row[1] for row in rows}


def ids(connection: Connection, kind: NameKind) -> dict[str, int]:
    """The id of every name of a kind."""
    return {name: i for i, name in names(connection, kind).items()}


def sleeve_keys(connection: Connection) -> SleeveKeys:
    """Every sleeve that was ever named."""
    rows = fetch_columns(
        connection, "SELECT id, plan_id, model_id FROM sleeve ORDER BY id", {}, ["id", "plan_id", "model_id"]
    )
    return SleeveKeys(rows["id"], rows["plan_id"], rows["model_id"])


def numbered(kind: str, known: Mapping[Any, int], new: Iterable[Any]) -> dict[Any, int]:
    """Ids for new names, in sorted order, after the last known id. Raises :class:`OutOfRange` when they run out."""
    fresh = sorted(set(new) - set(known))
    first = max(known.values(), default=0) + 1
    limit = ID_MAX.get(kind, 2**29 - 1)
    if first + len(fresh) - 1 > limit:
        raise OutOfRange(f"the platform can name at most {limit} of a kind: too many of kind {kind}")
    return dict(zip(fresh, np.arange(first, first + len(fresh)).tolist(), strict=True))

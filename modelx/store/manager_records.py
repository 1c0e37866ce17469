"""Managers of models as known at a load."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from modelx.domain.book import MISSING
from modelx.store.tables import family_inputs as tables
from modelx.store.versions import in_force


@dataclass(frozen=True, slots=True)
class StoredManager:
    """A manager as managers.csv describes it; days are None where the file leaves them blank."""

    manager: str
    kind: int
    style: str
    payee: str
    reviewed_by: str
    notes: str
    reviewed_on: int | None
    next_review: int | None


def managers_known(connection: Connection, horizon: int) -> list[StoredManager]:
    """Every manager, by name."""
    rows = in_force(connection, tables.manager, ("manager",), horizon)
    reviewed, following = rows["reviewed_on"].tolist(), rows["next_review"].tolist()
    return [
        StoredManager(
            manager=name,
            kind=int(rows["kind"][at]),
            style=rows["style"][at],
            payee=rows["payee"][at],
            reviewed_by=rows["reviewed_by"][at],
            notes=rows["notes"][at],
            reviewed_on=None if reviewed[at] == MISSING else reviewed[at],
            next_review=None if following[at] == MISSING else following[at],
        )
        for at, name in enumerate(rows["manager"])
    ]

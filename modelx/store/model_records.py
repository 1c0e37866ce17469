"""The terms of models as known at a load: what each is called, who keeps it, and how it describes itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from modelx.domain.book import MISSING
from modelx.store.name_records import names
from modelx.store.tables import inputs as tables
from modelx.store.versions import in_force


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model. ``inception`` is a day, None where the book leaves it blank."""

    model_id: int
    ticker: str
    name: str
    manager: str
    series: str
    vintage: str
    style: str
    benchmark: str
    objective: str
    strategy: str
    risks: str
    inception: int | None
    load_id: int


def models_known(connection: Connection, horizon: int) -> list[StoredModel]:
    """Every model with terms at ``horizon``, by ticker."""
    rows = in_force(connection, tables.model_terms, ("model_id",), horizon)
    tickers = names(connection, "model")
    words = ("name", "manager", "series", "vintage", "style", "benchmark", "objective", "strategy", "risks")
    days = rows["inception"].tolist()
    found = [
        StoredModel(
            model_id=model,
            ticker=tickers[model],
            **{word: rows[word][at] for word in words},
            inception=None if days[at] == MISSING else days[at],
            load_id=int(rows["load_id"][at]),
        )
        for at, model in enumerate(rows["model_id"].tolist())
    ]
    return sorted(found, key=lambda one: one.ticker)

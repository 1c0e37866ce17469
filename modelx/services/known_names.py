"""Names a person gives: a mistyped one is told, never answered with an empty list."""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np

from modelx.domain.errors import NotFound
from modelx.domain.money import Column
from modelx.store import name_records
from modelx.store.engine import Connection, Engine
from modelx.store.name_records import NameKind
from modelx.store.unit_of_work import reading

_WORDS: tuple[tuple[NameKind, str], ...] = (("plan", "plan"), ("model", "model"), ("payee", "payee"))


def require_known(
    connection: Connection, *, plan: str | None = None, model: str | None = None, payee: str | None = None
) -> None:
    """Raise :class:`NotFound` for the first name given that the book does not have, with the names most like it."""
    given = {"plan": plan, "model": model, "payee": payee}
    for kind, word in _WORDS:
        name = given[kind]
        if name is None:
            continue
        known = name_records.ids(connection, kind)
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.5)
            raise NotFound(f"no {word} {name} in the book" + (f": did you mean {' or '.join(near)}?" if near else ""))


def check_names(engine: Engine, *, plan: str | None, model: str | None) -> None:
    """Raise :class:`NotFound` for a plan or a model that the book does not have; None stands for any."""
    with reading(engine) as connection:
        require_known(connection, plan=plan, model=model)


def sleeve_names(connection: Connection) -> dict[int, tuple[str, str]]:
    """The plan and the model of every sleeve id."""
    plans, models = name_records.names(connection, "plan"), name_records.names(connection, "model")
    keys = name_records.sleeve_keys(connection)
    columns = (keys.sleeve_id.tolist(), keys.plan_id.tolist(), keys.model_id.tolist())
    return {sleeve: (plans[plan], models[model]) for sleeve, plan, model in zip(*columns, strict=True)}


def sleeves_chosen(names: dict[int, tuple[str, str]], plan: str | None, model: str | None) -> Column:
    """The ids of the sleeves of a plan and a model; None stands for any."""
    chosen = [sleeve for sleeve, (p, m) in names.items() if plan in {None, p} and model in {None, m}]
    return np.array(chosen, np.int64)

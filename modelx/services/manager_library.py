"""The library of managers: who keeps which models, in what style, at what fee, with what record, reviewed when.

A track record is that of unit values, after every fee paid from them: of the model's oldest sleeve without an override,
named beside it. It is a fact about the past, and no promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from modelx.domain.book_codes import ManagerKind, PayeeKind
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import NotFound
from modelx.domain.fee_schedule import describe_terms
from modelx.services.change_checks import ModelDesk, model_desk
from modelx.services.model_views import ListedModel, list_models
from modelx.services.unit_values import PUBLISHED, list_unit_values
from modelx.store import fee_records, manager_records, name_records, sleeve_records
from modelx.store.engine import Connection, Engine
from modelx.store.manager_records import StoredManager
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Returns of one sleeve's published unit values, as fractions; None where the history is shorter.

    ``since_inception`` is the whole period's, not a yearly one; ``drawdown`` the deepest fall from a peak (zero or
    below).
    """

    plan: str
    first_day: int
    last_day: int
    since_inception: float
    one_year: float | None
    drawdown: float


@dataclass(frozen=True, slots=True)
class LibraryModel:
    """A model in the library: as it is listed, what its manager is paid, what its funds cost, and its record.

    ``fund_cost`` is the yearly expense of the securities in force, weighted by target (10^-12).
    """

    listed: ListedModel
    fees: tuple[str, ...]
    fund_cost: int
    record: TrackRecord | None


@dataclass(frozen=True, slots=True)
class LibraryManager:
    """A manager with its models; ``facts`` None for one that only models.csv names. ``overdue``: its review is due."""

    name: str
    facts: StoredManager | None
    kind: str
    models: tuple[LibraryModel, ...]
    overdue: bool


def manager_library(engine: Engine, only: str | None = None) -> list[LibraryManager]:
    """Every manager that managers.csv describes or models.csv names, by name; or the one named."""
    listed = list_models(engine)
    with reading(engine) as connection:
        desk = model_desk(connection)
        facts = {one.manager: one for one in manager_records.managers_known(connection, desk.horizon)}
        fees = _fees(connection, desk)
        sleeves = _plain_sleeves(connection, desk)
    names = sorted(facts.keys() | {one.terms.manager for one in listed if one.terms.manager})
    names = [name for name in names if only in {None, name}]
    today = desk.last_night or desk.next_night
    found = []
    for name in names:
        known = facts.get(name)
        models = tuple(
            LibraryModel(
                one,
                _fees_of(one.terms.ticker, known, fees),
                _fund_cost(one, desk),
                track_record(engine, sleeves.get(one.terms.ticker), one.terms.ticker),
            )
            for one in listed
            if one.terms.manager == name
        )
        overdue = known is not None and known.next_review is not None and date_of(known.next_review) <= today
        kind = ManagerKind(known.kind).name if known is not None else "not described"
        found.append(LibraryManager(name, known, kind, models, overdue))
    return found


def show_manager(engine: Engine, name: str) -> LibraryManager:
    """One manager. Raises :class:`NotFound`."""
    found = manager_library(engine, name)
    if not found:
        raise NotFound(f"no manager {name!r}; see `modelx manager list`, or load managers.csv")
    return found[0]


def track_record(engine: Engine, plan: str | None, model: str) -> TrackRecord | None:
    """The record of one sleeve, None where there is none or fewer than two published unit values."""
    if plan is None:
        return None
    lines = [one for one in list_unit_values(engine, Selection(plan=plan, model=model)) if one.status == PUBLISHED]
    values = [(one.business_date, one.strike.unit_value) for one in lines if one.strike is not None]
    if len(values) < 2:
        return None
    days = np.array([day for day, _ in values], np.int64)
    worth = np.array([value for _, value in values], np.float64)
    year_ago = int(np.searchsorted(days, days[-1] - YEAR_DAYS, side="right")) - 1
    return TrackRecord(
        plan,
        int(days[0]),
        int(days[-1]),
        float(worth[-1] / worth[0] - 1),
        None if year_ago < 0 else float(worth[-1] / worth[year_ago] - 1),
        float((worth / np.maximum.accumulate(worth) - 1).min()),
    )


def _plain_sleeves(connection: Connection, desk: ModelDesk) -> dict[str, str]:
    """By model, the plan whose sleeve is the oldest without an override, whenever that acts."""
    terms = sleeve_records.sleeve_terms(connection, desk.horizon)
    plans, models = name_records.names(connection, "plan"), name_records.names(connection, "model")
    special = {(one.rule.plan, one.rule.model) for one in desk.rules}
    found: dict[str, tuple[int, str]] = {}
    columns = (terms.start_day.tolist(), terms.plan_id.tolist(), terms.model_id.tolist())
    for start, plan_id, model_id in zip(*columns, strict=True):
        plan, model = plans[plan_id], models[model_id]
        if (plan, model) not in special and (plan, "") not in special:
            found[model] = min(found.get(model, (start, plan)), (start, plan))
    return {model: plan for model, (_, plan) in found.items()}


@dataclass(frozen=True, slots=True)
class _Fee:
    model: str
    payee: str
    terms: str


def _fees(connection: Connection, desk: ModelDesk) -> list[_Fee]:
    """The managers' fees live on the next session, each told once however many plans pay it."""
    day = day_of(desk.next_night)
    records = fee_records.fees_live(connection, day, day, desk.horizon)
    models, payees = name_records.names(connection, "model"), name_records.names(connection, "payee")
    rows = np.flatnonzero(records.kind == PayeeKind.MANAGER).tolist()
    told = (
        _Fee(
            models.get(int(records.rows.model_id[row]), ""),
            payees[int(records.rows.payee_id[row])],
            describe_terms(records.rows, row),
        )
        for row in rows
    )
    return list(dict.fromkeys(told))


def _fees_of(model: str, known: StoredManager | None, fees: Iterable[_Fee]) -> tuple[str, ...]:
    payee = known.payee if known is not None else ""
    return tuple(
        one.terms for one in fees if one.model == model or (one.model == "" and payee != "" and one.payee == payee)
    )


def _fund_cost(one: ListedModel, desk: ModelDesk) -> int:
    weights: Mapping[str, int] = dict(one.in_force.weights) if one.in_force is not None else {}
    return (
        sum(
            weight * desk.universe[ticker].expense_ratio
            for ticker, weight in weights.items()
            if ticker in desk.universe
        )
        // 10**12
    )

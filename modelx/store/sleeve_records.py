"""Sleeves as known at a load: which plan follows which model, since when, and how it is kept in line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.calendar import Calendar
from modelx.domain.errors import NotFound
from modelx.domain.money import Column
from modelx.store.bulk import fetch_columns
from modelx.store.tables import inputs as tables
from modelx.store.versions import in_force, row_ids

LATEST = 2**62  # a horizon beyond every load


@dataclass(frozen=True, slots=True)
class StartingSleeves:
    """Sleeves that start in a span of days, by sleeve id."""

    sleeve_id: Column
    plan_id: Column
    model_id: Column
    start_day: Column
    end_day: Column


@dataclass(frozen=True, slots=True)
class SleeveTerms:
    """The terms of every sleeve, by sleeve id. A blank policy number is ``MISSING``; ``end_day`` is then OPEN_END."""

    sleeve_id: Column
    plan_id: Column
    model_id: Column
    start_day: Column
    end_day: Column
    rebalance: Column
    band_points: Column
    min_trade: Column
    cash_buffer: Column
    buffer_min: Column
    buffer_max: Column
    row_id: Column


def sleeve_terms(connection: Connection, horizon: int, where: str = "") -> SleeveTerms:
    """The terms in force at ``horizon`` of every sleeve, or of those that ``where`` (SQL of numbers only) selects."""
    rows = in_force(connection, tables.sleeve_terms, ("sleeve_id",), horizon, where)
    wanted = rows["sleeve_id"]
    span = {"first": int(wanted[0]), "last": int(wanted[-1])} if len(wanted) else {"first": 0, "last": -1}
    names = fetch_columns(
        connection,
        "SELECT id, plan_id, model_id FROM sleeve WHERE id BETWEEN :first AND :last ORDER BY id",
        span,
        ["id", "plan_id", "model_id"],
    )
    at = np.searchsorted(names["id"], wanted)
    return SleeveTerms(
        rows["sleeve_id"],
        names["plan_id"][at],
        names["model_id"][at],
        rows["start_date"],
        rows["end_date"],
        rows["rebalance"],
        rows["band_points"],
        rows["min_trade"],
        rows["cash_buffer"],
        rows["buffer_min"],
        rows["buffer_max"],
        row_ids(rows),
    )


def rebalancing(connection: Connection, horizon: int, requested: Column) -> SleeveTerms:
    """The terms of the sleeves that are, or were once, to be rebalanced, and of those ``requested`` (sleeve ids)."""
    listed = ", ".join(str(sleeve) for sleeve in requested.tolist()) or "-1"
    wanted = (
        f"(sleeve_id IN ({listed}) OR sleeve_id IN "
        f"(SELECT sleeve_id FROM sleeve_terms WHERE rebalance <> 0 AND load_id <= {int(horizon)}))"
    )
    return sleeve_terms(connection, horizon, wanted)


def sleeves_starting(connection: Connection, after_day: int, through_day: int, horizon: int) -> StartingSleeves:
    """The sleeves whose start date lies after ``after_day`` and on or before ``through_day``."""
    candidates = (
        "sleeve_id IN (SELECT sleeve_id FROM sleeve_terms "
        f"WHERE start_date > {int(after_day)} AND start_date <= {int(through_day)} AND load_id <= {int(horizon)})"
    )
    terms = sleeve_terms(connection, horizon, candidates)
    rows = np.flatnonzero((terms.start_day > after_day) & (terms.start_day <= through_day))
    return StartingSleeves(
        terms.sleeve_id[rows], terms.plan_id[rows], terms.model_id[rows], terms.start_day[rows], terms.end_day[rows]
    )


def ends_changed(connection: Connection, after_load: int, horizon: int) -> tuple[Column, Column]:
    """The sleeves whose terms came again after a load, ascending, and the end day now in force of each."""
    came_again = (
        "sleeve_id IN (SELECT sleeve_id FROM sleeve_terms "
        f"WHERE load_id > {int(after_load)} AND load_id <= {int(horizon)})"
    )
    terms = sleeve_terms(connection, horizon, came_again)
    return terms.sleeve_id, terms.end_day


def first_start(connection: Connection, horizon: int = LATEST) -> int:
    """The earliest start date of any sleeve: the nights begin at the session on or after it.

    Raises :class:`NotFound` when the book has no sleeve.
    """
    start = sleeve_terms(connection, horizon).start_day
    if start.size == 0:
        raise NotFound("the book has no sleeve: load one with `modelx book load FOLDER`")
    return int(start.min())


def night_after(connection: Connection, calendar: Calendar, last_night: int | None, horizon: int) -> int:
    """The next new night: the session after the last one, or before any the first on or after the earliest start.

    Raises :class:`NotFound` when the book has no sleeve.
    """
    return calendar.next_session(first_start(connection, horizon) - 1 if last_night is None else last_night)

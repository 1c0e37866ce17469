"""What ``modelx db check`` reads: the ledger and the nights as columns, a stretch at a time.

Memory is bounded by the largest batch, the accounts and one night's rows, not by history. A row the driver cannot
read (a damaged page) is an :class:`~modelx.domain.errors.InvariantBroken`, like any other broken promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, text

from modelx.domain.approval import are_two_people
from modelx.domain.errors import InvariantBroken
from modelx.domain.money import Column
from modelx.ledger.checks import StoredAccounts, StoredBatch, StoredJournals, StoredTransfers
from modelx.store.night_records import CycleRun
from modelx.store.tables import ledger, night
from modelx.store.tables.inputs import sleeve
from modelx.store.versions import StoredColumns, read_rows

_ROWS_AT_ONCE = 1 << 17


@dataclass(frozen=True, slots=True)
class StoredStep:
    """One row of ``step_run``; ``batch_id`` is None for a step that posted nothing. Microseconds."""

    id: int
    business_date: int
    run: int
    step: int
    name: str
    batch_id: int | None
    input_hash: bytes
    output_hash: bytes
    prev_hash: bytes
    hash: bytes
    recorded_at: int


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One idempotency key, and the batch that was written under it."""

    scope: str
    key: str
    request_hash: bytes
    batch_id: int


def accounts(connection: Connection) -> StoredAccounts:
    """Every account, ascending by id."""
    return StoredAccounts(**_read(connection, ledger.account, [f.name for f in fields(StoredAccounts)], order=["id"]))


def commodities(connection: Connection) -> Mapping[str, Column]:
    """Every commodity, ascending by id: columns id, kind, subject_id."""
    return _read(connection, ledger.commodity, ["id", "kind", "subject_id"], order=["id"])


def sleeve_ids(connection: Connection) -> Column:
    """Every sleeve of the book, ascending."""
    ids: Column = _read(connection, sleeve, ["id"], order=["id"])["id"]
    return ids


def batches(connection: Connection) -> list[StoredBatch]:
    """Every batch row, ascending by id."""
    return [StoredBatch(*row) for row in _tuples(connection, ledger.batch, StoredBatch)]


def steps(connection: Connection) -> list[StoredStep]:
    """Every step row, ascending by id."""
    return [StoredStep(*row) for row in _tuples(connection, night.step_run, StoredStep)]


def runs(connection: Connection) -> list[CycleRun]:
    """Every run, by date and number."""
    names = [f.name for f in fields(CycleRun)]
    rows = _read(connection, night.cycle_run, names, order=["business_date", "run"])
    return [CycleRun(*row) for row in _rows_of(rows, names)]


def sessions_between(connection: Connection, first: int, last: int) -> set[int]:
    """The market's sessions from one day to another, both included."""
    where = f"business_date BETWEEN {int(first)} AND {int(last)}"
    return set(_read(connection, night.market_session, ["business_date"], where)["business_date"].tolist())


def idempotency_keys(connection: Connection) -> list[StoredKey]:
    """Every idempotency key, ascending by batch."""
    names = [f.name for f in fields(StoredKey)]
    rows = _read(connection, ledger.idempotency, names, order=["batch_id", "scope", "key"])
    return [StoredKey(*row) for row in _rows_of(rows, names)]


def rows_of_batch(connection: Connection, batch: StoredBatch) -> tuple[StoredJournals, StoredTransfers]:
    """The journals and transfers with the ids that a batch claims, ascending by id."""
    journals = _stretch(connection, ledger.journal, StoredJournals, batch.first_journal, batch.n_journal)
    transfers = _stretch(connection, ledger.transfer, StoredTransfers, batch.first_transfer, batch.n_transfer)
    return StoredJournals(**journals), StoredTransfers(**transfers)


def rows_outside_batches(connection: Connection, last: StoredBatch) -> str | None:
    """A journal or transfer whose id lies in no batch, before the first or past the last; None when there is none."""
    for table, first, count in (
        (ledger.journal, last.first_journal, last.n_journal),
        (ledger.transfer, last.first_transfer, last.n_transfer),
    ):
        with _readable(connection, table.name):
            low, high = _span(connection, table)
            end = max(first + count, 1)
            stray = low if low is not None and low < 1 else high if high is not None and high >= end else None
        if stray is not None:
            return f"{table.name} {stray} lies in no batch"
    return None


def reversal_without_mirror(connection: Connection) -> int | None:
    """The first journal that claims to reverse another without moving the same amounts back, one by one."""
    found: int | None = connection.exec_driver_sql(
        "SELECT min(j.id) FROM journal j JOIN journal o ON o.id = j.reverses_id WHERE j.n_transfer <> o.n_transfer "
        "OR EXISTS (SELECT 1 FROM transfer t JOIN transfer u ON u.id = o.first_transfer + (t.id - j.first_transfer) "
        "WHERE t.id >= j.first_transfer AND t.id < j.first_transfer + j.n_transfer "
        "AND NOT (u.debit_id = t.credit_id AND u.credit_id = t.debit_id AND u.amount = t.amount))"
    ).scalar_one()
    return found


def unit_values_of_run(connection: Connection, business_date: int, run: int) -> StoredColumns:
    """The strikes of one run, by sleeve, with every column of the table."""
    names = [column.name for column in night.unit_value.columns]
    where = f"business_date = {int(business_date)} AND run = {int(run)}"
    return _read(connection, night.unit_value, names, where, ["sleeve_id", "version"])


def unit_values_of_step(connection: Connection, step: StoredStep) -> StoredColumns:
    """The strikes of one step: the columns that its output hash covers."""
    rows = unit_values_of_run(connection, step.business_date, step.run)
    return {name: values for name, values in rows.items() if name not in {"business_date", "run"}}


def struck_runs(connection: Connection) -> set[tuple[int, int]]:
    """(business date, run) of everything in ``unit_value``."""
    return {(day, run) for day, run in connection.exec_driver_sql("SELECT DISTINCT business_date, run FROM unit_value")}


def outcomes_of_step(connection: Connection, step: StoredStep) -> StoredColumns:
    """The order outcomes of one step's run, by order id: the columns that its output hash covers."""
    where = f"business_date = {step.business_date} AND run = {step.run}"
    names = [column.name for column in night.order_outcome.columns if column.name not in {"business_date", "run"}]
    rows = _read(connection, night.order_outcome, names, where, ["order_id"])
    return rows if len(rows["order_id"]) else {}


def findings_of_step(connection: Connection, step: StoredStep) -> StoredColumns:
    """The findings of one step, in order, as lists: the columns that its output hash covers."""
    where = f"business_date = {step.business_date} AND run = {step.run} AND step = {step.step}"
    names = ["sleeve_id", "security_id", "code", "level", "detail"]
    rows = _read(connection, night.finding, names, where, ["id"])
    return {name: list(values) if isinstance(values, list) else values.tolist() for name, values in rows.items()}


def finding_spans(connection: Connection) -> list[tuple[int, int, int, int]]:
    """(step row id, first finding id, last finding id, count) of every step with findings, ascending by step.

    A finding of a step that never ran counts under step row 0.
    """
    with _readable(connection, "finding"):
        rows = connection.exec_driver_sql(
            "SELECT coalesce(s.id, 0), min(f.id), max(f.id), count(*) FROM finding f LEFT JOIN step_run s "
            "ON s.business_date = f.business_date AND s.run = f.run AND s.step = f.step "
            "GROUP BY coalesce(s.id, 0) ORDER BY 1"
        ).all()
    return [(step, first, last, count) for step, first, last, count in rows]


def outcomes_of_run(
    connection: Connection, business_date: int, run: int, first_order: int, last_order: int
) -> StoredColumns:
    """The order outcomes of one run whose order ids lie in a range, by order id."""
    names = [column.name for column in night.order_outcome.columns]
    where = (
        f"order_id BETWEEN {int(first_order)} AND {int(last_order)} "
        f"AND business_date = {int(business_date)} AND run = {int(run)}"
    )
    return _read(connection, night.order_outcome, names, where, ["order_id"])


def first_outcome_out_of_place(connection: Connection, kinds: Sequence[int]) -> str | None:
    """The first outcome that is PRICED without a journal of one of the kinds, or priced without being PRICED."""
    listed = ", ".join(str(int(kind)) for kind in kinds)
    for condition, what in (
        (
            f"status = 'PRICED' AND order_id NOT IN (SELECT source_id FROM journal WHERE kind IN ({listed}))",
            "is PRICED, and no journal books it",
        ),
        (
            "status <> 'PRICED' AND NOT (units = 0 AND amount = 0 AND unit_value = 0 AND settles_on = 0)",
            "was not priced, and has figures",
        ),
        (
            "status NOT IN ('PRICED', 'REJECTED', 'CANCELLED', 'AS_OF_PENDING', 'ACCEPTED')",
            "has a status that does not exist",
        ),
    ):
        with _readable(connection, "order_outcome"):
            order = connection.exec_driver_sql(
                f"SELECT min(order_id) FROM order_outcome WHERE {condition}"
            ).scalar_one()
        if order is not None:
            return f"order {order} {what}"
    return None


def priced_outcomes(connection: Connection) -> int:
    """How many outcomes are PRICED."""
    count = connection.exec_driver_sql("SELECT count(*) FROM order_outcome WHERE status = 'PRICED'").scalar_one()
    return int(count)


def release_problem(connection: Connection) -> str | None:
    """The first release that is out of sequence, of a finding that stops nothing, or not of two people."""
    rows = connection.execute(
        text(
            "SELECT r.id, f.level, trim(r.maker), trim(r.checker), trim(r.reason) FROM release r "
            "LEFT JOIN finding f ON f.id = r.finding_id ORDER BY r.id"
        )
    )
    for at, (release, level, maker, checker, reason) in enumerate(rows, start=1):
        if release != at:
            return f"release {at} is missing"
        if level not in {"HOLD", "BLOCK"}:
            return f"release {release} is of a finding that stops nothing"
        if not (reason and are_two_people(maker, checker)):
            return f"release {release} does not bear a reason and the names of two people"
    return None


def _stretch(connection: Connection, table: Table, kind: type[Any], first: int, count: int) -> StoredColumns:
    names = [f.name for f in fields(kind)]
    with _readable(connection, table.name):
        low, high = _span(connection, table)
    start, stop = (0, 0) if low is None or high is None else (max(first, low), min(first + count, high + 1))
    parts = [
        _read(connection, table, names, f"id >= {at} AND id < {min(at + _ROWS_AT_ONCE, stop)}", ["id"])
        for at in range(start, stop, _ROWS_AT_ONCE)
    ] or [{name: np.empty(0, np.int64) for name in names}]
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def _span(connection: Connection, table: Table) -> tuple[int | None, int | None]:
    """The lowest and the highest id (asked for apart: together SQLite reads the whole table)."""
    name = table.name
    low, high = connection.exec_driver_sql(f"SELECT (SELECT min(id) FROM {name}), (SELECT max(id) FROM {name})").one()
    return low, high


def _tuples(connection: Connection, table: Table, kind: type[Any]) -> Iterator[tuple[Any, ...]]:
    names = [f.name for f in fields(kind)]
    with _readable(connection, table.name):
        listed = ", ".join(f'"{name}"' for name in names)
        yield from map(tuple, connection.exec_driver_sql(f'SELECT {listed} FROM "{table.name}" ORDER BY id').all())


def _rows_of(columns: StoredColumns, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    lists = [columns[name].tolist() if isinstance(columns[name], np.ndarray) else columns[name] for name in names]
    return zip(*lists, strict=True)


def _read(
    connection: Connection, table: Table, names: Sequence[str], where: str = "", order: Sequence[str] = ()
) -> StoredColumns:
    with _readable(connection, table.name):
        return read_rows(connection, table, names, where, order)


@contextmanager
def _readable(connection: Connection, table: str) -> Iterator[None]:
    """Tell a row that the driver or numpy cannot read as what it is: damage."""
    driver_error = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except (driver_error, TypeError, ValueError, OverflowError) as error:
        raise InvariantBroken(f"{table} cannot be read: {error}") from error

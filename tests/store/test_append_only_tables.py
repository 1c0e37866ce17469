"""Every append-only table, on both databases: UPDATE, DELETE, REPLACE, upsert and TRUNCATE are refused by the database.

The tables are those of the schema, whichever they are. Each holds a row, and each verb is tried by the application's
connection and by a bare one (SQLite: triggers not recursive, foreign keys off; PostgreSQL: the owner, a superuser).
"""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Column, LargeBinary, Table, Text, UniqueConstraint

from modelx.store.tables import metadata
from tests.store.attacks import DriverError, Target
from tests.store.conftest import MakeTarget

TABLES = [table for table in metadata.sorted_tables if table.info["append_only"]]
NOT_ONE = {  # where the checks want another value than 1
    ("fee", "rate"): "0",
    ("participant", "age"): "NULL",
    ("change_approval", "checker"): "'y'",
    ("trade_decision", "checker"): "'y'",
    ("corporate_event", "to_security_id"): "0",
}


@pytest.mark.parametrize("by", ["as_application", "as_stranger"])
def test_no_row_is_updated_deleted_or_truncated(target: Target, by: str) -> None:
    _fill(target)
    verbs: list[Callable[[Table], str]] = [_update, _delete, _upsert]
    if target.dialect == "postgresql":
        verbs.append(lambda table: f'TRUNCATE "{table.name}" CASCADE')
    word = "permission denied" if (target.dialect, by) == ("postgresql", "as_application") else "append-only"
    before = _counts(target)
    assert _let_through(target, by, word, (verb(table) for table in TABLES for verb in verbs)) == []
    assert _counts(target) == before


@pytest.mark.parametrize("by", ["as_application", "as_stranger"])
def test_no_row_is_replaced_through_any_of_its_keys(make_target: MakeTarget, by: str) -> None:
    target = make_target("sqlite")
    _fill(target)
    statements = [_replace(table, key) for table in TABLES for key in _keys(table)]
    assert len(statements) > len(TABLES)
    assert _let_through(target, by, "append-only", statements) == []


def _fill(target: Target) -> None:
    """Give a row to every table that has none."""
    empty = [table for table in TABLES if target.value(f'SELECT count(*) FROM "{table.name}"') == 0]
    target.quietly([f'INSERT INTO "{table.name}" VALUES ({", ".join(map(_filler, table.columns))})' for table in empty])


def _let_through(target: Target, by: str, word: str, statements: Iterator[str] | list[str]) -> list[str]:
    """The statements that were not refused with the word given."""
    accepted = []
    for statement in statements:
        try:
            getattr(target, by)([statement])
        except DriverError as error:
            if word in str(error):
                continue
            accepted.append(f"{statement}: {error}")
        else:
            accepted.append(statement)
    return accepted


def _update(table: Table) -> str:
    column = list(table.columns)[-1].name
    return f'UPDATE "{table.name}" SET "{column}" = "{column}"'


def _delete(table: Table) -> str:
    return f'DELETE FROM "{table.name}"'


def _upsert(table: Table) -> str:
    key = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    column = list(table.columns)[-1].name
    return (
        f'INSERT INTO "{table.name}" SELECT * FROM "{table.name}" WHERE 1 = 1 '
        f'ON CONFLICT ({key}) DO UPDATE SET "{column}" = excluded."{column}"'
    )


def _replace(table: Table, key: tuple[str, ...]) -> str:
    """A row with other values in the primary key, but the same in one of the table's keys."""
    primary = {column.name for column in table.primary_key.columns}
    names = [column.name for column in table.columns] + (["rowid"] if key == ("rowid",) else [])
    values = [_other(table.columns[name]) if name in primary - set(key) else f'"{name}"' for name in names]
    listed = ", ".join(f'"{name}"' for name in names)
    return f'INSERT OR REPLACE INTO "{table.name}" ({listed}) SELECT {", ".join(values)} FROM "{table.name}" LIMIT 1'


def _keys(table: Table) -> Iterator[tuple[str, ...]]:
    primary = list(table.primary_key.columns)
    yield tuple(column.name for column in primary)
    if table.dialect_options["sqlite"]["with_rowid"] and (len(primary) > 1 or isinstance(primary[0].type, Text)):
        yield ("rowid",)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            names = tuple(column.name for column in constraint.columns)
            if not {column.name for column in primary} <= set(names) and not constraint.columns[0].nullable:
                yield names


def _other(column: Column) -> str:
    return f"\"{column.name}\" || 'x'" if isinstance(column.type, Text) else f'"{column.name}" + 1000000'


def _filler(column: Column) -> str:
    if (column.table.name, column.name) in NOT_ONE:
        return NOT_ONE[column.table.name, column.name]
    if isinstance(column.type, LargeBinary):
        return "{hash}"
    return "'x'" if isinstance(column.type, Text) else "1"


def _counts(target: Target) -> dict[str, int]:
    return {table.name: target.value(f'SELECT count(*) FROM "{table.name}"') for table in TABLES}

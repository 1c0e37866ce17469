"""What a database holds, as canonical text: two databases with equal dumps hold the same records, bit for bit.

The lease is left out (who runs a night is no record), and so are the instants at which a person loaded or released
something. The instant of a run is kept: it is taken once and used again on resume. The dump is one statement, so it
sees one snapshot, and it is quick enough to be taken after every one of hundreds of faults.
"""

from __future__ import annotations

from functools import cache
from itertools import zip_longest

from sqlalchemy import Column, Engine, LargeBinary

from modelx.store.tables import metadata
from modelx.store.unit_of_work import reading

LEFT_OUT_TABLES = {"lease"}
LEFT_OUT_COLUMNS = {("load", "recorded_at"), ("release", "recorded_at")}

OF_NIGHTS = ("commodity", "account", "batch", "idempotency", "journal", "transfer", "cycle_run", "step_run")
OF_NIGHTS += ("unit_value", "finding", "order_outcome", "proposal", "proposed_trade", "untraded", "closing")

Dump = dict[str, tuple[str, ...]]


def dump(engine: Engine) -> Dump:
    """Every table's rows as text in the order of their keys: the heads of the chains are their last rows."""
    with reading(engine) as connection:
        rows = connection.exec_driver_sql(_statement(engine.dialect.name)).all()
    found: dict[str, list[str]] = {name: [] for name in _tables()}
    for name, _, text in rows:
        found[name].append(text)
    return {name: tuple(texts) for name, texts in found.items()}


def first_difference(found: Dump, expected: Dump) -> str:
    """The first table and row in which two dumps differ; empty when they are equal."""
    for table, rows in expected.items():
        if found[table] == rows:
            continue
        for at, (ours, theirs) in enumerate(zip_longest(found[table], rows)):
            if ours != theirs:
                return f"{table} row {at}: {str(ours)[:200]} where {str(theirs)[:200]} is expected"
    return ""


def of_nights(found: Dump) -> Dump:
    """Only what nights write: the same whatever has been loaded beside them."""
    return {table: found[table] for table in OF_NIGHTS}


@cache
def _tables() -> dict[str, list[Column[object]]]:
    return {
        table.name: [column for column in table.columns if (table.name, column.name) not in LEFT_OUT_COLUMNS]
        for table in metadata.sorted_tables
        if table.name not in LEFT_OUT_TABLES
    }


@cache
def _statement(dialect: str) -> str:
    parts = []
    for name, columns in _tables().items():
        keys = ", ".join(f'"{column.name}"' for column in columns if column.primary_key)
        text = " || '|' || ".join(f"coalesce({_text(column, dialect)}, '')" for column in columns)
        parts.append(f"SELECT '{name}' AS part, row_number() OVER (ORDER BY {keys}) AS place, {text} FROM \"{name}\"")
    return " UNION ALL ".join(parts) + " ORDER BY 1, 2"


def _text(column: Column[object], dialect: str) -> str:
    if isinstance(column.type, LargeBinary):
        return f'lower(hex("{column.name}"))' if dialect == "sqlite" else f"encode(\"{column.name}\", 'hex')"
    return f'CAST("{column.name}" AS TEXT)'

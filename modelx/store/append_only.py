"""The statements that make a table append-only, in the dialect of each database.

SQLite: row triggers on UPDATE and DELETE, and a guard on INSERT, because ``INSERT OR REPLACE`` deletes without firing
a delete trigger unless ``recursive_triggers`` is on, and a stranger's connection may have it off. The guard looks at
every key of a row, the hidden ``rowid`` included: an INSERT may name it. PostgreSQL: one statement trigger on UPDATE,
DELETE and TRUNCATE, and a role that was granted nothing but INSERT and SELECT.
"""

from collections.abc import Iterator

from sqlalchemy import Table, Text, UniqueConstraint

APPEND_ONLY_FUNCTION = """
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = '23514'; END $$
"""


def append_only_statements(table: Table, dialect: str) -> Iterator[str]:
    """The DDL that refuses every change of a stored row of ``table`` (dialect ``sqlite`` or ``postgresql``)."""
    name = table.name
    if dialect == "postgresql":
        yield (
            f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "{name}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        yield (
            f'CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON "{name}" '
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {verb} on {name}'); END"
        )
    yield (
        f'CREATE TRIGGER {name}_no_replace BEFORE INSERT ON "{name}" WHEN {_would_replace(table)} '
        f"BEGIN SELECT RAISE(ABORT, 'append-only: {name} holds this key already'); END"
    )


def _would_replace(table: Table) -> str:
    keys = [[column.name for column in table.primary_key.columns]]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            names = [column.name for column in constraint.columns]
            if not set(keys[0]) <= set(names):
                keys.append(names)
    keys += [[column.name] for column in table.columns if column.unique]
    if table.dialect_options["sqlite"]["with_rowid"] and not _is_rowid(table):
        keys.append(["rowid"])
    return " OR ".join(
        f'EXISTS (SELECT 1 FROM "{table.name}" WHERE '
        + " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
        + ")"
        for key in sorted(map(tuple, keys))
    )


def _is_rowid(table: Table) -> bool:
    """Whether the primary key is SQLite's rowid under another name: a single whole number."""
    columns = list(table.primary_key.columns)
    return len(columns) == 1 and not isinstance(columns[0].type, Text)

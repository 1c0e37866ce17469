"""The shared ``MetaData`` and the few column types every table uses.

Dates are whole days since 1970-01-01, instants whole microseconds since then in UTC, money, shares and units
millionths, prices 10^-8, rates 10^-12: all 64-bit integers, so both databases hold the same numbers and the same
bytes are hashed. ``BIGINT`` is not a type of a SQLite STRICT table, hence the variant.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table
from sqlalchemy.sql.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

Whole = BigInteger().with_variant(Integer(), "sqlite")


def whole(name: str, *items: SchemaItem, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    """A 64-bit integer column; a primary key is given by the writer, never by a sequence."""
    return Column(name, Whole, *items, primary_key=primary_key, nullable=nullable, autoincrement=False)


def append_only_table(name: str, *items: SchemaItem, clustered: bool = False, **options: Any) -> Table:
    """A table whose rows are never updated, deleted, replaced or truncated: the migration attaches the triggers.

    ``clustered`` stores a SQLite table in primary-key order without a row id (for keys that arrive in order).
    """
    return Table(
        name,
        metadata,
        *items,
        info={"append_only": True},
        sqlite_strict=True,
        sqlite_with_rowid=not clustered,
        **options,
    )


def disposable_table(name: str, *items: SchemaItem, **options: Any) -> Table:
    """A table the application may rewrite: nothing in it is a record (a lease, columns that can be rebuilt)."""
    return Table(name, metadata, *items, info={"append_only": False}, sqlite_strict=True, **options)

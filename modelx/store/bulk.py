"""Bulk writes and reads: whole columns to rows and back, at the speed the driver allows.

SQLite takes ``executemany`` on the driver cursor; PostgreSQL takes binary ``COPY`` encoded by numpy when every column
is a whole number, and text ``COPY`` otherwise (``spec/ledger.md`` 2: the unit of work is 59 times slower).
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, text

Columns = Mapping[str, NDArray[Any] | Sequence[Any]]

_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"


def insert_columns(connection: Connection, table: Table, columns: Columns) -> int:
    """Insert rows given as equally long columns; returns how many. Columns not named take NULL.

    Runs inside the connection's open transaction. Raises ``ValueError`` when the columns differ in length, and
    whatever the database raises for a row it refuses (none of the rows is then kept by the transaction).
    """
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise ValueError(f"columns of {table.name} differ in length: {sorted(lengths)}")
    n_rows = lengths.pop() if lengths else 0
    if n_rows == 0:
        return 0
    if connection.dialect.name == "sqlite":
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" for _ in columns)
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})',
            list(zip(*(_python_values(values) for values in columns.values()), strict=True)),
        )
        return n_rows
    _copy(connection, table, columns, n_rows)
    return n_rows


def fetch_columns(
    connection: Connection, sql: str, parameters: Mapping[str, Any], names: Sequence[str]
) -> dict[str, NDArray[np.int64]]:
    """The result of a query of whole numbers as int64 columns. ``sql`` uses ``:name`` parameters."""
    result = connection.execute(text(sql), parameters)
    cursor: Any = result.cursor  # the driver's own rows: a Row object for each costs more than the query
    flat = np.fromiter(chain.from_iterable(cursor.fetchall()), np.int64)
    result.close()
    block = flat.reshape(-1, len(names))
    return {name: np.ascontiguousarray(block[:, at]) for at, name in enumerate(names)}


def _python_values(values: NDArray[Any] | Sequence[Any]) -> Sequence[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else values


def _copy(connection: Connection, table: Table, columns: Columns, n_rows: int) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    names = ", ".join(f'"{name}"' for name in columns)
    whole = all(isinstance(values, np.ndarray) and values.dtype.kind in "iu" for values in columns.values())
    with driver.cursor() as cursor:
        if whole:
            with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN (FORMAT BINARY)') as copy:
                copy.write(_COPY_HEADER)
                for start in range(0, n_rows, 1 << 16):
                    copy.write(_binary_rows(columns, start, min(start + (1 << 16), n_rows)))
                copy.write(_COPY_TRAILER)
            return
        with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in zip(*(_python_values(values) for values in columns.values()), strict=True):
                copy.write_row(row)


def _binary_rows(columns: Columns, start: int, stop: int) -> bytes:
    fields: list[tuple[str, str]] = [("count", ">i2")]
    for i in range(len(columns)):
        fields += [(f"length{i}", ">i4"), (f"value{i}", ">i8")]
    rows = np.empty(stop - start, dtype=fields)
    rows["count"] = len(columns)
    for i, values in enumerate(columns.values()):
        rows[f"length{i}"] = 8
        rows[f"value{i}"] = values[start:stop]
    return rows.tobytes()

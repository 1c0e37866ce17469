"""Plays the oracle's scripts on the product, and compares what both say of every night, sleeve and order."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from modelx.bootstrap import load_book
from modelx.domain.days import date_of, day_of
from modelx.domain.night_policy import NightPolicy
from modelx.files.market_sessions import nyse_sessions
from modelx.services.daily_cycle import Runner, catch_up, run_through
from modelx.services.holds import Release, release_holds
from modelx.services.unit_values import list_unit_values
from modelx.store.engine import open_engine
from modelx.store.schema import migrate
from modelx.store.session_records import store_sessions
from modelx.store.unit_of_work import reading, writing
from modelx.store.unit_value_records import Selection, outcomes
from tests.oracle import script
from tests.oracle.night import Oracle

COMPONENTS = (
    "unit_value",
    "net_assets",
    "units",
    "market_value",
    "cash",
    "receivables",
    "payables",
    "accrued_fees",
)
FIXED_INSTANT = 1_795_000_000_000_000  # any instant: what a night computes does not depend on it
RUNNER = Runner(now=lambda: FIXED_INSTANT, holder="test:1")


@cache
def sessions() -> tuple:
    """The market's sessions, made once per test process."""
    return nyse_sessions()


def with_sessions(engine: Engine) -> Engine:
    """The same database, with the market's sessions stored."""
    with writing(engine) as connection:
        store_sessions(connection, *sessions())
    return engine


def fresh_sqlite(folder: Path) -> Engine:
    """A migrated SQLite database with sessions, copied from one made once per test process."""
    file = folder / "modelx.db"
    shutil.copyfile(_template(), file)
    return open_engine(f"sqlite:///{file}")


@cache
def _template() -> Path:
    import tempfile

    file = Path(tempfile.mkdtemp(prefix="modelx-template-")) / "template.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    with_sessions(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


def play(steps: Iterable[script.Step], engine: Engine, policy: NightPolicy | None = None) -> None:
    """Do on the product what the oracle does for the same script."""
    rules = policy or NightPolicy()
    for step in steps:
        if isinstance(step, script.Load):
            load_book(engine, step.folder)
        elif isinstance(step, script.RunThrough):
            run_through(engine, day_of(step.last), rules, RUNNER)
        else:
            signed = Release("the figure was confirmed", "Ana Maker", "Carl Checker")
            release_holds(engine, Selection(step.plan, step.model), None, signed, FIXED_INSTANT)
            catch_up(engine, rules, RUNNER)


def differences(engine: Engine, oracle: Oracle) -> list[str]:
    """Everything in which the product differs from the oracle, in words; nothing when they agree to the millionth."""
    return [*_unit_value_differences(engine, oracle), *_order_differences(engine, oracle)]


def _unit_value_differences(engine: Engine, oracle: Oracle) -> list[str]:
    listed = {
        (date_of(line.business_date), (line.plan, line.model)): line for line in list_unit_values(engine, Selection())
    }
    found = []
    for key, row in sorted(oracle.rows.items()):
        line = listed.get(key)
        strike = line.strike if line is not None else None
        if row.status == "HELD":
            if strike is not None:
                found.append(f"{key}: the oracle holds it, the product struck {strike}")
            continue
        if line is None or strike is None or line.status != "PUBLISHED":
            found.append(f"{key}: the oracle publishes {row.unit_value}, the product has {line}")
            continue
        for name in COMPONENTS:
            theirs, ours = getattr(row, name), Decimal(getattr(strike, name)).scaleb(-6)
            if theirs != ours:
                found.append(f"{key} {name}: oracle {theirs}, product {ours}")
    extra = set(listed) - set(oracle.rows)
    return found + [f"{key}: the oracle knows nothing of it" for key in sorted(extra)]


def _order_differences(engine: Engine, oracle: Oracle) -> list[str]:
    with reading(engine) as connection:
        ours = {(order.recordkeeper, order.order_ref): order for order in outcomes(connection, Selection())}
    found = []
    for key, confirm in oracle.desk.confirms.items():
        order = ours.get(key)
        if order is None:
            if confirm.status not in {"ACCEPTED", "AS_OF_PENDING"}:  # both wait for a night that has not run
                found.append(f"order {key}: oracle {confirm.status} {confirm.reason}, the product has no outcome")
            continue
        figures = (Decimal(order.units).scaleb(-6), Decimal(order.amount).scaleb(-6))
        if order.status != confirm.status:
            found.append(f"order {key}: oracle {confirm.status}, product {order.status} {order.reason_code}")
        elif confirm.status == "PRICED" and figures != (confirm.units, confirm.amount):
            found.append(f"order {key}: oracle {confirm.units} for {confirm.amount}, product {figures}")
        elif confirm.status == "REJECTED" and order.reason_code != confirm.reason:
            found.append(f"order {key}: oracle {confirm.reason}, product {order.reason_code}")
    return found

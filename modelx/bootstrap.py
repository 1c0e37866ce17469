"""Where things are wired together: the engine, the settings, the clock, and who this process is."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from modelx.domain.errors import InvalidInput
from modelx.domain.night_policy import NightPolicy
from modelx.store.engine import Engine, open_engine
from modelx.store.schema_version import require_current
from modelx.store.unit_of_work import reading, writing

_BORN = secrets.token_hex(4)  # tells this process from an earlier one with the same number

if TYPE_CHECKING:
    from modelx.services.book import BookSource, LoadReport
    from modelx.services.daily_cycle import Runner
    from modelx.settings import Settings


def settings() -> Settings:
    """The settings of this process's environment. Raises :class:`InvalidInput` naming the variable that is wrong."""
    from pydantic import ValidationError  # noqa: PLC0415  (only the commands that judge a night need them)

    from modelx.settings import Settings  # noqa: PLC0415

    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(f"MODELX_{str(problem['loc'][0]).upper()}: {problem['msg']}" for problem in error.errors())
        raise InvalidInput(problems) from error


def trading_policy() -> NightPolicy:
    """What the environment says of approving trades, and defaults for the rest: readers of proposals need no more.

    Reads it without the settings' validation, which takes as long to load as such a reader runs. Raises
    :class:`InvalidInput` for another word than STANDING or MANUAL.
    """
    word = os.environ.get("MODELX_TRADE_APPROVAL", "STANDING")
    if word not in {"STANDING", "MANUAL"}:
        return settings().policy()  # which says what is wrong
    return NightPolicy(manual_trading=word == "MANUAL")


def open_book(url: str) -> Engine:
    """An engine on a migrated database. Raises :class:`InvalidInput` when it is not at this version's schema."""
    engine = open_engine(url)
    require_current(engine)
    return engine


def migrate_database(url: str) -> tuple[str, int]:
    """Migrate the database and store the sessions that are missing; returns (revision, sessions added)."""
    from modelx.files.market_sessions import nyse_sessions  # noqa: PLC0415  (takes over a second)
    from modelx.store.schema import migrate  # noqa: PLC0415  (Alembic is needed nowhere else)
    from modelx.store.session_records import store_sessions  # noqa: PLC0415

    owner_url = settings().migration_url
    engine = open_engine(owner_url or url)
    role = open_engine(url).url.username if owner_url else None
    revision = migrate(engine, role)
    days, close_minutes = nyse_sessions()
    with writing(engine) as connection:
        return revision, store_sessions(connection, days, close_minutes)


def load_book(engine: Engine, folder: Path, progress: Callable[[int, int, str], None] | None = None) -> LoadReport:
    """Load a folder of CSV files, whole or not at all. Raises :class:`RefusedBook` with every bad row."""
    from modelx.files.book_folder import open_book as open_folder  # noqa: PLC0415  (only this command reads files)

    return _load(engine, open_folder(folder), progress)


def load_file(engine: Engine, path: Path, name: str) -> LoadReport:
    """Load one CSV file as the book's file ``name``. Raises :class:`RefusedBook` with every bad row."""
    from modelx.files.book_folder import open_file  # noqa: PLC0415

    return _load(engine, open_file(path, name), None)


def _load(engine: Engine, source: BookSource, progress: Callable[[int, int, str], None] | None) -> LoadReport:
    from modelx.services.book import load  # noqa: PLC0415
    from modelx.store import night_records, session_records  # noqa: PLC0415

    with reading(engine) as connection:
        loads, _ = night_records.horizons(connection)
        calendar = session_records.calendar(connection, loads)
        last = night_records.last_night_begun(connection)
    return load(engine, source, calendar=calendar, last_closed_night=last, recorded_at=now(), progress=progress)


def now() -> int:
    """The instant, in microseconds since 1970 in UTC: the one place the clock is read."""
    return int(datetime.now(UTC).timestamp() * 1_000_000)


def runner(observe: Callable[[str, int, str], None] = lambda when, day, step: None) -> Runner:
    """This process as a runner of nights."""
    from modelx.services.daily_cycle import Runner  # noqa: PLC0415  (the whole night: readers do without)

    return Runner(now=now, holder=f"{socket.gethostname()}:{os.getpid()}:{_BORN}", is_dead=_is_dead, observe=observe)


def _is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that is gone, also one whose number this process now has."""
    host, pid, born = [*holder.rsplit(":", 2), "", ""][:3]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return born != _BORN  # a service that is started again in its container gets the same number every time
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False

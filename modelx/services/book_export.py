"""The book as the database knows it, file by file: what ``modelx book export`` writes."""

from __future__ import annotations

from collections.abc import Iterator

from modelx.domain.book import FileColumns
from modelx.domain.errors import NotFound
from modelx.store import book_records, load_records
from modelx.store.book_layout import LAYOUTS
from modelx.store.engine import Engine
from modelx.store.load_records import Load
from modelx.store.unit_of_work import reading


def exported(engine: Engine, as_known_at: int | None = None) -> Iterator[FileColumns]:
    """Yield every file's rows in force, or as they were known at a load; files without rows come empty.

    The rows are in the order of their names and dates, whatever ids they have here: loading what is exported into
    another database and exporting again gives the same bytes. Raises :class:`NotFound` for a load that is not there.
    """
    with reading(engine) as connection:
        latest = load_records.latest_load(connection)
        horizon = latest if as_known_at is None else as_known_at
        if as_known_at is not None and not 1 <= as_known_at <= latest:
            raise NotFound(f"there is no load {as_known_at}: loads go from 1 to {latest}")
        for layout in LAYOUTS:
            yield book_records.book_rows(connection, layout.file, horizon)


def loads(engine: Engine) -> list[Load]:
    """Every load, in order."""
    with reading(engine) as connection:
        return load_records.loads(connection)

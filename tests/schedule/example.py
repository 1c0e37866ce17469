"""The example book in a database, with sessions to run its nights on."""

from pathlib import Path

from sqlalchemy import Engine

from modelx.store.session_records import store_sessions
from modelx.store.unit_of_work import writing
from tests.services.books import example_book, example_calendar, load_folder


def prepared(engine: Engine, folder: Path) -> Engine:
    calendar = example_calendar()
    with writing(engine) as connection:
        store_sessions(connection, calendar.sessions, calendar.close_minutes)
    load_folder(engine, example_book(folder))
    return engine

"""A new model: the platform gives it a ticker that was never used, and its terms enter the book as a load."""

from __future__ import annotations

from dataclasses import dataclass

from modelx.domain.book import MISSING
from modelx.domain.errors import InvalidInput, NotPermitted
from modelx.domain.model_portfolio import assign_ticker, check_ticker
from modelx.services import book
from modelx.services.book_entry import BookEntry, file_columns
from modelx.services.change_load import MODEL
from modelx.store import load_records, name_records, session_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import writing


@dataclass(frozen=True, slots=True)
class ModelTerms:
    """What a model says of itself; blank where nothing is said. ``inception`` is a day."""

    name: str
    manager: str = ""
    series: str = ""
    vintage: str = ""
    style: str = ""
    benchmark: str = ""
    objective: str = ""
    strategy: str = ""
    risks: str = ""
    inception: int | None = None


def create_model(
    engine: Engine, terms: ModelTerms, by: str, recorded_at: int, *, prefix: str = "MDL", ticker: str | None = None
) -> str:
    """Append the terms of a new model and return its ticker: the first free one of ``prefix``, or the one asked for.

    A symbol that is or was a model's or a security's is never given out again. Raises :class:`InvalidInput`.
    """
    if not by.strip():
        raise NotPermitted("a model names the person who makes it: --by")
    with writing(engine) as connection:
        load_records.lock_for_loading(connection)
        used = name_records.ids(connection, "model").keys() | name_records.ids(connection, "security").keys()
        if ticker is not None:
            for finding in check_ticker(ticker, used):
                raise InvalidInput(finding.message)
        symbol = ticker or assign_ticker(prefix, used)
        words = {name: getattr(terms, name) for name in _WORDS}
        row = {"model": symbol, **words, "inception": MISSING if terms.inception is None else terms.inception}
        files = {"models.csv": file_columns("models.csv", [row])}
        entry = BookEntry(f"{MODEL}{symbol} by {by.strip()}", f"model {symbol}", files)
        book.begin_load(connection, entry.content_hash)
        calendar = session_records.calendar(connection, load_records.latest_load(connection))
        book.append_load(connection, entry, files, calendar, None, recorded_at)
    return symbol


_WORDS = ("name", "manager", "series", "vintage", "style", "benchmark", "objective", "strategy", "risks")

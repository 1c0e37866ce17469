"""Mergers, liquidations, plans that join and leave in kind: every figure of random books is the oracle's."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import day_of
from modelx.services.ledger_views import trial_balance
from tests.oracle.night import Oracle
from tests.oracle.random_book import expected_random, random_book
from tests.product import differences, fresh_sqlite, play, with_sessions


def ledger_differences(engine: Engine, oracle: Oracle) -> list[str]:
    """Every dollar account of every sleeve at its last close, where the product's is not the oracle's."""
    found = []
    for key, books in sorted(oracle.sleeves.items()):
        if books.last_night is None:
            continue
        lines = trial_balance(engine, *key, day_of(books.last_night))
        ours = {line.account: Decimal(line.amount).scaleb(-6) for line in lines if line.commodity == "USD"}
        ours = {account: amount for account, amount in ours.items() if amount and account[0] < "8"}
        theirs = oracle.trial_balances[books.last_night, key]
        found += [
            f"{key} {account}: oracle {theirs.get(account)}, product {ours.get(account)}"
            for account in sorted(ours.keys() | theirs.keys())
            if ours.get(account, 0) != theirs.get(account, 0)
        ]
    return found


@pytest.mark.parametrize("seed", range(8))
def test_random_books_with_events_on_sqlite(seed: int, tmp_path: Path) -> None:
    book = random_book(seed, tmp_path / "books", events=True)
    engine = fresh_sqlite(tmp_path)
    play(book.steps, engine)
    oracle = expected_random(book)
    assert differences(engine, oracle) == []
    assert ledger_differences(engine, oracle) == []


@pytest.mark.parametrize("seed", [201, 202])
def test_random_books_with_events_on_postgresql(seed: int, tmp_path: Path, postgresql_urls: tuple[str, str]) -> None:
    from modelx.store.engine import open_engine

    book = random_book(seed, tmp_path / "books", events=True)
    engine = with_sessions(open_engine(postgresql_urls[1]))
    play(book.steps, engine)
    oracle = expected_random(book)
    assert differences(engine, oracle) == []
    assert ledger_differences(engine, oracle) == []
    engine.dispose()


def test_the_random_books_hold_every_event(tmp_path: Path) -> None:
    happened: Counter[str] = Counter()
    for seed in range(8):
        oracle = expected_random(random_book(seed, tmp_path / "books", events=True))
        happened += Counter(entry.kind for books in oracle.sleeves.values() for entry in books.journal)
        happened["left"] += sum(books.left_on is not None for books in oracle.sleeves.values())
    assert min(happened[kind] for kind in ("EXIT", "IN_KIND", "OUT_IN_KIND", "LATE_INCOME", "left")) >= 4

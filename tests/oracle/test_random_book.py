"""Random books: each is well formed and reproducible, and the oracle's own books agree with one another."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.oracle.invariants import check_books, check_no_key_comes_twice_in_a_file, check_rows
from tests.oracle.random_book import expected_random, random_book
from tests.oracle.script import Load, Release, RunThrough


@pytest.mark.parametrize("seed", range(24))
def test_a_random_book_runs_and_its_books_agree(seed: int, tmp_path: Path) -> None:
    book = random_book(seed, tmp_path)
    oracle = expected_random(book)
    check_no_key_comes_twice_in_a_file(book.folders)
    check_books(oracle)
    check_rows(oracle)
    assert oracle.last_night == book.through
    assert [step.folder for step in book.steps if isinstance(step, Load)] == list(book.folders)


def test_equal_seeds_write_equal_bytes(tmp_path: Path) -> None:
    one, two = random_book(7, tmp_path / "one"), random_book(7, tmp_path / "two")
    for left, right in zip(one.folders, two.folders, strict=True):
        names = sorted(path.name for path in left.iterdir())
        assert names == sorted(path.name for path in right.iterdir())
        assert all((left / name).read_bytes() == (right / name).read_bytes() for name in names)
    assert [step for step in one.steps if not isinstance(step, Load)] == [
        step for step in two.steps if not isinstance(step, Load)
    ]


def test_everything_the_night_knows_occurs_somewhere(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in range(100, 130):
        book = random_book(seed, tmp_path)
        oracle = expected_random(book)
        seen.update(type(step).__name__ for step in book.steps)
        seen.update(f"{c.status} {c.reason}".strip() for c in oracle.desk.confirms.values())
        seen.update(code for _, _, findings in oracle.holds for code, _ in findings)
        seen.update(entry.kind for books in oracle.sleeves.values() for entry in books.journal)
        seen.update(line.paid_from for lines in oracle.fee_lines.values() for line in lines)
        seen.update("WAIVER" for lines in oracle.fee_lines.values() for line in lines if line.waives)
        seen.update("STILL HELD" for _ in oracle.held_sleeves())
        seen.update("ORRF" for _ in oracle.book.repeated_orders)
    assert set(seen) >= {Load.__name__, Release.__name__, RunThrough.__name__}
    assert set(seen) >= {"PX-MISS", "PX-STALE", "PX-TOL", "PX-SRC", "TR-SHORT", "STILL HELD"}
    assert set(seen) >= {"PRICED", "CANCELLED", "AS_OF_PENDING", "ACCEPTED", "ORRF"}
    assert set(seen) >= {f"REJECTED {reason}" for reason in ("SECU", "DMON", "DQUA", "NRGM", "CLOS")}
    assert set(seen) >= {"FEE", "FEE_PAYMENT", "WAIVER", "account", "unit_value", "SUBSCRIPTION", "REDEMPTION", "DUST"}
    assert set(seen) >= {"BUY", "SELL", "SETTLE", "INCOME", "CAPGAIN", "REINVEST", "CASH_IN_LIEU"}

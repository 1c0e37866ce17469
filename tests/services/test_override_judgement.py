"""Overrides in a folder that clash are refused at the door: the night never meets them."""

import pytest

from modelx.bootstrap import load_book
from modelx.domain.book import RefusedBook
from modelx.services.override_views import list_overrides
from tests.product import fresh_sqlite
from tests.services.books import write_files
from tests.services.followed_books import OVERRIDES, followed_folder

SLEEVES = [("PLAN-A", "GRO"), ("PLAN-A", "BAL"), ("PLAN-B", "GRO")]
SAVED = ["PLAN-A,GRO,SUBSTITUTE,BDF,BDI,,,2026-11-23,2026-12-31,,cheaper"]


@pytest.fixture
def book(tmp_path):
    engine = fresh_sqlite(tmp_path)
    load_book(engine, followed_folder(tmp_path / "book", SLEEVES, SAVED))
    return engine


def later(tmp_path, *rows):
    return write_files(tmp_path / "later", overrides=OVERRIDES + "".join(f"{row}\n" for row in rows))


@pytest.mark.parametrize(
    ("rows", "code", "line"),
    [
        (["PLAN-A,GRO,SUBSTITUTE,BDI,BDF,,,2026-12-01,,,"], "SUBSTITUTION_CYCLE", 2),
        (["PLAN-A,GRO,EXCLUDE,BDF,,,CASH,2026-12-01,,,"], "OVERRIDE_CONFLICT", 2),
        (["PLAN-A,,EXCLUDE,BDF,,,CASH,2026-12-01,,,"], "OVERRIDE_CONFLICT", 2),
        (
            ["PLAN-B,GRO,SET_WEIGHT,EQF,,0.60,,2026-12-01,,,", "PLAN-B,GRO,SET_WEIGHT,EQI,,0.50,,2026-12-01,,,"],
            "WEIGHTS_OVER_ONE",
            3,
        ),
    ],
)
def test_a_clash_is_refused_with_its_line_and_nothing_is_applied(book, tmp_path, rows, code, line):
    with pytest.raises(RefusedBook) as refused:
        load_book(book, later(tmp_path, *rows))
    assert [(one.code, one.source.line) for one in refused.value.findings] == [(code, line)]
    assert len(list_overrides(book, None, None, None)) == 1


def test_what_does_not_meet_in_time_or_place_is_loaded(book, tmp_path):
    rows = (
        "PLAN-A,GRO,EXCLUDE,BDF,,,CASH,2027-01-04,,,",  # after the saved one has ended
        "PLAN-B,GRO,SUBSTITUTE,BDF,EQI,,,2026-12-01,,,",  # another plan
        "PLAN-A,,SUBSTITUTE,BDF,EQI,,,2026-12-01,2026-12-31,,",  # gives way to the saved one, which names the model
        "PLAN-B,GRO,NO_BUY,EQF,,,,2026-12-01,,,",
        "PLAN-B,GRO,NO_SELL,EQF,,,,2026-12-01,,,",  # a freeze is no clash
    )
    load_book(book, later(tmp_path, *rows))
    assert len(list_overrides(book, None, None, None)) == 6


GENERAL = ["PLAN-C,,SUBSTITUTE,BDF,BDI,,,2026-11-23,,,cheaper", "PLAN-C,BAL,SUBSTITUTE,BDI,BDF,,,2026-11-23,,,no"]


def test_rules_that_meet_only_in_a_sleeve_to_come_are_refused_with_that_sleeve(tmp_path):
    engine = fresh_sqlite(tmp_path)
    first = followed_folder(tmp_path / "book", [*SLEEVES, ("PLAN-C", "GRO")], GENERAL)
    assert load_book(engine, first).n_findings["NO_SLEEVE"] == 1
    every = [*SLEEVES, ("PLAN-C", "GRO"), ("PLAN-C", "BAL")]
    both = followed_folder(tmp_path / "more", every)
    with pytest.raises(RefusedBook) as refused:
        load_book(engine, both)
    (one,) = refused.value.findings
    assert (one.code, one.source.file, one.source.line) == ("SUBSTITUTION_CYCLE", "sleeves.csv", 6)


def test_an_override_of_a_sleeve_that_nobody_has_is_listed(book, tmp_path):
    rows = ("PLAN-B,BAL,EXCLUDE,BDF,,,CASH,2026-12-01,,,", "PLAN-B,,EXCLUDE,BDI,,,CASH,2026-12-01,,,")
    report = load_book(book, later(tmp_path, *rows))
    assert report.n_findings == {"NO_SLEEVE": 1}


def test_a_correction_of_a_saved_override_is_no_clash_with_itself(book, tmp_path):
    load_book(book, later(tmp_path, "PLAN-A,GRO,SUBSTITUTE,BDF,EQI,,,2026-11-23,,,better"))
    (one,) = list_overrides(book, None, None, None)
    assert one.what == "BDF->EQI"

"""The library of managers: what an advisor chooses by, and a committee documents with."""

from datetime import date

import pytest

from modelx.bootstrap import load_book
from modelx.domain.errors import NotFound
from modelx.services.manager_library import manager_library, show_manager, track_record
from tests.product import with_sessions
from tests.services.books import write_files
from tests.services.followed_books import followed_folder, played
from tests.services.played_books import g1_played

SLEEVES = [("PLAN-A", "GRO"), ("PLAN-B", "GRO"), ("PLAN-C", "BAL")]
MANAGERS = (
    "manager,kind,style,payee,reviewed_on,reviewed_by,next_review,notes\n"
    "Alder,THIRD_PARTY,Active equity,ALDERCO,2026-06-30,Investment committee,2026-11-30,Kept: low turnover\n"
    "Cedar,ADVISOR,,,,,,\n"
)
FEES = (
    "plan,model,payee,kind,rate,tiers,start,end,paid_from\n"
    ",GRO,ALDERCO,MANAGER,0.0040,,,,unit_value\n,,PLATFORM,PLATFORM,0.00035,,,,unit_value\n"
)


@pytest.fixture
def book(engine, tmp_path):
    made = followed_folder(tmp_path / "book", SLEEVES, ["PLAN-A,GRO,EXCLUDE,BDF,,,CASH,2026-11-23,,,own choice"])
    return played(with_sessions(engine), write_files(made, managers=MANAGERS, fees=FEES), date(2026, 12, 2))


def test_managers_are_listed_with_models_fees_costs_and_reviews(book):
    found = {one.name: one for one in manager_library(book)}
    assert list(found) == ["Alder", "Birch", "Cedar"]
    alder = found["Alder"]
    assert (alder.kind, alder.overdue, alder.facts.notes) == ("THIRD_PARTY", True, "Kept: low turnover")
    (growth,) = alder.models
    assert growth.fees == ("0.40 %",)
    # 0.60 x 0.50 % + 0.20 x 0.05 % + 0.18 x 0.40 % = 0.382 % a year.
    assert growth.fund_cost == 382 * 10**7
    assert growth.listed.sleeves == 2
    assert (found["Birch"].kind, found["Birch"].facts) == ("not described", None)
    assert found["Cedar"].models == ()
    with pytest.raises(NotFound):
        show_manager(book, "Nobody")


def test_the_track_record_is_that_of_a_sleeve_that_follows_the_model(book):
    (growth,) = show_manager(book, "Alder").models
    assert growth.record.plan == "PLAN-B"  # PLAN-A has an override
    assert growth.record.one_year is None


def test_a_track_record_is_worked_by_hand_from_the_golden_unit_values(tmp_path):
    record = track_record(g1_played(tmp_path), "PLAN-A", "GRW60")
    # 10.000000 on 23 November, 10.167418 on 1 December, rising all the way.
    assert record.since_inception == pytest.approx(0.0167418, abs=1e-12)
    assert record.drawdown == 0.0
    assert track_record(g1_played(tmp_path), None, "GRW60") is None


def test_a_review_that_is_renewed_is_no_longer_due(book, tmp_path):
    renewed = MANAGERS.replace("2026-11-30", "2027-11-30")
    load_book(book, write_files(tmp_path / "renewed", managers=renewed))
    assert not show_manager(book, "Alder").overdue

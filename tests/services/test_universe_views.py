"""The universe as people search it, what plans allow, and what is never dropped in silence."""

from datetime import date

import numpy as np
import pytest

from modelx.bootstrap import load_book
from modelx.domain.book_codes import OverrideKind
from modelx.domain.days import day_of
from modelx.domain.errors import NotFound
from modelx.domain.override_check import OverrideRule
from modelx.domain.universe import SecurityStatus
from modelx.files.book_folder import write_book
from modelx.files.universe_files import universe_files
from modelx.services.change_checks import RefusedChange
from modelx.services.change_drafts import draft_overrides, draft_replacement, draft_weights
from modelx.services.change_preview import preview_stored
from modelx.services.seeded_universe import PLATFORM_SIZE, seeded_universe
from modelx.services.universe_views import Wanted, prompts, search_universe
from tests.product import fresh_sqlite, with_sessions
from tests.services.books import write_files
from tests.services.followed_books import MIA, approved, followed_folder, played, weight

SLEEVES = [("PLAN-A", "GRO"), ("PLAN-B", "GRO")]
NEXT = date(2026, 12, 2)
EVENT = "ticker,ex_date,kind,to_ticker,ratio,cash_rate,cash_in_lieu_price,pay_date\n"


@pytest.fixture
def book(engine, tmp_path):
    return played(with_sessions(engine), followed_folder(tmp_path / "book", SLEEVES), date(2026, 12, 1))


def found(engine, **wanted):
    return [one.listing.ticker for one in search_universe(engine, Wanted(**wanted))]


def test_securities_are_found_by_words_class_expense_and_status(book):
    assert found(book, text="fund equity") == ["ETF", "EQI", "EQF"]  # the cheapest first
    assert found(book, text="eqf") == ["EQF"]
    assert found(book, asset_class="US Bond", expense_max=weight("0.0010")) == ["BDI"]
    assert found(book, status=SecurityStatus.CLOSED) == ["SHUT"]
    assert {one.listing.ticker: one.models for one in search_universe(book, Wanted())}["EQI"] == ("BAL", "GRO")


def test_a_plan_that_keeps_a_list_sees_and_holds_what_is_on_it(book, tmp_path):
    rows = "plan,ticker,allowed\nPLAN-A,EQF,Y\nPLAN-A,EQI,\nPLAN-A,BDF,Y\nPLAN-A,BDI,N\n"
    load_book(book, write_files(tmp_path / "list", eligibility=rows))
    assert found(book, plan="PLAN-A") == ["EQI", "BDF", "EQF"]
    assert len(found(book, plan="PLAN-B")) == 5
    with pytest.raises(NotFound):
        found(book, plan="PLAN-X")
    rule = OverrideRule("PLAN-A", "GRO", OverrideKind.SUBSTITUTE, "BDF", NEXT, to_ticker="BDI")
    with pytest.raises(RefusedChange) as refused:
        draft_overrides(book, [rule], MIA)
    assert {one.code for one in refused.value.findings} == {"SECURITY_NOT_ELIGIBLE"}
    shown = preview_stored(book, draft_replacement(book, "BDF", "BDI", None, MIA).change_id, 2)
    assert {one.plan: "BDI: NOT_ELIGIBLE" in one.warnings for one in shown.sleeves} == {"PLAN-A": True, "PLAN-B": False}


def test_a_merger_prompts_every_model_and_override_that_holds_the_fund(book, tmp_path):
    rule = OverrideRule("PLAN-B", "GRO", OverrideKind.SET_WEIGHT, "BDF", NEXT, weight=weight("0.10"))
    approved(book, draft_overrides(book, [rule], MIA))
    assert prompts(book) == []
    load_book(book, write_files(tmp_path / "event", corporate_events=EVENT + "BDF,2026-12-09,MERGER,BDI,,,,\n"))
    told = [(one.ticker, one.status, one.plan, one.model, one.remedy) for one in prompts(book)]
    remedy = "modelx model replace BDF BDI"
    assert told == [
        ("BDF", "MERGED", "", "BAL", remedy),
        ("BDF", "MERGED", "", "GRO", remedy),
        ("BDF", "MERGED", "PLAN-B", "GRO", remedy),
    ]
    approved(book, draft_replacement(book, "BDF", "BDI", None, MIA))  # the remedy is a command that works
    assert prompts(book) == []


def test_a_model_of_an_all_fund_series_takes_no_etf(book, tmp_path):
    series = "series,kind,holds,glide_path,roll_months,tactical_rule,notes\nTrio,RISK,FUNDS,,,,\n"
    models = "model,name,manager,series,vintage,style,benchmark,objective,strategy,risks,inception\n"
    models += "GRO,Growth,Alder,Trio,GROWTH,Growth,,,,,2026-11-23\n"
    load_book(book, write_files(tmp_path / "series", series=series, models=models))
    with pytest.raises(RefusedChange, match="a series of funds alone, which ETF is not"):
        draft_weights(book, "GRO", {"ETF": weight("1")}, None, MIA)
    draft_weights(book, "GRO", {"EQF": weight("1")}, None, MIA)


def test_a_universe_of_the_platforms_size_loads_and_is_searched(tmp_path):
    universe = seeded_universe(PLATFORM_SIZE, np.random.default_rng(1))
    write_book(tmp_path / "universe", universe_files(universe, day_of(date(2026, 1, 2))))
    engine = fresh_sqlite(tmp_path)
    load_book(engine, tmp_path / "universe")
    assert len(found(engine, status=None)) == PLATFORM_SIZE >= 17_000
    merged = [one.listing for one in search_universe(engine, Wanted(status=SecurityStatus.MERGED))]
    assert merged
    assert all(one.successor == universe[one.ticker].successor for one in merged)

"""Families as data: target dates that roll down by date, tactical rules that see the past alone, and their audit."""

from datetime import date
from decimal import Decimal

import pytest

from modelx.bootstrap import load_book
from modelx.domain.book import RefusedBook
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvariantBroken
from modelx.domain.price_history import KnownHistory
from modelx.services.model_views import show_model
from modelx.services.series_book import dated_series, known_history
from modelx.services.series_versions import bring_up_to_date
from modelx.services.series_views import audit_series, list_series, show_series
from modelx.store import family_records, history_records, load_records, session_records
from modelx.store.unit_of_work import reading
from tests.product import fresh_sqlite, with_sessions
from tests.services.books import write_files
from tests.services.followed_books import PRICES, followed_folder, held, nights, run, weight
from tests.services.played_books import tampered

MODELS = (
    "model,name,manager,series,vintage,style,benchmark,objective,strategy,risks,inception\n"
    "TD35,Target 2035,Alder,Target,2035,,,,,,\nTD65,Target 2065,Alder,Target,2065,,,,,,\n"
)
SERIES = "series,kind,holds,glide_path,roll_months,tactical_rule,notes\n"
# A straight path: 90 % equity forty years out, 30 % at the target date.
PATHS = (
    "glide_path,months,ticker,weight\n"
    "DOWN,480,EQI,0.90\nDOWN,480,BDI,0.10\nDOWN,0,EQI,0.30\nDOWN,0,BDI,0.70\n"
    "SAFE,0,BDF,1\n"
)
RULES = "tactical_rule,window_sessions,fall_max,rise_max,move_min,defensive_path\nTREND,5,0.20,0.10,,SAFE\n"
EQUITY = "tactical_rule,ticker\nTREND,EQI\n"
SLEEVES = [("PLAN-A", "TD35"), ("PLAN-B", "TD65")]


def folder(tmp_path, *, rule="", months="1", prices=None):
    made = followed_folder(tmp_path / "book", SLEEVES, priced=35)
    changed = {"models": MODELS, "targets": "", "series": f"{SERIES}Target,TARGET_DATE,FUNDS,DOWN,{months},{rule},\n"}
    changed |= {"glide_paths": PATHS}
    if rule:
        changed |= {"tactical_rules": RULES, "tactical_equity": EQUITY}
    if prices is not None:
        changed["prices"] = prices
    return write_files(made, **changed)


def falling(fund="EQI", share="0.99"):
    """Prices in which a fund loses one percent a session, and the others gain a cent every other one."""
    rows, price = ["date,ticker,price"], Decimal(PRICES[fund])
    for at, day in enumerate(nights(count=35)):
        for ticker, text in PRICES.items():
            rows.append(f"{day},{ticker},{price if ticker == fund else Decimal(text) + Decimal(at // 2) / 100}")
        price = (price * Decimal(share)).quantize(Decimal("0.01"))
    return "\n".join(rows) + "\n"


def weights(engine, model, on):
    return dict(show_model(engine, model, on).in_force().weights)


def test_a_series_rolls_down_in_its_month_and_not_before(engine, tmp_path):
    load_book(with_sessions(engine), folder(tmp_path))
    run(engine, date(2026, 12, 31))
    # November 2026: 98 months to January 2035, 0.30 + 0.60 x 98 / 480 = 0.4225 of equity.
    assert weights(engine, "TD35", date(2026, 12, 31)) == {"EQI": weight("0.4225"), "BDI": weight("0.5775")}
    run(engine, date(2027, 1, 5))
    # January 2027: 96 months, 0.30 + 0.60 x 96 / 480 = 0.42.
    assert weights(engine, "TD35", date(2027, 1, 5)) == {"EQI": weight("0.42"), "BDI": weight("0.58")}
    shown = show_model(engine, "TD35", date(2027, 1, 5)).versions
    assert [str(one.version.effective) for one in shown] == ["2026-11-23", "2027-01-04"]
    assert audit_series(engine) == []


def test_doing_it_again_does_nothing(tmp_path):
    engine = fresh_sqlite(tmp_path)
    load_book(engine, folder(tmp_path))
    assert bring_up_to_date(engine, day_of(date(2026, 11, 23)), 5)
    assert not bring_up_to_date(engine, day_of(date(2026, 11, 23)), 6)
    run(engine, date(2026, 11, 27))
    assert not bring_up_to_date(engine, day_of(date(2026, 11, 27)), 7)
    with reading(engine) as connection:
        assert load_records.latest_load(connection) == 2
        assert load_records.verify_loads(connection) == []


def test_a_tactical_rule_leaves_falling_equity_at_the_end_of_the_month(engine, tmp_path):
    load_book(with_sessions(engine), folder(tmp_path, rule="TREND", prices=falling()))
    run(engine, date(2026, 12, 2))
    # The five sessions to 30 November fall: the one equity votes down, the tilt is -1, and equity stands 0.20 lower.
    # The decision is of 30 November: 98 months out, 0.4225 - 0.20; what is freed goes to BDF.
    assert weights(engine, "TD35", date(2026, 12, 1)) == {
        "EQI": weight("0.2225"),
        "BDI": weight("0.5775"),
        "BDF": weight("0.20"),
    }
    (vintage, _) = show_series(engine, "Target", date(2026, 12, 1))
    assert "tilt -1.00" in vintage.decided.cause
    assert "EQI:" in vintage.decided.cause
    assert audit_series(engine) == []


def test_without_a_trend_the_strategic_weights_stand(tmp_path):
    engine = fresh_sqlite(tmp_path)
    load_book(engine, folder(tmp_path, rule="TREND"))
    run(engine, date(2026, 11, 24))
    # On the first night no price is known yet: nobody votes.
    assert weights(engine, "TD35", date(2026, 11, 24))["EQI"] == weight("0.4225")


def test_what_is_decided_is_traded(tmp_path):
    engine = fresh_sqlite(tmp_path)
    load_book(engine, folder(tmp_path, rule="TREND", prices=falling()))
    run(engine, date(2026, 12, 3))
    with reading(engine) as connection:
        made = family_records.decisions(connection)
    assert [(one.series, date_of(one.decided_on)) for one in made[2:]] == [("Target", date(2026, 11, 30))] * 2
    assert held(engine, "PLAN-A", "TD35")["BDF"] * 20 == pytest.approx(Decimal(20_000), rel=Decimal("0.06"))


def test_a_price_of_tomorrow_in_a_signals_history_is_refused(tmp_path):
    engine = fresh_sqlite(tmp_path)
    load_book(engine, folder(tmp_path, rule="TREND"))
    tonight, tomorrow = day_of(date(2026, 12, 1)), day_of(date(2026, 12, 2))
    with reading(engine) as connection:
        (one,) = dated_series(connection, 1)
        calendar = session_records.calendar(connection, 1)
        honest, ids = known_history(connection, calendar, one.rule, tonight, 1)
        securities = honest.prices.security_id[:1]
        planted = history_records.price_rows(connection, securities, tonight, tomorrow, 1)
    assert honest.index(ids["EQI"], 5).size == 5
    with pytest.raises(InvariantBroken, match="look-ahead"):
        KnownHistory(tonight, 1, planted, honest.events)


def test_the_audit_catches_a_decision_that_used_tomorrows_price(tmp_path):
    engine = fresh_sqlite(tmp_path)
    load_book(engine, folder(tmp_path, rule="TREND", prices=falling()))
    run(engine, date(2026, 12, 2))
    assert audit_series(engine) == []
    # Somebody who knew the later prices would have voted up: the stored signal is turned round.
    tampered(
        engine,
        "series_decision",
        "UPDATE series_decision SET content = replace(content, '\"vote\":-1', '\"vote\":1') WHERE decided_on = 20787",
    )
    assert {one.code for one in audit_series(engine)} == {"LOOK_AHEAD"}


def test_a_correction_loaded_later_does_not_make_an_honest_decision_look_like_look_ahead(tmp_path):
    engine = fresh_sqlite(tmp_path)
    load_book(engine, folder(tmp_path, rule="TREND", prices=falling()))
    run(engine, date(2026, 12, 2))
    late = write_files(tmp_path / "late", prices="date,ticker,price\n2026-11-30,EQI,80.00\n")
    load_book(engine, late)
    assert audit_series(engine) == []


def test_a_persons_version_of_the_same_date_stands(tmp_path):
    engine = fresh_sqlite(tmp_path)
    load_book(engine, folder(tmp_path))
    run(engine, date(2026, 12, 30))
    own = "model,effective_date,ticker,weight\nTD35,2027-01-04,BDI,1\n"
    load_book(engine, write_files(tmp_path / "own", targets=own))
    run(engine, date(2027, 1, 4))
    assert weights(engine, "TD35", date(2027, 1, 4)) == {"BDI": weight("1")}
    assert weights(engine, "TD65", date(2027, 1, 4))["EQI"] == weight("0.87")  # 456 months: 0.30 + 0.57


def test_families_are_listed_with_their_members_and_what_they_may_hold(tmp_path):
    engine = fresh_sqlite(tmp_path)
    load_book(engine, folder(tmp_path))
    (one,) = list_series(engine)
    assert (one.series, one.kind, one.holds, one.glide_path) == ("Target", "TARGET_DATE", "FUNDS", "DOWN")
    assert [member.ticker for member in one.members] == ["TD35", "TD65"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"series": SERIES + "Target,TARGET_DATE,,,1,,\n"}, "names its glide_path"),
        ({"series": SERIES + "Trio,RISK,,DOWN,,,\n"}, "only a TARGET_DATE series"),
        ({"series": SERIES + "Target,TARGET_DATE,,DOWN,13,,\n"}, "months are numbers from 1 to 12"),
        ({"series": SERIES + "Target,TARGET_DATE,,GONE,1,,\n"}, "GONE"),
        ({"glide_paths": PATHS.replace("0.10", "0.11")}, "at 480 months sum to"),
    ],
)
def test_an_unsound_family_is_refused_at_the_door(tmp_path, files, words):
    engine = fresh_sqlite(tmp_path)
    with pytest.raises(RefusedBook, match=words):
        load_book(engine, write_files(folder(tmp_path), **files))

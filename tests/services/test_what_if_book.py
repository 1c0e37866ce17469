"""A book's folders as the ground of a what-if, and cases on it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from modelx.domain.book_codes import ExcludeTo, OverrideKind, RebalancePolicy
from modelx.domain.days import day_of
from modelx.domain.errors import InvalidInput, NotFound
from modelx.files.book_folder import write_book
from modelx.files.market_sessions import nyse_sessions
from modelx.files.simulated_book import simulated_loads
from modelx.files.simulation_ground import book_ground, seeded_ground
from modelx.services.simulated_market import simulated_market
from modelx.services.simulated_plans import simulated_plans
from modelx.services.what_if import run_what_if
from modelx.services.what_if_cases import Case, Money, combinations, idle_rules, parse_rules, scenario_of
from modelx.services.what_if_summary import summarise
from tests.services.books import write_files

SECURITIES = (
    "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status\n"
    "EQX,Equity fund,MF,EQ,0.5,3,2,N,1,10,OPEN\nFIX,Bond fund,MF,FI,0.2,3,2,N,1,10,OPEN\n"
    "LAT,Late fund,MF,EQ,0.1,3,2,N,1,10,OPEN\n"
)
DAYS = [date(2026, 10, day) for day in (1, 2, 5, 6, 7, 8, 9, 12, 13, 14)]
TARGETS = "model,effective_date,ticker,weight\nMIX,2026-09-01,EQX,0.6\nMIX,2026-09-01,FIX,0.4\n"


def prices(**by_ticker):
    rows = [
        f"{day},{ticker},{one}" for ticker, of in by_ticker.items() for day, one in zip(DAYS, of, strict=True) if one
    ]
    return "date,ticker,price\n" + "\n".join(rows) + "\n"


def flat(value):
    return [f"{value:.2f}"] * len(DAYS)


@pytest.fixture
def book(tmp_path):
    return write_files(
        tmp_path / "book", securities=SECURITIES, targets=TARGETS, prices=prices(EQX=flat(10), FIX=flat(20))
    )


def unit_values(market, calendar, *cases):
    done = run_what_if(market.history, calendar, scenario_of(market, cases, Money(10_000 * 10**6)))
    return done.unit_value


def test_a_model_of_the_book_is_tried_over_its_prices(book):
    market, calendar = book_ground([book])
    assert [market.history.sessions[0], market.history.sessions[-1]] == [day_of(DAYS[0]), day_of(DAYS[-1])]
    assert (unit_values(market, calendar, Case("base", "MIX")) == 10 * 10**6).all()


def test_a_distribution_and_a_split_of_the_book_change_nothing_but_the_price(book):
    """Equity pays 0.50 and falls to 9.50, bonds split two for one: six tenths and four tenths stay worth what they
    were. 10,000 buys 600 and 200 shares the day after, so the day itself is 5,700 + 300 + 4,000."""
    write_files(
        book,
        prices=prices(EQX=["10.00"] * 5 + ["9.50"] * 5, FIX=["20.00"] * 5 + ["10.00"] * 5),
        distributions="ticker,ex_date,pay_date,kind,rate,reinvest,reinvest_price\n"
        "EQX,2026-10-08,2026-10-09,INCOME,0.5,N,\n",
        splits="ticker,ex_date,new_shares,old_shares,cash_in_lieu_price\nFIX,2026-10-08,2,1,\n",
    )
    market, calendar = book_ground([book])
    assert (unit_values(market, calendar, Case("base", "MIX", RebalancePolicy.ANNUAL)) == 10 * 10**6).all()


def test_a_later_folder_replaces_a_price_and_takes_a_version_back(book, tmp_path):
    write_files(book, targets=TARGETS + "MIX,2026-10-06,EQX,1\n")
    later = write_files(
        tmp_path / "later",
        prices="date,ticker,price\n2026-10-14,EQX,11.00\n",
        targets="model,effective_date,ticker,weight\nMIX,2026-10-06,CASH,0\n",
    )
    market, calendar = book_ground([book, later])
    assert [one.effective for one in market.versions["MIX"]] == [date(2026, 9, 1)]
    assert unit_values(market, calendar, Case("base", "MIX"))[-1, 0] == 10_600_000  # 600 shares rise by a dollar


def test_history_begins_when_everything_held_is_priced(book):
    write_files(book, prices=prices(EQX=["", "", *flat(10)[2:]], FIX=flat(20)))
    market, _ = book_ground([book])
    assert market.history.sessions[0] == day_of(DAYS[2])


def test_a_price_missing_in_between_is_named(book):
    write_files(book, prices=prices(EQX=[*flat(10)[:4], "", *flat(10)[5:]], FIX=flat(20)))
    with pytest.raises(InvalidInput, match="EQX has no price on 2026-10-07"):
        book_ground([book])


def test_an_override_brings_its_own_security_into_the_history(book):
    write_files(book, prices=prices(EQX=flat(10), FIX=flat(20), LAT=["4.00"] * 9 + ["5.00"]))
    cases = [Case("plain", "MIX"), Case("other", "MIX", rules=parse_rules("SUBSTITUTE EQX LAT"))]
    market, calendar = book_ground([book], {"MIX"}, {"LAT"})
    last = unit_values(market, calendar, *cases)[-1]
    assert last.tolist() == [10_000_000, 11_500_000]  # 6,000 dollars of LAT rise by a quarter


@pytest.mark.parametrize(
    ("models", "others", "words"),
    [({"NONE"}, (), "the models are MIX"), ({"MIX"}, {"XYZ"}, "securities.csv has no XYZ")],
)
def test_unknown_names_are_refused_with_those_there_are(book, models, others, words):
    with pytest.raises(NotFound, match=words):
        book_ground([book], models, others)


def test_overrides_are_read_from_words():
    rules = parse_rules(
        "substitute AAA BBB; EXCLUDE CCC;EXCLUDE DDD CASH; SET_WEIGHT EEE 0.05; CASH_BUFFER 0.03; NO_BUY F"
    )
    assert [(one.kind, one.ticker, one.to_ticker, one.weight) for one in rules] == [
        (OverrideKind.SUBSTITUTE, "AAA", "BBB", 0),
        (OverrideKind.EXCLUDE, "CCC", "", 0),
        (OverrideKind.EXCLUDE, "DDD", "", 0),
        (OverrideKind.SET_WEIGHT, "EEE", "", 5 * 10**10),
        (OverrideKind.CASH_BUFFER, "", "", 3 * 10**10),
        (OverrideKind.NO_BUY, "F", "", 0),
    ]
    assert [one.exclude_to for one in rules[1:3]] == [ExcludeTo.PRORATA, ExcludeTo.CASH]


@pytest.mark.parametrize("text", ["SWAP A B", "SUBSTITUTE A", "EXCLUDE", "SET_WEIGHT A", "CASH_BUFFER", "NO_BUY A B"])
def test_words_that_are_no_override_are_refused_with_the_forms(text):
    with pytest.raises(InvalidInput, match="SUBSTITUTE OLD NEW"):
        parse_rules(text)


def test_rules_that_would_be_refused_when_saved_are_refused_here(book):
    market, _ = book_ground([book])
    wrong = Case("wrong", "MIX", rules=parse_rules("SET_WEIGHT EQX 0.2; EXCLUDE EQX"))
    with pytest.raises(InvalidInput, match="clashes"):
        scenario_of(market, [wrong], Money(10**10))


def test_an_override_that_finds_nothing_is_told(book):
    write_files(book, prices=prices(EQX=flat(10), FIX=flat(20), LAT=flat(4)))
    market, _ = book_ground([book], (), {"LAT"})
    cases = [
        Case("idle", "MIX", rules=parse_rules("EXCLUDE LAT")),
        Case("busy", "MIX", rules=parse_rules("EXCLUDE FIX")),
    ]
    assert idle_rules(market, cases) == ["idle: MIX never holds LAT, so the override does nothing"]


def test_every_combination_is_a_case_and_the_plain_model_comes_first():
    cases = combinations(Case("", ""), ["A", "B"], [RebalancePolicy.BAND, RebalancePolicy.ANNUAL], [0], ["EXCLUDE X"])
    assert [case.name for case in cases][:4] == ["A, band", "A, band, EXCLUDE X", "A, annual", "A, annual, EXCLUDE X"]
    assert len(cases) == 8


def test_a_fee_costs_what_it_says_and_the_base_tracks_itself():
    simulated, calendar = seeded_ground(3, date(2020, 1, 2), 1)
    cases = [Case("free", "SIMMOD"), Case("paid", "SIMMOD", fee=10**10)]
    scenario = scenario_of(simulated.market, cases, Money(10**12))
    summary = summarise(run_what_if(simulated.market.history, calendar, scenario))
    assert summary.cost[0] == 0
    assert summary.cost[1] == pytest.approx(0.01, rel=0.01)  # accrued on opening net assets, divided by their average
    assert summary.annual_return[0] - summary.annual_return[1] == pytest.approx(0.01, rel=0.3)
    assert summary.tracking[0] == 0
    assert summary.tracking[1] < 0.001


def test_the_same_seed_gives_the_same_platform():
    one, _ = seeded_ground(9, date(2021, 1, 4), 1)
    other, _ = seeded_ground(9, date(2021, 1, 4), 1)
    assert one.models == other.models
    assert one.market.versions == other.market.versions
    assert np.array_equal(one.market.history.price, other.market.history.price)


def test_a_series_of_the_book_follows_its_path_and_its_rule(tmp_path):
    """The folders of a simulation have no targets for their series: a what-if over them makes the same versions."""
    days, _ = nyse_sessions(date(2021, 9, 1), date(2022, 3, 31))
    platform = simulated_market(days[1:], 4, before=int(days[0]))
    folders = []
    for one in simulated_loads(platform, simulated_plans(platform, 10, 4)):
        write_book(tmp_path / one.name, one.files.values())
        folders.append(tmp_path / one.name)
    market, _ = book_ground(folders)
    assert market.versions.keys() == platform.market.versions.keys()
    for model, versions in platform.market.versions.items():
        assert [(one.effective, one.weights) for one in market.versions[model]] == [
            (one.effective, one.weights) for one in versions
        ], model
    assert np.array_equal(market.history.sessions, platform.market.history.sessions)
    only, _ = book_ground(folders, {"SIM2030"}, (), int(days[40]))
    assert only.versions.keys() == {"SIM2030"}
    assert only.history.sessions[0] == days[40]


def test_a_series_whose_path_is_missing_is_refused(book):
    write_files(
        book,
        models="model,name,manager,series,vintage,style,benchmark,objective,strategy,risks,inception\n"
        "TD2050,Target 2050,,Target,2050,,,,,,\n",
        series="series,kind,holds,glide_path,roll_months,tactical_rule,notes\nTarget,TARGET_DATE,,PATH,1,,\n",
    )
    with pytest.raises(InvalidInput, match="series Target needs the path 'PATH': add it to"):
        book_ground([book])

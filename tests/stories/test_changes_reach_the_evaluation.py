"""What is changed in the book changes the next evaluation: a model, an override, a fee of the demonstration book.

On 30 November LINDQVIST's order to hold 12 % money market ends; on 1 December MIRABEL's advisor falls from 30 to 25
basis points; on 9 December CDLMOD puts its commodities (3 %) into shares abroad, at lower cost.
"""

from datetime import date

import numpy as np
import pytest

from modelx.domain.book_codes import PayeeKind
from modelx.domain.days import day_of
from modelx.evaluator.asset_classes import CODES, equity_mask
from modelx.evaluator.engine import best_available
from modelx.evaluator.evaluation import Settings, evaluate_block
from modelx.evaluator.option import OptionKind
from modelx.evaluator.reference_population import reference_population
from modelx.evaluator.shipped import default_detail_map, default_markets
from modelx.services.disclosure_book import NoticeBook
from modelx.services.disclosure_history import sleeve_histories
from modelx.services.qdia_candidates import SleeveHolding, candidate_options, sleeve_holdings
from modelx.store.unit_of_work import reading
from tests.services.played_books import demo_played

NOVEMBER, DECEMBER, AFTER_THE_CHANGE = date(2026, 11, 30), date(2026, 12, 2), date(2026, 12, 11)
PEOPLE = reference_population(400, 11)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return demo_played(tmp_path_factory.mktemp("demo"))


def sleeve(engine, plan: str, model: str, on: date) -> SleeveHolding:
    (found,) = (one for one in sleeve_holdings(engine, day_of(on), plan) if one.model == model)
    return found


def evaluated(*sleeves: SleeveHolding):
    detail = default_detail_map()
    ideal = best_available(detail).ideal(PEOPLE)
    options = candidate_options(sleeves, default_markets(), "2026-12-31")
    return evaluate_block(PEOPLE, ideal, options, default_markets(), Settings(as_of=2026.95), detail)


def share(holding: SleeveHolding, code: str) -> float:
    return float(holding.weights[CODES.index(code)])


def test_a_lower_fee_lowers_the_cost_by_exactly_that_and_leaves_the_loss_alone(engine):
    before, after = sleeve(engine, "MIRABEL", "CDLMOD", NOVEMBER), sleeve(engine, "MIRABEL", "CDLMOD", DECEMBER)
    assert before.by_kind[PayeeKind.ADVISOR] == pytest.approx(30.0)
    assert after.by_kind[PayeeKind.ADVISOR] == pytest.approx(25.0)
    same_holdings = evaluated(after).stack.fees - evaluated(before).stack.fees
    assert same_holdings[0] == pytest.approx(np.full(400, -5.0 + after.fund_bp - before.fund_bp))


def test_an_override_that_ends_moves_the_holdings_and_with_them_the_loss(engine):
    before, after = sleeve(engine, "LINDQVIST", "AFINCM", NOVEMBER), sleeve(engine, "LINDQVIST", "AFINCM", DECEMBER)
    assert share(before, "CASH") == pytest.approx(0.12 + 0.02, abs=0.01)  # the money market, and the model's own cash
    assert share(after, "CASH") < share(before, "CASH") - 0.04
    other = sleeve(engine, "WEXCOMBE", "AFINCM", NOVEMBER)
    assert share(other, "CASH") == pytest.approx(share(after, "CASH"), abs=0.02)
    assert float(after.weights @ equity_mask()) > float(before.weights @ equity_mask())
    # More equity is nearer to what most of these people should hold.
    assert evaluated(after).total.mean() < evaluated(before).total.mean() - 1


def test_a_changed_model_reaches_every_plan_that_follows_it(engine):
    for plan in ("HALVORSEN", "LINDQVIST", "MIRABEL"):
        before, after = sleeve(engine, plan, "CDLMOD", DECEMBER), sleeve(engine, plan, "CDLMOD", AFTER_THE_CHANGE)
        assert share(before, "COMDTY") == pytest.approx(0.03, abs=0.005)
        assert share(after, "COMDTY") == 0
        assert share(after, "DM_XUS") - share(before, "DM_XUS") == pytest.approx(0.02, abs=0.015)
        assert after.fund_bp < before.fund_bp - 0.5
        assert evaluated(after).total.mean() != pytest.approx(evaluated(before).total.mean(), abs=0.01)


def test_a_plan_that_forbids_a_class_is_evaluated_without_it(engine):
    free, bound = sleeve(engine, "HALVORSEN", "CDLGRO", DECEMBER), sleeve(engine, "OSTRANDER", "CDLGRO", DECEMBER)
    assert share(free, "COMDTY") == pytest.approx(0.03, abs=0.005)
    assert share(bound, "COMDTY") == 0


def test_rates_are_those_that_the_nights_accrue_by(engine):
    """On 16 December, a night of one day: each fixed-rate sleeve's accruals over its opening assets, times 365."""
    night = date(2026, 12, 16)
    held = sleeve_holdings(engine, day_of(night))
    tiered = {"HALVORSEN", "WEXCOMBE"}
    compared = 0
    with reading(engine) as connection:
        ids = NoticeBook.read(connection).sleeve_ids
        histories = sleeve_histories(connection, [ids[one.plan, one.model] for one in held])
    for one in held:
        if one.plan in tiered:
            continue
        history = histories[ids[one.plan, one.model]]
        row = history.night_on_or_before(night)
        opening = int(history.closing_assets[row - 1])
        booked = sum(
            int(amount) * sign
            for moves, sign in ((history.accrued, 1), (history.waived, -1), (history.billed, 1))
            for day, _, amount in moves.T.tolist()
            if day == day_of(night)
        )
        rate = (one.total_bp - one.fund_bp) / 10_000
        # Each payee's accrual is rounded to the millionth of a dollar.
        assert booked == pytest.approx(opening * rate / 365, abs=len(one.fees)), (one.plan, one.model)
        compared += 1
    assert compared >= 15


def test_a_series_is_one_candidate_and_participants_get_its_vintages(engine):
    held = sleeve_holdings(engine, day_of(DECEMBER))
    options = {one.id: one for one in candidate_options(held, default_markets(), "2026-12-02")}
    series = options["Northmere_Target"]
    assert series.kind is OptionKind.TARGET_DATE
    assert series.vintages.tolist() == [2035, 2055]
    assert series.weights is not None
    members = [one for one in held if one.model == "NMTD55"]
    assert len(members) > 1
    value = sum(one.value for one in members)
    expected = sum(one.weights * one.value for one in members) / value
    assert series.weights[1] == pytest.approx(expected)
    assert series.fees.total[1] == pytest.approx(sum(one.total_bp * one.value for one in members) / value)
    detail = default_detail_map()
    found = evaluate_block(
        PEOPLE, best_available(detail).ideal(PEOPLE), [series], default_markets(), Settings(as_of=2026.95), detail
    )
    target = 2026.95 + PEOPLE.retirement_age[found.rows] - found.age
    assert (found.vintage[0] == np.where(target < 2045, 2035, 2055)).all()
    assert set(found.vintage[0].tolist()) == {2035, 2055}


def test_a_plan_that_left_is_no_candidate(engine):
    held = sleeve_holdings(engine, day_of(date(2027, 1, 4)))
    assert ("MIRABEL", "CDLCON") not in {(one.plan, one.model) for one in held}
    assert ("BRTPRAIRIE", "CDLCON") in {(one.plan, one.model) for one in held}

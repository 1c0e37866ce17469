"""Preview of a change across plans, and the approval that binds to it."""

from __future__ import annotations

import time
from types import MappingProxyType

import numpy as np
import pytest

from modelx.domain.approval import are_two_people, check_approval, digest, moved_inputs
from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.effective_target import CASH
from modelx.domain.errors import NotPermitted, StalePreview
from modelx.domain.override_resolution import resolve
from modelx.domain.position import Positions
from modelx.domain.preview import Market, Names, preview_change, seal_change, weight_lines
from tests.domain.override_columns import Rule, column, models, overrides, weight
from tests.domain.rebalance_columns import DAY, Security, Sleeve, funds_of, terms_of

OLD, NEW, EQ, ALT = 1, 2, 3, 4
SECURITIES = {"OLD": Security("20"), "NEW": Security("25"), "EQ": Security("50"), "ALT": Security("10")}
BEFORE = {OLD: weight("0.4"), EQ: weight("0.6")}
AFTER = {NEW: weight("0.4"), EQ: weight("0.6")}
NAMES = Names({0: "P0/M", 1: "P1/M", 2: "P2/M", 3: "P3/N"}, {OLD: "OLD", NEW: "NEW", EQ: "EQ", ALT: "ALT"})
EXPENSE = column([weight("0.0050"), weight("0.0012"), weight("0.0003"), weight("0.0040")])


def market(n, securities=None, cash="0"):
    """``n`` sleeves that hold 1,000.00: 40 % OLD and 60 % EQ."""
    positions = Positions(
        sleeve=np.repeat(np.arange(n), 2),
        security_id=np.tile(column([OLD, EQ]), n),
        shares=np.tile(column([20 * 10**6, 12 * 10**6]), n),
        cost=column([0] * (2 * n)),
    )
    terms = terms_of(securities or SECURITIES)
    return Market(positions, terms, funds_of([Sleeve(cash)] * n), EXPENSE, DAY)


def targets(target, n, rules=(), model=None):
    of_model = models(target, {EQ: weight("1")})
    return resolve(of_model, column(model or [0] * n), column([0] * n), overrides(rules), DAY)


RULES = (
    Rule(OverrideKind.SUBSTITUTE, OLD, to=ALT, sleeve=1, id=11),
    Rule(OverrideKind.EXCLUDE, NEW, exclude_to=ExcludeTo.PRORATA, sleeve=2, id=12),
)


def change(rules=RULES, of=None):
    model = [0, 0, 0, 1]
    before, after = targets(BEFORE, 4, rules, model), targets(AFTER, 4, rules, model)
    return before, after, preview_change(before, after, of or market(4), NAMES)


def test_followers_and_deviators_are_told_apart_and_other_models_are_untouched():
    before, after, preview = change()
    assert preview.sleeve.tolist() == [0, 1, 2]
    assert preview.deviates.tolist() == [False, False, True]
    assert preview.untouched == 1
    assert preview.newly_dormant.tolist() == [11]
    assert before.dormant.tolist() == [12]
    assert after.of_sleeve(2) == {EQ: weight("1")}


def test_turnover_is_what_would_trade():
    _, _, preview = change()
    # Everybody holds 400.00 of OLD. Plans 0 and 1 buy NEW with it, plan 2 excludes NEW and buys EQ.
    assert (preview.sales // 10**4).tolist() == [40_000] * 3
    assert (preview.purchases // 10**4).tolist() == [40_000] * 3
    assert (preview.turnover // 10**4).tolist() == [40_000] * 3
    assert (preview.cash_after == 0).all()


def test_the_change_of_cost_is_exact_in_basis_points():
    _, _, preview = change()
    # Plan 0: 40 % at 50 bp becomes 12 bp: -15.20. Plan 1 held ALT at 40 bp: -11.20. Plan 2: 21.80 becomes 3.00.
    assert preview.cost_change_bp() == ["-15.20", "-11.20", "-18.80"]


def test_weights_before_and_after_with_their_why():
    before, after, _ = change()
    lines = weight_lines(before, after, 1, NAMES)
    assert [(one.security, one.before, one.after) for one in lines] == [
        (NEW, 0, weight("0.4")),
        (EQ, weight("0.6"), weight("0.6")),
        (ALT, weight("0.4"), 0),
    ]
    assert lines[2].why == ("no longer in the model",)
    excluded = {one.security: one.why for one in weight_lines(before, after, 2, NAMES)}
    assert excluded[NEW] == ("excluded, 40.00 % to the others, override 12",)
    assert CASH not in excluded


def test_warnings_stand_on_the_row():
    closed = SECURITIES | {"NEW": Security("25", can_buy=False)}
    _, _, preview = change(of=market(4, closed))
    assert preview.warnings == (("NEW: CLOSED",), ("NEW: CLOSED",), ())
    barred = (*RULES, Rule(OverrideKind.NO_SELL, OLD, sleeve=0, id=13))
    _, _, preview = change(barred)
    assert preview.warnings[0] == ("CASH_SHORT", "NEW: NO_CASH", "OLD: NO_SELL")


def test_an_override_on_one_plan_never_changes_another():
    _, _, alone = change(())
    _, _, beside = change()
    for column_name in ("purchases", "sales", "cash_after", "cost_after"):
        assert getattr(alone, column_name)[0] == getattr(beside, column_name)[0]


def test_a_change_of_permission_alone_is_a_change():
    before, after = targets(BEFORE, 2), targets(BEFORE, 2, [Rule(OverrideKind.NO_BUY, EQ, sleeve=1)])
    assert preview_change(before, after, market(2), NAMES).sleeve.tolist() == [1]
    assert preview_change(before, before, market(2), NAMES).sleeve.tolist() == []


def sealed(of=None, rules=RULES, author="mia", standing=MappingProxyType({})):
    of = of or market(4)
    _, after, preview = change(rules, of)
    return seal_change("M version 2", preview, after, of, NAMES, author, standing)


def test_the_same_preview_has_the_same_hash_and_is_approved():
    assert sealed().hash == sealed().hash
    check_approval(sealed().hash, "otto", sealed(), sealed())


def test_nobody_approves_their_own_change():
    for approver in ("mia", " MIA ", "\uff4dia"):  # the last with a wide m
        with pytest.raises(NotPermitted, match="another person"):
            check_approval(sealed().hash, approver, sealed(), sealed())
    with pytest.raises(NotPermitted, match="names the person"):
        check_approval(sealed().hash, " ", sealed(), sealed())


def test_another_hash_is_refused():
    with pytest.raises(StalePreview, match="not that of the proposed"):
        check_approval("0" * 64, "otto", sealed(), sealed())


def test_a_stale_preview_names_the_inputs_that_moved():
    corrected = market(4, SECURITIES | {"NEW": Security("25.01")}, cash="3.5")
    with pytest.raises(StalePreview) as stale:
        check_approval(sealed().hash, "otto", sealed(), sealed(corrected))
    assert "price of NEW: 25.00 -> 25.01" in str(stale.value)
    assert "cash of P0/M: 0.00 -> 3.50" in str(stale.value)
    assert "P3/N" not in str(stale.value)


def test_an_override_that_came_in_between_makes_the_preview_stale():
    more = (*RULES, Rule(OverrideKind.SET_WEIGHT, EQ, weight=weight("0.5"), sleeve=0, id=14))
    with pytest.raises(StalePreview, match="targets of P0/M"):
        check_approval(sealed().hash, "otto", sealed(), sealed(rules=more))


def test_what_a_change_takes_the_place_of_is_an_input_that_may_move():
    stands = {"version of M standing for 2026-11-06": "version 2 of load 2"}
    with pytest.raises(StalePreview, match="version of M standing for 2026-11-06: absent -> version 2 of load 2"):
        check_approval(sealed().hash, "otto", sealed(), sealed(standing=stands))


def test_the_hash_tells_apart_contents_that_join_alike():
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"})
    assert digest({"a": "12"}) != digest({"a": "1", "2": ""})
    assert digest({"a": 1}) != digest({"a": "1"})
    assert digest({"a": column([1])}) != digest({"a": column([1, 0])})
    moves = moved_inputs({"x": "1", "y": "2"}, {"y": "3", "z": "4"})
    assert [str(move) for move in moves] == ["y: 2 -> 3", "z: absent -> 4", "x: 1 -> absent"]


def test_a_thousand_plans_take_less_than_a_second():
    n = 1_000
    rules = [Rule(OverrideKind.SUBSTITUTE, OLD, to=ALT, sleeve=s, id=s) for s in range(0, n, 10)]
    of, names = market(n), Names({s: f"P{s}/M" for s in range(n)}, NAMES.security)
    start = time.process_time()
    before, after = targets(BEFORE, n, rules), targets(AFTER, n, rules)
    preview = preview_change(before, after, of, names)
    seal_change("M version 2", preview, after, of, names, "mia", {})
    assert time.process_time() - start < 1.0
    assert preview.sleeve.size == n


@pytest.mark.parametrize("other", ["ana maker", " Ana  Maker ", "ANA\tMAKER", "\uff21na Maker", "", " "])
def test_another_spelling_is_no_second_person(other):
    assert not are_two_people("Ana Maker", other)
    assert not are_two_people(other, "Ana Maker")


def test_two_names_are_two_people():
    assert are_two_people("Ana Maker", "Ana Marker")

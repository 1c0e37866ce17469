"""Effective targets: the order of resolution, what each line says, dormancy, and an oracle in fractions."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.effective_target import CASH, explain
from modelx.domain.override_resolution import resolve
from tests.domain.override_columns import ONE, Rule, column, models, overrides, weight

SUB, EXCLUDE, SET = OverrideKind.SUBSTITUTE, OverrideKind.EXCLUDE, OverrideKind.SET_WEIGHT
A, B, C, D, E = 1, 2, 3, 4, 5
NAMES = {CASH: "CASH", A: "A", B: "B", C: "C", D: "D", E: "E"}
V10 = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())["V10_rebalance"]


def effective(target, *rules, buffer="0", day=10):
    found = resolve(models(target), column([0]), column([weight(buffer)]), overrides(rules), day)
    assert sum(found.of_sleeve(0).values()) == ONE
    return found


def weights(target, *rules, **more):
    return effective(target, *rules, **more).of_sleeve(0)


def test_v10_substitution_exclusion_and_buffer():
    names = {"EQX": 1, "VFA": 2, "VBX": 3, "REIT": 4, "VCX": 5, "CASH": CASH}
    target = {names[ticker]: weight(w) for ticker, w in V10["model"].items()}
    rules = (Rule(SUB, 3, to=5, id=17), Rule(EXCLUDE, 4, exclude_to=ExcludeTo.PRORATA, id=18))
    expected = {names[ticker]: weight(w) for ticker, w in V10["targets"].items()}
    assert weights(target, *rules, buffer="0.02") == expected


def test_a_sleeve_without_overrides_has_the_weights_of_its_model():
    target = {A: weight("0.6"), B: weight("0.37"), CASH: weight("0.03")}
    found = effective(target)
    assert found.of_sleeve(0) == target
    assert not found.deviates.any()
    assert explain(found, 0, NAMES)[A] == ["as the model"]


def test_a_substitute_that_is_already_held_takes_the_weight_on_top():
    assert weights({A: weight("0.6"), B: weight("0.4")}, Rule(SUB, A, to=B)) == {B: ONE}


def test_substitutions_are_followed_to_the_end():
    rules = Rule(SUB, A, to=B, id=1), Rule(SUB, B, to=C, id=2)
    found = effective({A: weight("0.6"), D: weight("0.4")}, *rules)
    assert found.of_sleeve(0) == {C: weight("0.6"), D: weight("0.4")}
    assert explain(found, 0, NAMES)[C] == ["A->B, override 1", "B->C, override 2"]


def test_a_circle_of_substitutions_leaves_its_own_sleeve_without_targets_and_no_other():
    rules = (
        Rule(SUB, A, to=B, sleeve=1, id=1),
        Rule(SUB, B, to=A, sleeve=1, id=2),
        Rule(SET, D, weight=weight("0.1"), sleeve=1, id=3),
        Rule(SUB, A, to=C, sleeve=2, id=4),
    )
    target, zero = {A: weight("0.6"), E: weight("0.4")}, column([0, 0, 0])
    found = resolve(models(target), zero, zero, overrides(rules), 10)
    profile = found.profile_of_sleeve
    assert found.has_targets[profile].tolist() == [True, False, True]
    assert found.circular.tolist() == [profile[1]]
    assert found.circular_rules.tolist() == [1, 2]
    assert found.of_sleeve(0) == {A: weight("0.6"), E: weight("0.4")}
    assert found.of_sleeve(2) == {C: weight("0.6"), E: weight("0.4")}


def test_a_circle_that_no_weight_reaches_is_no_circle():
    found = effective({C: ONE}, Rule(SUB, A, to=B), Rule(SUB, B, to=A))
    assert found.of_sleeve(0) == {C: ONE}
    assert found.circular.size == 0


def test_an_exclusion_to_cash_raises_cash_and_leaves_the_others_alone():
    found = effective({A: weight("0.6"), B: weight("0.4")}, Rule(EXCLUDE, B, id=7))
    assert found.of_sleeve(0) == {A: weight("0.6"), CASH: weight("0.4")}
    assert explain(found, 0, NAMES)[B] == ["excluded, 40.00 % to cash, override 7"]
    assert explain(found, 0, NAMES)[A] == ["as the model"]


def test_an_exclusion_pro_rata_leaves_the_cash_target_alone():
    target = {A: weight("0.6"), B: weight("0.2"), C: weight("0.1"), CASH: weight("0.1")}
    assert weights(target, Rule(EXCLUDE, C, exclude_to=ExcludeTo.PRORATA)) == {
        A: weight("0.675"),
        B: weight("0.225"),
        CASH: weight("0.1"),
    }


def test_an_explicit_weight_scales_the_others_to_fill():
    found = effective({A: weight("0.6"), B: weight("0.3"), C: weight("0.1")}, Rule(SET, A, weight=weight("0.2"), id=3))
    assert found.of_sleeve(0) == {A: weight("0.2"), B: weight("0.6"), C: weight("0.2")}
    assert explain(found, 0, NAMES)[A] == ["set to 20.00 %, override 3"]
    assert explain(found, 0, NAMES)[B] == ["scaled to fill, A set to 20.00 %, override 3"]


def test_an_explicit_weight_can_add_a_security_that_never_was_in_the_model():
    assert weights({A: ONE}, Rule(SET, D, weight=weight("0.25"))) == {A: weight("0.75"), D: weight("0.25")}


def test_an_explicit_weight_goes_dormant_when_its_security_has_left_the_model():
    found = effective({A: ONE}, Rule(SET, D, weight=weight("0.25"), was_in_model=True, id=9))
    assert found.of_sleeve(0) == {A: ONE}
    assert found.dormant.tolist() == [9]
    assert not found.deviates.any()


@pytest.mark.parametrize("kind", [SUB, EXCLUDE, OverrideKind.NO_BUY])
def test_a_rule_whose_security_is_not_there_is_dormant(kind):
    found = effective({A: ONE}, Rule(kind, D, to=E, id=4))
    assert found.dormant.tolist() == [4]
    assert found.of_sleeve(0) == {A: ONE}


def test_a_no_sell_is_never_dormant_because_it_keeps_what_left_the_model():
    found = effective({A: ONE}, Rule(OverrideKind.NO_SELL, D))
    assert found.dormant.size == 0
    assert found.no_sell.tolist() == [D]


def test_explicit_cash_is_the_cash_target():
    assert weights({A: ONE}, Rule(SET, CASH, weight=weight("0.05"))) == {A: weight("0.95"), CASH: weight("0.05")}


@pytest.mark.parametrize(("buffer", "cash"), [("0.01", "0.02"), ("0.02", "0.02"), ("0.05", "0.05")])
def test_cash_is_the_larger_of_target_and_buffer(buffer, cash):
    target = {A: weight("0.98"), CASH: weight("0.02")}
    assert weights(target, buffer=buffer)[CASH] == weight(cash)


def test_a_cash_buffer_override_replaces_the_buffer_of_the_sleeve():
    rule = Rule(OverrideKind.CASH_BUFFER, weight=weight("0.03"))
    assert weights({A: ONE}, rule, buffer="0.01") == {A: weight("0.97"), CASH: weight("0.03")}


def test_explicit_weights_that_leave_no_room_are_scaled_and_said():
    target = {A: weight("0.5"), B: weight("0.4"), CASH: weight("0.1")}
    found = effective(target, Rule(SET, A, weight=weight("0.95")))
    assert found.of_sleeve(0) == {A: weight("0.9"), CASH: weight("0.1")}
    assert found.over_committed.size == 1


def test_a_freed_weight_that_nobody_can_take_up_stays_in_cash_and_is_said():
    found = effective({A: ONE}, Rule(SET, A, weight=weight("0.7")))
    assert found.of_sleeve(0) == {A: weight("0.7"), CASH: weight("0.3")}
    assert found.left_in_cash.size == 1


def test_excluding_everything_leaves_cash():
    found = effective({A: ONE}, Rule(EXCLUDE, A, exclude_to=ExcludeTo.PRORATA))
    assert found.of_sleeve(0) == {CASH: ONE}
    assert found.left_in_cash.size == 1


def test_a_model_without_a_version_has_no_targets():
    found = resolve(models({A: ONE}, {}), column([0, 1]), column([0, 0]), overrides([]), 0)
    assert found.has_targets[found.profile_of_sleeve].tolist() == [True, False]


def test_an_override_of_one_plan_never_changes_another():
    target = {A: weight("0.6"), B: weight("0.4")}
    sleeves = column([0, 0, 0]), column([0, 0, 10**10])
    alone = resolve(models(target), *sleeves, overrides([]), 0)
    rules = [Rule(EXCLUDE, A, sleeve=0), Rule(OverrideKind.CASH_BUFFER, weight=10**11, sleeve=0)]
    beside = resolve(models(target), *sleeves, overrides(rules), 0)
    for sleeve in (1, 2):
        assert beside.of_sleeve(sleeve) == alone.of_sleeve(sleeve)
    assert beside.of_sleeve(0) == {B: weight("0.4"), CASH: weight("0.6")}


def test_rows_of_sleeves_repeat_each_profile_in_order():
    found = resolve(
        models({A: weight("0.5"), B: weight("0.5")}, {C: ONE}), column([1, 0, 1]), column([0] * 3), overrides([]), 0
    )
    key, row_weight = found.rows_of_sleeves()
    assert [(k >> 20, k & 0xFFFFF) for k in key.tolist()] == [(0, C), (1, A), (1, B), (2, C)]
    assert row_weight.tolist() == [ONE, ONE // 2, ONE // 2, ONE]


securities = st.integers(1, 8)


@st.composite
def sound_rules(draw):
    """Rules of one sleeve without two on one security, without circles and without a substitute that is excluded."""
    chosen = draw(st.lists(securities, unique=True, max_size=5))
    rules, excluded = [], set()
    for number, security in enumerate(sorted(chosen)):
        kind = draw(st.sampled_from([SUB, EXCLUDE, SET]))
        if kind is EXCLUDE:
            excluded.add(security)
        to = draw(st.integers(9, 12)) if kind is SUB else 0
        target = draw(st.sampled_from(list(ExcludeTo)))
        explicit = draw(st.integers(0, 300_000)) * 10**6
        rules.append(Rule(kind, security, to, explicit, target, id=number + 1))
    return rules


@st.composite
def model_weights(draw):
    chosen = draw(st.lists(securities, unique=True, min_size=1, max_size=8))
    cuts = sorted(draw(st.lists(st.integers(0, 10**6), min_size=len(chosen), max_size=len(chosen))))
    shares = np.diff([0, *cuts, 10**6]).tolist()
    target = {security: share * 10**6 for security, share in zip([CASH, *chosen], shares, strict=True)}
    return {security: share for security, share in target.items() if share} or {CASH: ONE}


def oracle(target, rules, buffer):
    """The six steps in fractions, one plan at a time. All exclusions act on the weights after substitution."""
    line = {security: Fraction(share, ONE) for security, share in target.items() if security != CASH}
    cash = Fraction(target.get(CASH, 0), ONE)
    for rule in rules:
        if rule.kind is SUB and rule.security in line:
            line[rule.to] = line.get(rule.to, 0) + line.pop(rule.security)
    gone = {rule.security: rule for rule in rules if rule.kind is EXCLUDE and rule.security in line}
    cash += sum(line[security] for security, rule in gone.items() if rule.exclude_to is ExcludeTo.CASH)
    rest = sum(share for security, share in line.items() if security not in gone)
    spread = sum(line[security] for security, rule in gone.items() if rule.exclude_to is ExcludeTo.PRORATA)
    line = {security: share * (rest + spread) / rest for security, share in line.items() if security not in gone}
    fixed = {rule.security: Fraction(rule.weight, ONE) for rule in rules if rule.kind is SET}
    others = {security: share for security, share in line.items() if security not in fixed}
    room = max(1 - cash - sum(fixed.values()), Fraction(0))
    scale = room / sum(others.values()) if sum(others.values()) else 0
    line = {security: share * scale for security, share in others.items()} | fixed
    if not sum(others.values()) and sum(fixed.values()) + cash < 1:
        cash = 1 - sum(fixed.values())
    cash = max(cash, Fraction(buffer, ONE)) if sum(line.values()) else Fraction(1)
    scale = (1 - cash) / sum(line.values()) if sum(line.values()) else 0
    quota = {security: share * scale * 10**6 for security, share in line.items()} | {CASH: cash * 10**6}
    parts = {security: int(value) for security, value in quota.items()}
    left = 10**6 - sum(parts.values())
    ranked = sorted(quota, key=lambda security: (parts[security] - quota[security], -quota[security], security))
    for security in ranked[:left]:
        parts[security] += 1
    return {security: part * 10**6 for security, part in parts.items() if part}


@settings(max_examples=300, deadline=None)
@given(model_weights(), sound_rules(), st.integers(0, 100_000), st.randoms())
def test_resolution_equals_fractions_and_does_not_depend_on_creation_order(target, rules, buffer, shuffler):
    found = weights(target, *rules, buffer=str(Fraction(buffer, 10**6)))
    assert found == oracle(target, rules, buffer * 10**6)
    shuffled = list(rules)
    shuffler.shuffle(shuffled)
    again = effective(target, *shuffled, buffer=str(Fraction(buffer, 10**6)))
    assert again.of_sleeve(0) == found

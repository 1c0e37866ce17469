from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from modelx.disclosure.benchmark import BlendWeights, IndexKind
from modelx.disclosure.checks_expenses import FeeTold, PaidFrom
from modelx.disclosure.draft_checks import OptionEvidence, check_option, check_plan, may_be_published
from modelx.disclosure.figures import RATE
from modelx.disclosure.option import Footnote
from modelx.disclosure.option_facts import Blend, measured, option_facts
from modelx.disclosure.performance import ValueSeries, performance
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.disclosure.wording import FEE_EXAMPLE_ADDRESS, HOUSE_APPROVALS, HOUSE_WORDING
from modelx.domain.finding import Finding, Level
from tests.disclosure.examples import AS_OF, DATED, STOCK_LEVELS, STOCKS, fixed_option, option, plan, values
from tests.disclosure.worked import d

GROW = option()
FEES = (
    FeeTold("MGR", "MANAGER", PaidFrom.UNIT_VALUE, True, False),
    FeeTold("PLAT", "PLATFORM", PaidFrom.UNIT_VALUE, True, False),
    FeeTold("ADM", "OTHER", PaidFrom.UNIT_VALUE, True, False),
)
EVIDENCE = OptionEvidence(
    values=values(8_000, d("2014-12-31")),
    class_in_force="ACME/GROW/A",
    fees=FEES,
    funds_held=frozenset({"TOTUS", "INTLX", "BONDX"}),
    accrued=39_249_380_000 + 14_718_520_000 + 5_000_000_000,
    average_net_assets=Fraction(9_812_345_670_000),
    own_address=GROW.profile.web_address,
)


def levels(findings: tuple[Finding, ...]) -> list[tuple[str, Level]]:
    return [(one.code, one.level) for one in findings]


def test_a_good_draft_has_a_warning_of_its_changed_rate_and_may_be_published() -> None:
    found = check_option(GROW, EVIDENCE, HOUSE_RULES, DATED)
    assert levels(found) == [("DIA-024", Level.WARN)]
    assert may_be_published(found)
    assert check_option(fixed_option(), None, HOUSE_RULES, DATED) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"class_in_force": "ACME/GROW/B"}, "DIA-031"),
        ({"funds_held": frozenset({"GOLDX"})}, "DIA-022"),
        ({"fees": (replace(FEES[0], in_operating_expenses=False),)}, "DIA-023"),
        ({"accrued": 1}, "DIA-025"),
        ({"previous_benchmark": "OLD"}, "DIA-013"),
        ({"changes": (Footnote(d("2019-05-01"), "manager replaced"),)}, "DIA-032"),
        ({"own_address": "https://notices.example.com/acme/other/"}, "DIA-041"),
        ({"sweep_in_turnover": True}, "DIA-070"),
        ({"values": replace(EVIDENCE.values, benchmark=STOCKS)}, ""),
    ],
)
def test_each_piece_of_evidence_is_looked_at(changes: dict[str, Any], code: str) -> None:
    found = {one.code for one in check_option(GROW, replace(EVIDENCE, **changes), HOUSE_RULES, DATED)}
    assert found - {"DIA-024"} == ({code} if code else set())


def test_a_gap_in_the_unit_values_stops_before_returns_are_judged() -> None:
    whole = EVIDENCE.values.unit_values
    keep = np.ones(whole.days.size, bool)
    keep[1_000:1_010] = False
    holed = replace(EVIDENCE.values, unit_values=ValueSeries(whole.days[keep], whole.values[keep]))
    found = check_option(GROW, replace(EVIDENCE, values=holed), HOUSE_RULES, DATED)
    assert "DIA-003" in {one.code for one in found}
    assert not may_be_published(found)


def test_a_restated_unit_value_no_longer_agrees_with_the_printed_return() -> None:
    moved = EVIDENCE.values.unit_values.values.copy()
    moved[EVIDENCE.values.unit_values.days == (AS_OF - d("1970-01-01")).days] += 50_000
    restated = replace(EVIDENCE.values, unit_values=replace(EVIDENCE.values.unit_values, values=moved))
    found = check_option(GROW, replace(EVIDENCE, values=restated), HOUSE_RULES, DATED)
    assert ("DIA-007", Level.BLOCK) in levels(found)


def test_a_missing_or_blended_primary_stops_the_draft() -> None:
    assert GROW.measured is not None
    bare = check_option(replace(GROW, measured=None), EVIDENCE, HOUSE_RULES, DATED)
    assert {"DIA-010", "DIA-060"} <= {one.code for one in bare}
    blended = replace(GROW.measured, benchmark=replace(STOCKS, kind=IndexKind.BLEND))
    assert not may_be_published(check_option(replace(GROW, measured=blended), EVIDENCE, HOUSE_RULES, DATED))


def blend(*years: int, equity: int = 80) -> Blend:
    rows = [
        BlendWeights(d(f"{year}-12-31"), (("EQ", equity * RATE // 100), ("BD", (100 - equity) * RATE // 100)))
        for year in years
    ]
    return Blend("80/20 blend", {"EQ": STOCK_LEVELS, "BD": STOCK_LEVELS}, rows)


def test_a_blend_with_weights_for_every_year_stands_beside_the_primary() -> None:
    with_blend = replace(EVIDENCE.values, blend=blend(*range(2013, 2025)))
    own = performance(with_blend.unit_values, with_blend.inception, AS_OF)
    beside = measured(with_blend, own)
    assert beside.blend_returns is not None
    assert beside.blend_returns.bps == beside.returns.bps  # both parts are the same index here
    facts = replace(GROW, measured=beside)
    evidence = replace(EVIDENCE, values=with_blend, mix_bps={"EQ": 8_000, "BD": 2_000})
    assert levels(check_option(facts, evidence, HOUSE_RULES, DATED)) == [("DIA-024", Level.WARN)]
    drifted = replace(evidence, mix_bps={"EQ": 7_000, "BD": 3_000})
    assert levels(check_option(facts, drifted, HOUSE_RULES, DATED))[:2] == [("DIA-015", Level.WARN)] * 2


def test_a_blend_with_only_todays_weights_is_refused() -> None:
    evidence = replace(EVIDENCE, values=replace(EVIDENCE.values, blend=blend(2024)))
    found = check_option(GROW, evidence, HOUSE_RULES, DATED)
    assert ("DIA-014", Level.BLOCK) in levels(found)


def test_an_option_that_began_after_the_year_end_passes_without_a_number() -> None:
    young = values(8_000, d("2026-02-02"))
    facts = option_facts(
        GROW.profile, young, GROW.expenses,
        page=_page(), as_of=AS_OF, quarter_end=d("2026-09-30"),
    )  # fmt: skip
    assert facts.returns is not None
    assert facts.returns.bps == (None,) * 4
    assert (facts.growth, facts.calendar) == (None, ())
    assert facts.trailing is not None
    assert facts.trailing.bps[3] is not None
    found = check_option(facts, replace(EVIDENCE, values=young), HOUSE_RULES, DATED)
    assert may_be_published(found)


def _page() -> Any:
    from modelx.disclosure.option_facts import PageFacts

    return PageFacts(GROW.turnover, GROW.allocation, GROW.holdings, AS_OF)


PLAN = plan()
KEYS = [one.profile.key for one in PLAN.options]


def of_plan(**changes: Any) -> list[str]:
    facts = replace(PLAN, **changes)
    return [
        one.code for one in check_plan(facts, KEYS, KEYS, HOUSE_WORDING, HOUSE_APPROVALS, FEE_EXAMPLE_ADDRESS)
    ]  # fmt: skip


def test_a_good_plan_passes_and_each_fault_of_the_whole_is_named() -> None:
    assert of_plan() == []
    assert of_plan(as_of=d("2026-09-30")) == ["DIA-002"]
    assert of_plan(contact=replace(PLAN.contact, phone="")) == ["DIA-043"]
    assert of_plan(options=PLAN.options[1:]) == ["DIA-044"]
    twin = replace(PLAN.options[1], profile=replace(PLAN.options[1].profile, name=PLAN.options[0].profile.name))
    assert of_plan(options=(PLAN.options[0], twin, *PLAN.options[2:])) == ["DIA-001"]
    same = replace(PLAN.options[1].profile, web_address=PLAN.options[0].profile.web_address)
    shared = (PLAN.options[0], replace(PLAN.options[1], profile=same), *PLAN.options[2:])
    assert of_plan(options=shared) == ["DIA-041", "DIA-041"]

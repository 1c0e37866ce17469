"""Every DIA code of the closed list: raised by a fault of its own kind, with its figures and its remedy in the message.

A code that is added to the list and raised by nothing here fails the first test.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from modelx.disclosure import checks_document as words
from modelx.disclosure import checks_expenses as costs
from modelx.disclosure import checks_performance as returns
from modelx.disclosure.benchmark import BlendWeights, IndexKind
from modelx.disclosure.codes import CODES
from modelx.disclosure.duties import Change, ChangeKind, PlanCalendar, check_duties
from modelx.disclosure.expenses import Waiver
from modelx.disclosure.figures import RATE
from modelx.disclosure.option import Contact, Footnote, Lineage
from modelx.disclosure.performance import ValueSeries, performance
from modelx.disclosure.quarterly import Charge, check_charges
from modelx.disclosure.returns_shown import index_shown
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.disclosure.wording import FEE_EXAMPLE_ADDRESS, HOUSE_APPROVALS, HOUSE_WORDING
from modelx.domain.finding import Finding, Level
from tests.disclosure.examples import AS_OF, DATED, STOCK_LEVELS, STOCKS, expenses, fixed_option, option, plan, values
from tests.disclosure.worked import d, series

GROW, PLAN, STABLE = option(), plan(), fixed_option()
OWN = values(8_000, d("2014-12-31"))
SHOWN = GROW.returns
assert SHOWN is not None
assert GROW.measured is not None
MEASURED = GROW.measured
YOUNG = series(("2025-05-01", "10"), ("2025-12-31", "10.4375"))
INSIDE = costs.FeeTold("MGR", "MANAGER", costs.PaidFrom.UNIT_VALUE, True, True)
HALF = BlendWeights(d("2020-12-31"), (("EQ", RATE // 2), ("BD", RATE // 4)))
CALENDAR = PlanCalendar("ACME", d("2025-11-20"), d("2026-10-15"), (("ACME/GROW/A", d("2026-09-30")),))


def zero_value() -> ValueSeries:
    spoiled = OWN.unit_values.values.copy()
    spoiled[100] = 0
    return ValueSeries(OWN.unit_values.days, spoiled)


def young_index() -> ValueSeries:
    late = d("2025-01-02").toordinal() - d("1970-01-01").toordinal() <= STOCK_LEVELS.days
    return ValueSeries(STOCK_LEVELS.days[late], STOCK_LEVELS.values[late])


def unforeseen(sent: str) -> PlanCalendar:
    return replace(CALENDAR, changes=(Change(ChangeKind.OPTION_ADDED, "NEW", d("2027-01-04"), d(sent)),))


# code: what raises it, and words of its figures
FAULTS: dict[str, tuple[Callable[[], Iterable[Finding]], str]] = {
    "DIA-001": (lambda: words.check_names("ACME", [GROW.profile, replace(GROW.profile, key="B")]), "are both named"),
    "DIA-002": (lambda: returns.check_as_of("ACME", DATED, d("2026-09-30")), "needs 2025-12-31"),
    "DIA-003": (lambda: returns.check_series("A", zero_value(), [], HOUSE_RULES, DATED), "is 0 millionths"),
    "DIA-004": (
        lambda: returns.check_periods(
            "A", replace(SHOWN, inception=d("2018-01-02")), performance(OWN.unit_values, OWN.inception, AS_OF)
        ),
        "10 years from 2015-12-31, the option began on 2018-01-02",
    ),
    "DIA-005": (
        lambda: returns.check_periods(
            "A", replace(SHOWN, inception=d("2025-05-01"), bps=(None, None, None, 662), life_annualized=True,
                         spans=(None, None, None, (d("2025-05-01"), AS_OF))),
            performance(YOUNG, d("2025-05-01"), AS_OF),
        ),
        "6.62% a year over 0.6685 years",
    ),
    "DIA-006": (
        lambda: returns.check_periods(
            "A", replace(SHOWN, inception=d("2025-05-01"), bps=(None,) * 4, life_annualized=False,
                         spans=(None,) * 4),
            performance(YOUNG, d("2025-05-01"), AS_OF),
        ),
        "it began on 2025-05-01",
    ),
    "DIA-007": (
        lambda: returns.check_periods(
            "A", replace(SHOWN, bps=((SHOWN.bps[0] or 0) + 1, *SHOWN.bps[1:])),
            performance(OWN.unit_values, OWN.inception, AS_OF),
        ),
        "recomputed",
    ),
    "DIA-010": (
        lambda: returns.check_primary("A", replace(STOCKS, kind=IndexKind.BLEND), frozenset(), HOUSE_RULES, DATED),
        "is a blend",
    ),
    "DIA-011": (
        lambda: returns.check_primary("A", STOCKS, frozenset({STOCKS.administrator}), HOUSE_RULES, DATED),
        "is administered by Indexer",
    ),
    "DIA-012": (
        lambda: returns.check_benchmark_dates("A", SHOWN, index_shown(SHOWN, young_index())), "prints N/A",
    ),
    "DIA-013": (
        lambda: returns.check_benchmark_change("A", "OLD", MEASURED),
        "OLD became WORLD without a reason and date and the returns of the old index",
    ),
    "DIA-014": (
        lambda: returns.check_blend("A", [HALF], [d("2024-12-31")], HOUSE_RULES, DATED), "sum to 0.750000, not 1",
    ),
    "DIA-015": (
        lambda: returns.check_blend_mix("A", HALF, {"EQ": 8_000, "BD": 2_000}, HOUSE_RULES, DATED),
        "EQ is 50.00%, the mix 80.00%",
    ),
    "DIA-020": (lambda: costs.check_total("A", expenses(), 67, DATED), "0.67% after waivers is shown, gross is 0.75%"),
    "DIA-021": (lambda: costs.check_per_thousand("A", 78, 785), "0.78% needs $7.80, $7.85 is shown"),
    "DIA-022": (
        lambda: costs.check_underlying("A", expenses(), frozenset({"TOTUS", "LOST"}), ()),
        "LOST was held and has no line",
    ),
    "DIA-023": (lambda: costs.check_told_once("A", (INSIDE,)), "MGR MANAGER is in both places"),
    "DIA-024": (
        lambda: costs.check_current_rate("A", expenses(), HOUSE_RULES, DATED),
        "the year's figure is 0.75%, the current rate 0.80%",
    ),
    "DIA-025": (
        lambda: costs.check_against_ledger(
            "A", expenses(), 70_000 * 10**6, Fraction(9_812_345_670_000), HOUSE_RULES, DATED
        ),
        "accrued in the ledger 0.71%",
    ),
    "DIA-026": (
        lambda: costs.check_waivers("A", replace(expenses(), waivers=(Waiver("MGR", 8_000 * 10**6, None),))),
        "the waiver by MGR has no end date",
    ),
    "DIA-030": (
        lambda: words.check_stated(replace(GROW.profile, restrictions=None)), "restrictions are empty",
    ),
    "DIA-031": (
        lambda: words.check_class("A", "ACME/GROW/B", "ACME/GROW/A"),
        "the class in force is ACME/GROW/B, the figures are of ACME/GROW/A",
    ),
    "DIA-032": (
        lambda: words.check_footnotes(
            "A", [Footnote(d("2021-07-01"), "The manager changed.")], [], d("2015-12-31"), AS_OF
        ),
        "July 1, 2021: The manager changed.",
    ),
    "DIA-040": (
        lambda: words.check_wording("ACME", HOUSE_WORDING[1:], HOUSE_APPROVALS, FEE_EXAMPLE_ADDRESS, DATED),
        "R1 is missing",
    ),
    "DIA-041": (
        lambda: words.check_address(replace(GROW.profile, web_address="https://notices.example.com/")),
        "is a home page",
    ),
    "DIA-042": (
        lambda: check_duties(CALENDAR, d("2027-01-31"), HOUSE_RULES),
        "the page shows September 30, 2026; on January 31, 2027 it must show December 31, 2026 or later",
    ),
    "DIA-043": (
        lambda: words.check_contact("ACME", Contact("Office", "1 Road", ""), DATED), "the contact's phone missing",
    ),
    "DIA-044": (
        lambda: words.check_all_options(PLAN, ["ACME/NEW/A"], [one.profile.key for one in PLAN.options]),
        "ACME/NEW/A is not on the chart",
    ),
    "DIA-050": (
        lambda: check_duties(CALENDAR, d("2027-01-21"), HOUSE_RULES), "last sent November 20, 2025; due by 2027-01-20",
    ),
    "DIA-051": (
        lambda: check_duties(unforeseen("2026-12-06"), DATED, HOUSE_RULES),
        "NEW: sent 2026-12-06, the window is 2026-10-06 to 2026-12-05",
    ),
    "DIA-052": (
        lambda: check_charges(
            "ACME", [Charge(d("2026-10-30"), "P-1", "Advice", "ADV", False, 603)], {"ADV": 604}, d("2026-10-01"),
            d("2026-12-31"),
        ),
        "ADV was billed $6.04, accounts say $6.03",
    ),
    "DIA-053": (
        lambda: words.check_lineage("acme edition 1", [Lineage("unit_values", "A 2025", "1" * 64)],
                                    {("unit_values", "A 2025"): "2" * 64}),
        "unit_values A 2025 has a later version",
    ),
    "DIA-060": (
        lambda: words.check_kind_of_return(replace(STABLE, returns=SHOWN)), "and shows returns",
    ),
    "DIA-070": (lambda: costs.check_turnover("A", None, False, False), "it is missing"),
    "DIA-080": (
        lambda: words.check_accessible("notice.pdf", words.DocumentTraits(True, "", "en-US", 2, 1, 2)),
        "1 of 2 charts have no text",
    ),
}  # fmt: skip


def test_every_code_of_the_list_has_a_fault_that_raises_it() -> None:
    assert set(FAULTS) == {code for code in CODES if code.startswith("DIA-")}


@pytest.mark.parametrize("code", FAULTS)
def test_a_code_says_what_is_wrong_with_its_figures_and_what_to_do(code: str) -> None:
    raise_it, figures = FAULTS[code]
    found = [one for one in raise_it() if one.code == code]
    assert found, f"nothing raised {code}"
    told = [one for one in found if figures in one.message]
    assert told, [one.message for one in found]
    known = CODES[code]
    assert known.meaning in told[0].message
    assert told[0].message.endswith(known.remedy)


@pytest.mark.parametrize("code", [code for code in CODES if code.startswith("DIA-")])
def test_a_code_has_a_level_a_meaning_and_a_remedy_in_a_sentence(code: str) -> None:
    known = CODES[code]
    assert known.level in (Level.BLOCK, Level.WARN)
    assert known.meaning[0].islower()
    assert known.remedy[0].isupper()
    assert known.remedy.endswith(".")


def test_the_warnings_of_the_specification_are_warnings_and_all_else_stops() -> None:
    """Section 11: W are 013, 015, 024, 025, 032 and 070."""
    warns = {code for code, known in CODES.items() if known.level is Level.WARN}
    assert warns == {f"DIA-{number:03d}" for number in (13, 15, 24, 25, 32, 70)}


def test_a_series_of_no_value_at_all_is_dia_003_too() -> None:
    nothing = ValueSeries(np.empty(0, np.int64), np.empty(0, np.int64))
    (found,) = returns.check_series("A", nothing, [], HOUSE_RULES, DATED)
    assert found.code == "DIA-003"

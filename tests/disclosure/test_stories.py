"""What happens to a published notice, told by the two editions: the one before and the one after."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from modelx.disclosure.balances import FundHolding
from modelx.disclosure.benchmark import Benchmark, IndexKind
from modelx.disclosure.chart_document import chart_document
from modelx.disclosure.checks_document import check_lineage
from modelx.disclosure.document import Document
from modelx.disclosure.document_rows import changes, flat_rows
from modelx.disclosure.expenses import (
    ContractFee,
    FeeGroup,
    FundWeight,
    InUnitFee,
    OperatingExpenses,
    Waiver,
    actual_expenses,
    estimated_expenses,
    ratio_over_stretches,
)  # fmt: skip
from modelx.disclosure.figures import RATE
from modelx.disclosure.option import Lineage, OptionFacts
from modelx.disclosure.option_facts import OptionValues, PageFacts, option_facts
from modelx.disclosure.unit_class import ClassTerms, class_on, unit_classes
from modelx.domain.days import day_of
from tests.disclosure.examples import AS_OF, DATED, FIRST, QUARTER, YEAR_2025, mixed, plan, profile, values
from tests.disclosure.worked import d, series

PLAN = plan()
GROW = PLAN.options[0]


def facts(own: OptionValues, as_of: date = AS_OF, **more: Any) -> OptionFacts:
    page = PageFacts(GROW.turnover, GROW.allocation, GROW.holdings, QUARTER)
    return option_facts(GROW.profile, own, more.pop("expenses", GROW.expenses), page, as_of, as_of, **more)


def chart(one: OptionFacts, version: int = 1) -> Document:
    return chart_document(replace(PLAN, options=(one,)), "https://notices.example.com/acme/", version)


def said(before: OptionFacts, after: OptionFacts) -> dict[tuple[str, str], tuple[str, str]]:
    """What the second edition says otherwise: (place, column or row) to (before, after)."""
    found = changes(flat_rows(chart(before)), flat_rows(chart(after, 2)))
    return {(one.place, one.column or one.row): (one.before, one.after) for one in found if one.place != "head"}


def test_a_restated_unit_value_flags_the_document_and_changes_only_what_used_it() -> None:
    own = values(8_000, d("2014-12-31"))
    used = Lineage("unit_value", "ACME/GROW 2020-12-31", "1" * 64)
    before = facts(own, lineage=(used,))
    moved = own.unit_values.values.copy()
    moved[np.searchsorted(own.unit_values.days, day_of(d("2020-12-31")))] += 25_000
    restated = replace(own, unit_values=replace(own.unit_values, values=moved))
    after = facts(restated, lineage=(replace(used, sha256="2" * 64),))
    (flag,) = check_lineage("ACME chart 1", chart(before).lineage, {("unit_value", used.key): "2" * 64})
    assert flag.code == "DIA-053"
    assert set(said(before, after)) == {("table_1", "return_5_years")}


def test_a_changed_benchmark_shows_the_new_index_everywhere_and_the_old_one_once() -> None:
    own = values(8_000, d("2014-12-31"))
    new = Benchmark("US", "US All-Stock Index", "Indexer", IndexKind.BROAD)
    note = "Since January 1, 2026 the benchmark is the US All-Stock Index, which is nearer to the mix."
    changed = replace(
        own, benchmark=new, index=mixed(9_500, 0.0, FIRST), replaced=(own.benchmark, own.index), change_note=note
    )  # fmt: skip
    found = said(facts(own), facts(changed))
    assert found["table_1", "benchmark"] == ("Global All-Stock Index", "US All-Stock Index")
    assert found["table_1", "note_1"] == ("", note)
    assert found["table_1", "note_2"][1].startswith("Former benchmark, Global All-Stock Index: 1 year")
    assert not any(column.startswith("return_") for _, column in found)


def test_a_waiver_changes_a_footnote_and_never_the_total() -> None:
    def costs(waivers: tuple[Waiver, ...]) -> OperatingExpenses:
        fee = InUnitFee("MGR", "Investment manager", FeeGroup.MANAGEMENT, 75_000 * 10**6)
        return actual_expenses([fee], [], Fraction(10_000_000 * 10**6), YEAR_2025, waivers)

    own = values(8_000, d("2014-12-31"))
    before, after = (
        facts(own, expenses=costs(waivers)) for waivers in ((), (Waiver("MGR", 10_000 * 10**6, d("2027-04-30")),))
    )
    assert said(before, after) == {
        ("table_3", "note_1"): (
            "", "After waivers through April 30, 2027 the expenses were 0.65%, or $6.50 per $1,000.",
        ),
    }  # fmt: skip


def rate(text: str) -> int:
    return int(Fraction(text) * RATE / 100)


def test_an_override_in_july_starts_a_class_whose_notice_begins_afresh() -> None:
    """The class of the override carries no history (counsel's question 3), and its expenses are an estimate at first;
    a plan whose counsel lets it carry the year prints T7's 0.60% with the current rate in a footnote."""
    house = frozenset({("PLAT", "PLATFORM"), ("MGR", "MANAGER")})
    classes = unit_classes("ACME", "GROW", [
        ClassTerms(d("2014-12-31"), frozenset(), house),
        ClassTerms(d("2025-07-01"), frozenset({("SUBSTITUTE", "BOND")}), house | {("ADV", "ADVISOR")}),
    ])  # fmt: skip
    now = class_on(classes, DATED)
    assert now is not None
    assert (now.dia_id, now.inception) == ("ACME/GROW/B", d("2025-07-01"))
    fees = [ContractFee("MGR", "Strategist", FeeGroup.MANAGEMENT, rate("0.25")),
            ContractFee("PLAT", "Platform", FeeGroup.OTHER, rate("0.15")),
            ContractFee("ADV", "Plan adviser", FeeGroup.OTHER, rate("0.20"))]  # fmt: skip
    mix = (("US", "36", "0.03"), ("INTL", "24", "0.07"), ("STABLE", "35", "0.32"), ("MMF", "5", "0.18"))
    funds = [FundWeight(ticker, ticker, rate(weight), rate(ratio)) for ticker, weight, ratio in mix]
    fresh = facts(values(8_000, now.inception), expenses=estimated_expenses(fees, funds))
    assert fresh.returns is not None
    assert fresh.returns.bps[:3] == (None, None, None)
    found = said(facts(values(8_000, d("2014-12-31"))), fresh)
    assert found["table_1", "return_10_years"][1] == "N/A"
    assert found["table_3", "expenses_percent"] == ("0.75%", "0.75% (estimated)")

    year = ratio_over_stretches([(Fraction("0.004541"), 181), (Fraction("0.007486"), 184)])
    fee = InUnitFee("ALL", "All fees", FeeGroup.OTHER, int(year * 10**13))
    carried = actual_expenses([fee], [], Fraction(10**13), YEAR_2025, current=Fraction("0.007486"))
    after = said(fresh, facts(values(8_000, now.inception), expenses=carried))
    assert after["table_3", "expenses_percent"] == ("0.75% (estimated)", "0.60%")
    assert after["table_3", "expenses_per_1000"] == ("$7.50 (estimated)", "$6.00")
    assert after["table_3", "note_1"][1] == "At today's rates the expenses would be 0.75% a year."


def test_a_fund_swap_leaves_one_option_and_charges_each_fund_its_own_days() -> None:
    def costs(*held: tuple[str, str, int]) -> OperatingExpenses:
        holdings = [FundHolding(name, name, rate(ratio), 10**13 * days, days) for name, ratio, days in held]
        return actual_expenses([], holdings, Fraction(10**13), YEAR_2025)

    own = values(8_000, d("2014-12-31"))
    found = said(
        facts(own, expenses=costs(("OLD", "0.50", 365))),
        facts(own, expenses=costs(("OLD", "0.50", 181), ("NEW", "0.10", 184))),
    )
    assert found == {("table_3", "expenses_percent"): ("0.50%", "0.30%"),
                     ("table_3", "expenses_per_1000"): ("$5.00", "$3.00")}  # fmt: skip


def test_an_inception_on_the_twenty_ninth_of_february() -> None:
    own = replace(
        values(8_000, d("2024-02-29")),
        unit_values=series(("2024-02-29", "10"), ("2024-12-31", "10.8"), ("2025-12-31", "11.9")),
    )
    first = option_facts(
        profile("ACME/GROW/A", "Northfield Growth Model", "Allocation", "Model portfolios", "g"), own, GROW.expenses,
        PageFacts(None, (), (), d("2024-12-31")), d("2024-12-31"), d("2024-12-31"),
    )  # fmt: skip
    second = facts(own)
    assert first.returns is not None
    assert second.returns is not None
    assert first.returns.bps == (None, None, None, 800)
    assert not first.returns.life_annualized
    assert second.returns.bps[0] == 1_019
    assert second.returns.life_annualized
    years = 1 + Fraction(306, 365)
    assert second.returns.bps[3] == round((1.19 ** float(1 / years) - 1) * 10_000)
    assert said(first, second)["table_1", "return_since_inception"] == ("8.00% (not annualized)", "9.92%")


def test_a_year_end_on_a_weekend_uses_fridays_value_for_option_and_index() -> None:
    days = [("2021-12-31", "10"), ("2022-12-30", "12.345678"), ("2023-12-29", "14.001234")]
    own = replace(
        values(8_000, d("2021-12-31")), inception=d("2021-12-31"),
        unit_values=series(*days), index=series(*days, ("2024-01-02", "9")),
    )  # fmt: skip
    one = facts(own, as_of=d("2023-12-31"))
    assert one.returns is not None
    assert one.measured is not None
    assert one.returns.spans[0] == (d("2022-12-30"), d("2023-12-29"))
    assert one.measured.returns.spans[0] == one.returns.spans[0]
    cells = [row for row in flat_rows(chart(one)) if row.column in ("return_1_year", "benchmark_1_year")]
    assert [cell.text for cell in cells] == ["13.41%", "13.41%"]

"""The worked cases T1 to T15 as a participant reads them: in the cells and footnotes of a chart, digit by digit.

The rules behind each figure have their own tests; here it is what the document prints of them, and the figures of the
specification that no rule of ours prints (because they are wrong on purpose, or rounded by somebody else).
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest

from modelx.disclosure.benchmark import Benchmark, BlendWeights, IndexKind
from modelx.disclosure.chart_document import chart_document
from modelx.disclosure.document import Document, Words, tables
from modelx.disclosure.expenses import (
    Basis,
    ContractFee,
    ExpenseLine,
    FeeGroup,
    FundWeight,
    OperatingExpenses,
    current_ratio,
    ratio_over_stretches,
)
from modelx.disclosure.figures import RATE, dollars, percent, to_bps, to_cents
from modelx.disclosure.illustrations import balance_after
from modelx.disclosure.option import AccountFee, OptionFacts
from modelx.disclosure.option_facts import Blend, OptionValues, PageFacts, option_facts
from modelx.disclosure.page_document import page_document
from modelx.disclosure.performance import ValueSeries
from modelx.disclosure.periods import last_year_end, years_between
from modelx.disclosure.turnover import Turnover
from tests.disclosure.examples import QUARTER, YEAR_2025, plan
from tests.disclosure.test_benchmark import COMPONENTS, SCHEDULE
from tests.disclosure.test_expenses import rate, t4
from tests.disclosure.worked import d, series

PLAN = plan()
GROW = PLAN.options[0]
INDEX = Benchmark("WORLD", "Global All-Stock Index", "Indexer", IndexKind.BROAD)
YEAR_END = d("2025-12-31")


def option(own: ValueSeries, inception: str, index: ValueSeries | None = None, **more: Any) -> OptionFacts:
    values = OptionValues(d(inception), own, INDEX, index or own, blend=more.pop("blend", None))
    page = PageFacts(more.pop("turnover", None), (), (), QUARTER)
    as_of = more.pop("as_of", YEAR_END)
    return option_facts(GROW.profile, values, more.pop("expenses", None), page, as_of, as_of)


def chart(one: OptionFacts, as_of: date = YEAR_END, **plan_changes: Any) -> Document:
    facts = replace(PLAN, options=(one,), as_of=as_of, **plan_changes)
    return chart_document(facts, "https://notices.example.com/acme/")


def cells(document: Document, key: str) -> list[str]:
    """The one row of a table as text, notes in brackets."""
    table = next(one for one in tables(document) if one.key == key)
    row = table.groups[0].rows[0]
    return [one.text if isinstance(one, Words) else f"{one.text} [{one.note}]".removesuffix(" []") for one in row.cells]


def notes(document: Document, key: str) -> list[str]:
    return [note.text for one in tables(document) if one.key == key for note in one.notes]


def test_t1_prints_its_three_columns_for_option_and_index_alike() -> None:
    own = series(
        ("2015-12-31", "10.000000"), ("2020-12-31", "14.482103"), ("2024-12-31", "17.315420"),
        ("2025-12-31", "19.624871"),
    )  # fmt: skip
    row = cells(chart(option(own, "2015-12-31")), "table_1")
    assert row == ["13.34%", "6.27%", "6.97%", "6.97%", INDEX.name, "13.34%", "6.27%", "6.97%", "6.97%"]
    values = dict(zip(own.days.tolist(), own.values.tolist(), strict=True))
    end = values[max(values)]
    worth = [dollars(to_cents(Fraction(1_000 * end, values[day]))).text for day in sorted(values)]
    assert worth[:3] == ["$1,962.49", "$1,355.11", "$1,133.38"]


def test_t2_prints_na_for_five_and_ten_years_and_the_life_annualized() -> None:
    own = series(("2023-03-15", "10.000000"), ("2024-12-31", "11.204500"), ("2025-12-31", "12.118300"))
    assert cells(chart(option(own, "2023-03-15")), "table_1")[:4] == ["8.16%", "N/A", "N/A", "7.11%"]
    assert percent(to_bps(Fraction(12_118_300, 10_000_000) - 1)).text == "21.18%"
    life = years_between(d("2023-03-15"), YEAR_END)
    assert f"{float(life):.6f}" == "2.797260"
    assert round((YEAR_END - d("2024-12-31")).days / 365.25, 4) == 0.9993  # the gate that would fail an exact year
    assert years_between(d("2024-12-31"), YEAR_END) == 1


def test_t3_prints_a_life_under_a_year_as_it_is_and_a_later_one_as_nothing() -> None:
    own = series(("2025-05-01", "10.000000"), ("2025-12-31", "10.437500"))
    row = cells(chart(option(own, "2025-05-01")), "table_1")
    assert row[:4] == ["N/A", "N/A", "N/A", "4.38% [not annualized]"]
    assert row[5:] == ["N/A", "N/A", "N/A", "4.38% [not annualized]"]
    unborn = option(series(("2026-02-02", "10.000000"), ("2026-06-30", "10.200000")), "2026-02-02")
    assert cells(chart(unborn), "table_1")[:4] == ["N/A"] * 4


def test_t4_prints_the_gross_total_and_the_waiver_in_a_footnote_only() -> None:
    own = series(("2015-12-31", "10"), ("2020-12-31", "11"), ("2024-12-31", "12"), ("2025-12-31", "13"))
    document = chart(option(own, "2015-12-31", expenses=t4()))
    assert cells(document, "table_3")[:2] == ["0.75%", "$7.50"]
    assert "After waivers through April 30, 2026 the expenses were 0.67%, or $6.70 per $1,000." in notes(
        document, "table_3"
    )
    average = Fraction("9812345.67")
    underlying = sum(line.ratio for line in t4().lines if line.group is FeeGroup.UNDERLYING)
    assert dollars(to_cents(underlying * average)).text == "$14,429.92"
    assert dollars(to_cents(t4().ratio * average)).text == "$73,397.82"
    assert percent(to_bps(t4().ratio + 3_200 / average)).text == "0.78%"  # with commissions: wrong


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("0.7849", ["0.78%", "$7.80"]), ("0.7850", ["0.79%", "$7.90"]), ("0.0049", ["0.00%", "$0.00"]),
        ("0.0050", ["0.01%", "$0.10"]),
    ],
)  # fmt: skip
def test_t5_prints_dollars_of_the_percent_beside_them(raw: str, shown: list[str]) -> None:
    own = series(("2024-12-31", "12"), ("2025-12-31", "13"))
    line = ExpenseLine("all", FeeGroup.OTHER, Fraction(raw) / 100)
    expenses = OperatingExpenses(Basis.ACTUAL, YEAR_2025, (line,))
    assert cells(chart(option(own, "2024-12-31", expenses=expenses)), "table_3")[:2] == shown


def test_t7_prints_the_fiscal_year_todays_rate_and_what_is_charged_to_accounts_apart() -> None:
    fees = [ContractFee(*row) for row in (
        ("MGR", "Strategist", FeeGroup.MANAGEMENT, rate("0.25")), ("PLAT", "Platform", FeeGroup.OTHER, rate("0.15")),
        ("ADV", "Plan adviser", FeeGroup.OTHER, rate("0.20")),
    )]  # fmt: skip
    funds = [FundWeight(*row) for row in (
        ("US", "US", rate("36"), rate("0.03")), ("INTL", "INTL", rate("24"), rate("0.07")),
        ("STABLE", "STABLE", rate("35"), rate("0.32")), ("MMF", "MMF", rate("5"), rate("0.18")),
    )]  # fmt: skip
    year = ratio_over_stretches([(Fraction("0.004541"), 181), (Fraction("0.007486"), 184)])
    line = ExpenseLine("all", FeeGroup.OTHER, year)
    expenses = OperatingExpenses(Basis.ACTUAL, YEAR_2025, (line,), current=current_ratio(fees, funds))
    own = series(("2025-07-01", "10"), ("2025-12-31", "10.2"))
    billed = AccountFee("ADV", "Plan adviser", "0.20 % a year")
    document = chart(option(own, "2025-07-01", expenses=expenses), account_fees=(billed,))
    assert cells(document, "table_3")[:2] == ["0.60%", "$6.00"]
    assert "At today's rates the expenses would be 0.75% a year." in notes(document, "table_3")
    assert cells(document, "table_6") == ["ADV", "0.20 % a year"]


def test_t8_prints_the_turnover_on_the_options_page() -> None:
    average = Fraction(13 * 9_616_923_08, 13)  # cents
    turned = Turnover(3_120_000_00, 2_214_500_00, average, 12)
    own = series(("2024-12-31", "12"), ("2025-12-31", "13"))
    page = page_document(replace(PLAN, as_of=YEAR_END), option(own, "2024-12-31", turnover=turned))
    told = next(one for one in page.sections if one.key == "turnover").blocks[0]
    assert "the portfolio turnover was 23.03%." in told.text  # type: ignore[union-attr]  # the section is one sentence
    assert round(turned.percent_bps / 100) == 23
    assert percent(to_bps(Fraction(3_120_000_00) / average)).text == "32.44%"  # purchases: wrong


def test_t9_prints_the_blend_of_each_years_weights_beside_the_benchmark() -> None:
    own = ValueSeries(COMPONENTS["EQ"].days, COMPONENTS["EQ"].values)
    blend = Blend("Glide Path Blend", COMPONENTS, SCHEDULE)
    document = chart(option(own, "2020-12-31", blend=blend))
    assert cells(document, "table_1")[1] == "13.58%"
    assert (
        "Beside the benchmark, Glide Path Blend: 1 year 15.24%, 5 years 8.95%, 10 years N/A, Since inception 8.95%."
        in (notes(document, "table_1"))
    )
    later = [BlendWeights(d("2023-12-31"), SCHEDULE[-1].weights)]
    short = chart(option(own, "2020-12-31", blend=Blend("Glide Path Blend", COMPONENTS, later)))
    assert any("1 year 15.24%, 5 years N/A" in text for text in notes(short, "table_1"))


def test_t11_prints_what_the_department_rounds() -> None:
    low, high = (balance_after(25_000, 35, 700, fee) for fee in (50, 150))
    assert (round(low / 100_000), round(high / 100_000)) == (227, 163)
    assert percent(round((1 - high / low) * 10_000)).text == "28.12%"


def test_t12_a_document_of_november_is_as_of_the_last_year_end() -> None:
    assert last_year_end(d("2026-11-20")) == YEAR_END
    assert d("2027-02-15") + timedelta(days=120) == d("2027-06-15")


def test_t13_prints_a_year_end_on_a_weekend_over_fridays_for_both() -> None:
    own = series(("2022-12-30", "12.345678"), ("2023-12-29", "14.001234"))
    index = series(("2022-12-30", "100"), ("2022-12-31", "101"), ("2023-12-29", "110"), ("2023-12-31", "111"))
    one = option(own, "2022-12-30", index, as_of=d("2023-12-31"))
    row = cells(chart(one, d("2023-12-31")), "table_1")
    assert (row[0], row[5]) == ("13.41%", "10.00%")


def test_t14_prints_the_units_return_and_not_the_money_weighted_one() -> None:
    own = series(("2024-12-31", "10.000000"), ("2025-12-31", "10.598700"))
    assert cells(chart(option(own, "2024-12-31")), "table_1")[0] == "5.99%"
    begun, ended, flows = Decimal(10_000), Decimal("13798.05"), Decimal(5_150) - Decimal(2_000)
    thirds = begun + Decimal(5_150) * 2 / 3 - Decimal(2_000) / 3  # each flow weighed by the time left of three periods
    dietz = ((ended - begun - flows) / thirds * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert str(dietz) == "5.08"


def test_t15_adds_up_apart_and_together() -> None:
    months = [
        (Decimal(balance) * Decimal("0.0015") / 12).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for balance in ("48210.55", "49077.12", "48635.40")
    ]
    assert [str(one) for one in months] == ["6.03", "6.13", "6.08"]
    assert (sum(months), sum(months) + Decimal("12.50")) == (Decimal("18.24"), Decimal("30.74"))
    assert RATE * 15 // 10_000 == rate("0.15")

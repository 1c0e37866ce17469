"""A whole fiscal year on the ledger: actual expenses with look-through, a waiver, a fund swap, and their footnotes.

Prices stand still, so each figure can be worked by hand. A million dollars comes in on 31 December 2024; 950,000 stands
in a fund of 0.50 % from 2 January, and from 30 June in one of 0.10 %. Fees inside: 0.85 % and 0.25 %, of which 0.05 %
is waived; an adviser's 0.20 % is billed to accounts.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from modelx.disclosure.document import paragraphs, tables
from modelx.disclosure.draft_checks import may_be_published
from modelx.disclosure.expenses import Basis, OperatingExpenses
from modelx.disclosure.option import OptionFacts
from modelx.domain.night_policy import NightPolicy
from modelx.services.disclosure_draw import NoticeSource, PlanNotice, draw_plan
from modelx.store.unit_of_work import reading
from tests.oracle import script
from tests.product import fresh_sqlite, play
from tests.services.disclosure_year import LAST, write_year

BASE = "https://disclosures.example.com/"


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("year")
    engine = fresh_sqlite(folder)
    level_prices = NightPolicy(stale_sessions=0)
    play([script.Load(write_year(folder / "book")), script.RunThrough(LAST)], engine, level_prices)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def notice(year: Engine) -> PlanNotice:
    with reading(year) as connection:
        source = NoticeSource.read(connection, ["ACME"])
        return draw_plan(source, "ACME", source.dates(date(2026, 1, 5)), BASE, {}, {})


@pytest.fixture(scope="module")
def option(notice: PlanNotice) -> OptionFacts:
    return notice.facts.options[0]


@pytest.fixture(scope="module")
def expenses(option: OptionFacts) -> OperatingExpenses:
    assert option.expenses is not None
    return option.expenses


def test_expenses_are_the_years_accruals_and_the_funds_by_days_held(expenses: OperatingExpenses) -> None:
    """Net assets fall evenly by the 1.05 % borne, from 1,000,000: about 994,770 on average.

    Funds: 950,000 x (0.50 % x 179 + 0.10 % x 185) / 365 = 2,810.96, or 0.2826 %; with the fees 1.3826 %.
    """
    assert expenses.basis is Basis.ACTUAL
    lines = {line.label: float(line.ratio) for line in expenses.lines}
    assert lines["Custody and unit accounting (HARBOR)"] == pytest.approx(0.0085, abs=1e-6)
    assert lines["Investment manager (NORTHFIELD)"] == pytest.approx(0.0025, abs=1e-6)
    funds = Decimal(950_000) * (Decimal("0.005") * 179 + Decimal("0.001") * 185) / 365 / Decimal("994770")
    looked = lines["Old Stock Fund (OLDX)"] + lines["New Stock Fund (NEWX)"]
    assert looked == pytest.approx(float(funds), abs=2e-6)
    assert (expenses.percent_bps, expenses.per_thousand_cents) == (138, 1_380)


def test_the_waiver_is_a_footnote_with_its_end_and_todays_rate_another(
    notice: PlanNotice, expenses: OperatingExpenses
) -> None:
    """Today: 0.85 + 0.25 + 95 % of 0.10 = 1.195, printed 1.20 %."""
    assert (expenses.after_waivers_bps, expenses.current_bps) == (133, 120)
    table = next(one for one in tables(notice.documents["acme"]) if one.key == "table_3")
    assert [note.text for note in table.notes] == [
        "At today's rates the expenses would be 1.20% a year.",
        "After waivers through June 30, 2026 the expenses were 1.33%, or $13.30 per $1,000.",
    ]
    assert {one.code for found in notice.findings.values() for one in found} == {"DIA-024"}
    assert all(may_be_published(found) for found in notice.findings.values())


def test_fees_told_equal_the_ledgers_accruals_and_the_account_fee_stands_apart(notice: PlanNotice) -> None:
    assert [(fee.payee, fee.amount) for fee in notice.facts.account_fees] == [("ADVISER", "0.20 % a year")]
    assert not any("ADVISER" in one.text for one in paragraphs(notice.documents["acme"]))


def test_turnover_is_the_lesser_of_purchases_and_sales_over_thirteen_values(option: OptionFacts) -> None:
    """Sales of 950,000 over 12 x 950,000 / 13 = 876,923.08: 108.33 %."""
    assert option.turnover is not None
    assert (option.turnover.sales, option.turnover.purchases) == (950_000 * 10**6, 1_900_000 * 10**6)
    assert option.turnover.whole_year
    assert option.turnover.percent_bps == 10_833


def test_the_year_is_annualized_from_the_first_day_and_ends_on_the_last_value(option: OptionFacts) -> None:
    """1.05 % borne a year on a balance that shrinks by it: a little under 1.05 % lost."""
    assert option.returns is not None
    assert option.returns.bps == (-104, None, None, -104)
    assert option.returns.life_annualized
    assert option.inception == date(2024, 12, 31)

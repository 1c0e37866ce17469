"""Two years of a plan's notices as participants saw them: each story reads the published edition before and after.

Figures come from the specification (T7, T13), from hand-worked cases, or from the published unit values in decimals.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import day_of
from modelx.services.disclosure_calendar import due_on
from modelx.services.disclosure_editions import changes_waiting, list_editions
from modelx.services.disclosure_notices import draft_plans
from modelx.store.night_records import insert_unit_values
from modelx.store.unit_of_work import reading, writing
from modelx.store.unit_value_records import Selection, StoredUnitValue, unit_values
from tests.product import fresh_sqlite
from tests.stories.disclosure_years import BASE, Years, load, release, two_years

THIRD_NOTICE = date(2026, 2, 10)
YEAR_END = day_of(date(2025, 12, 31))


@pytest.fixture
def years(tmp_path: Path) -> Iterator[Years]:
    told = two_years(tmp_path)
    yield told
    told.engine.dispose()


def cells(text: str, key: str) -> dict[str, str]:
    """The printed cells of an option or footnote of a published notice's CSV, its note after the figure."""
    found: dict[str, str] = {}
    for row in csv.DictReader(io.StringIO(text)):
        if row["row"] == key and row["place"] in ("table_1", "table_3"):
            found.setdefault(row["column"], f"{row['text']} {row['note']}".strip())
    return found


def notes(text: str) -> list[str]:
    return [row["text"] for row in csv.DictReader(io.StringIO(text)) if row["row"].startswith("note_")]


def published_values(engine: Engine, plan: str) -> dict[int, StoredUnitValue]:
    with reading(engine) as connection:
        return {row.business_date: row for row in unit_values(connection, Selection(plan))}


def percent(ratio: Decimal) -> str:
    shown = ((ratio - 1) * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{shown}%".replace("-", "\N{MINUS SIGN}")


def test_a_restated_unit_value_flags_what_used_it_and_the_next_edition_corrects_it(years: Years) -> None:
    """The value of 31 December 2025 gets a second version, a cent higher: the return of the year moves by 0.10."""
    engine = years.engine
    old = published_values(engine, "BASE")[YEAR_END]
    assert not list_editions(engine, "BASE", flags=True)[0].flags
    with writing(engine) as connection:
        fields = ("sleeve_id", "net_assets", "units", "market_value", "cash", "receivables", "payables",
                  "accrued_fees", "opening_net_assets")  # fmt: skip
        row = {name: [getattr(old, name)] for name in fields}
        restated = row | {"version": [2], "unit_value": [old.unit_value + 10_000]}
        insert_unit_values(connection, YEAR_END, old.run, restated)

    flagged = {one.document.place: one.flags for one in list_editions(engine, "BASE", flags=True) if one.flags}
    assert set(flagged) == {"base", "base/mix-a"}
    (flag,) = flagged["base/mix-a"]
    assert flag.code == "DIA-053"
    assert "unit_values BASE/MIX/A 2025 has a later version" in flag.message
    assert {one.code for one in due_on(engine, THIRD_NOTICE).findings} >= {"DIA-053"}
    assert {one.message.split(" ")[0] for one in due_on(engine, THIRD_NOTICE).findings if one.code == "DIA-053"} == {
        "base",
        "base/mix-a",
    }

    draft_plans(engine, ["BASE"], THIRD_NOTICE, BASE, "Ana", 20)
    moved = {(one.row, one.column): (one.before, one.after) for place, one in changes_waiting(engine, "BASE")
             if place == "base" and one.place == "table_1"}  # fmt: skip
    start = published_values(engine, "BASE")[day_of(date(2024, 12, 31))].unit_value
    before, after = (percent(Decimal(value) / start) for value in (old.unit_value, old.unit_value + 10_000))
    assert (before, after) == ("−0.40%", "−0.30%")
    assert moved["BASE/MIX/A", "return_1_year"] == (before, after)
    assert {column for _, column in moved} <= {"return_1_year", "return_since_inception"}

    published = years.published("base", 2)
    release(engine, "BASE", THIRD_NOTICE, 21)
    assert years.published("base", 2) == published  # what was said stays as it was said
    assert cells(years.published("base", 3), "BASE/MIX/A")["return_1_year"] == after
    assert not any(one.code == "DIA-053" for one in due_on(engine, THIRD_NOTICE).findings)
    flagged = {(one.document.place, one.document.version) for one in list_editions(engine, "BASE", flags=True)
               if one.flags}  # fmt: skip
    assert flagged == {("base", 2), ("base/mix-a", 2)}  # superseded, and still known to have said it


def test_a_changed_benchmark_is_told_once_with_the_old_index_beside_the_new(years: Years, tmp_path: Path) -> None:
    """WORLD went from 102.11 to 104.61 in 2025, the other from 208.44 to 218.44."""
    header = (
        "plan,model,name,heading,category,issuer,web_address,shareholder_fees,restrictions,affiliates,closed,benchmark,"
        "benchmark_note\n"
    )
    row = "SWAP,ONE,,,,Harbor Trust,,None,None,,N,BROAD2,"
    load(years.engine, tmp_path / "silent", dia_profiles=f"{header}{row}\n")
    (bundle,) = draft_plans(years.engine, ["SWAP"], THIRD_NOTICE, BASE, "Ana", 20)
    assert "DIA-013" in {one.code for one in bundle.findings}
    assert not any(
        one.flags for one in list_editions(years.engine, "SWAP", flags=True)
    )  # another index, no restatement
    why = "Since February 1 2026 the benchmark is the All-Market Index which is nearer to the mix."
    load(years.engine, tmp_path / "told", dia_profiles=f"{header}{row}{why}\n")
    bundle = release(years.engine, "SWAP", THIRD_NOTICE, 21)
    before, after = (cells(years.published("swap", version), "SWAP/ONE/A") for version in (2, 3))
    assert (before["benchmark"].split(" ")[0], after["benchmark"].split(" ")[0]) == ("World", "All-Market")
    assert [before["benchmark_1_year"], after["benchmark_1_year"]] == ["2.45%", "4.80%"]
    assert before["return_1_year"] == after["return_1_year"]
    told = notes(years.published("swap", 3))
    assert why in told
    assert any(one.startswith("Former benchmark, World Index: 1 year 2.45%") for one in told)
    draft_plans(years.engine, ["SWAP"], date(2026, 2, 11), BASE, "Ana", 30)
    gone = [one for place, one in changes_waiting(years.engine, "SWAP") if "Former benchmark" in one.before]
    assert gone  # the edition after that says it no longer


def test_a_waiver_is_a_footnote_with_its_end_and_the_total_stays_gross(years: Years) -> None:
    """0.25 + 0.15 and the funds' 0.0517 borne: 0.45 % with or without the 0.05 % waived from January 2025."""
    before, after, other = (
        years.published(place, version) for place, version in (("waived", 1), ("waived", 2), ("base", 2))
    )
    assert cells(before, "WAIVED/MIX/A")["expenses_percent"] == "0.45% estimated"
    for text, key in ((after, "WAIVED/MIX/A"), (other, "BASE/MIX/A")):
        assert cells(text, key)["expenses_percent"] == "0.45%"
        assert cells(text, key)["expenses_per_1000"] == "$4.50"
    waived = "After waivers through June 30, 2026 the expenses were 0.40%, or $4.00 per $1,000."
    assert (waived in notes(before), waived in notes(after), waived in notes(other)) == (False, True, False)
    returned = [cells(text, key)["return_1_year"] for text, key in ((after, "WAIVED/MIX/A"), (other, "BASE/MIX/A"))]
    assert returned == ["−0.35%", "−0.40%"]  # returns are after the waiver that was given


def test_an_override_in_july_makes_a_class_of_its_own_with_its_own_costs(years: Years) -> None:
    """T7: base 0.4541; with stable value and the adviser inside 0.7486; with the adviser on accounts 0.5486."""
    for place, key, before in (
        ("inside", "INSIDE", "0.45%"),
        ("outside", "OUTSIDE", "0.45%"),
        ("base", "BASE", "0.45%"),
    ):
        assert cells(years.published(place, 1), f"{key}/MIX/A")["expenses_percent"] == f"{before} estimated"
    inside, outside = (cells(years.published(place, 2), f"{place.upper()}/MIX/B") for place in ("inside", "outside"))
    assert (inside["expenses_percent"], inside["expenses_per_1000"]) == ("0.75% estimated", "$7.50 estimated")
    assert (outside["expenses_percent"], outside["expenses_per_1000"]) == ("0.55% estimated", "$5.50 estimated")
    for one in (inside, outside):
        assert "Inception July 1, 2025" in one["head"]
        assert (one["return_1_year"], one["return_10_years"]) == ("N/A", "N/A")
        assert one["return_since_inception"].endswith("not annualized")
    assert "ADVISER" in years.published("outside", 2)
    assert "ADVISER" not in years.published("inside", 2)
    assert "ADVISER" in years.published("inside/mix-b", 1)
    owed = [duty for duty in due_on(years.engine, date(2026, 1, 20), "INSIDE").duties if duty.to == "nobody"]
    assert any("an override changes what this plan's class of a model holds" in duty.why for duty in owed)


def test_a_fund_swap_is_one_option_still_and_each_fund_costs_its_own_days(years: Years) -> None:
    """950,000 at 0.50 % for 180 days and at 0.10 % for 185 (the trades of 30 June are held from that night on)."""
    before, after = (cells(years.published("swap", version), "SWAP/ONE/A") for version in (1, 2))
    assert before["expenses_percent"] == "0.88% estimated"  # 0.40 and 95 % of 0.50
    funds = Decimal(950_000) * (Decimal("0.005") * 180 + Decimal("0.001") * 185) / 365
    values = published_values(years.engine, "SWAP")
    nights = [row.net_assets for day, row in values.items() if day_of(date(2025, 1, 1)) <= day <= YEAR_END]
    mean = Decimal(sum(nights)) / len(nights) / 10**6
    total = (Decimal("0.004") + funds / mean) * 100
    assert after["expenses_percent"] == f"{total.quantize(Decimal('0.01'), ROUND_HALF_UP)}%" == "0.68%"
    assert notes(years.published("swap", 2)) == ["At today's rates the expenses would be 0.50% a year."]
    owed = [duty.why for duty in due_on(years.engine, date(2026, 1, 20), "SWAP").duties if duty.to == "nobody"]
    assert any("a model swaps one fund for another (OLDX out, NEWX in), effective June 30, 2025" in why for why in owed)
    page = years.published("swap/one-a", 2)
    assert "NEWX Fund" in page
    assert "NEWX Fund" not in years.published("swap/one-a", 1)


def test_an_inception_on_29_february_is_cumulative_for_a_year_and_then_annualized_exactly(years: Years) -> None:
    """n = 1 + 306/365 on 31 December 2025 (T2's leap inception)."""
    values = published_values(years.engine, "LEAP")
    first, middle, last = (
        Decimal(values[day_of(on)].unit_value) for on in (date(2024, 2, 29), date(2024, 12, 31), date(2025, 12, 31))
    )
    before, after = (cells(years.published("leap", version), "LEAP/GROW/A") for version in (1, 2))
    assert "Inception February 29, 2024" in before["head"]
    assert before["return_since_inception"] == f"{percent(middle / first)} not annualized"
    assert before["return_1_year"] == "N/A"
    assert after["return_1_year"] == percent(last / middle)
    yearly = (last / first) ** (Decimal(365) / Decimal(365 + 306))
    assert after["return_since_inception"] == percent(yearly)


WEEKEND = {
    "plans": "plan,name,sponsor,type,recordkeeper,advisor,fiscal_year_end\nACME,Acme Plan,Acme,401k,KEEPER,ADV,12-31\n",
    "line_up": "plan,option,kind,name,heading,category,issuer,manager,objective,strategy,risks,web_address,"
    "shareholder_fees,restrictions,affiliates,benchmark,benchmark_note,inception,expense_ratio_pct,expenses_through,"
    "turnover_pct,rate_pct,term,may_change,minimum_pct,how_to_get_rate,start,end\n"
    "ACME,FUNDX,FUND,Index Fund,Funds,Large blend,Issuer,Manager,Growth.,Stocks.,Prices fall.,,None,None,,WORLD,,"
    "2021-12-31,0.04,2022-06-30,4,,,N,,,,\n",
    "benchmarks": "benchmark,name,administrator,kind,components\nWORLD,World Index,Indexer,BROAD,\n",
    "plan_notices": "plan,contact,address,phone,default_option,plan_year_start\nACME,Office,1 Rd,937-555-0100,,01-01\n",
}


def test_a_year_end_on_a_weekend_takes_fridays_value_at_both_ends(tmp_path: Path) -> None:
    """T13: 30 December 2022 at 12.345678, 29 December 2023 at 14.001234: 13.41 % for 2023. The index dips on 2 January,
    after both year ends, and the option's return of 2022 is 12.345678 / 10.979000."""
    engine = fresh_sqlite(tmp_path)
    days = {"2021-12-31": "10.979000", "2022-12-30": "12.345678", "2023-12-29": "14.001234", "2024-01-02": "9.000000"}
    span = [date.fromordinal(at) for at in range(date(2021, 12, 31).toordinal(), date(2024, 1, 3).toordinal())]
    latest, rows = "", []
    for on in span:
        latest = days.get(on.isoformat(), latest)
        if on.weekday() < 5:
            rows.append((on, latest))
    own = "".join(f"{on},FUNDX,{value}\n" for on, value in rows)
    index = "".join(f"{on},WORLD,{value}\n" for on, value in rows)
    load(
        engine,
        tmp_path / "book",
        **WEEKEND,
        option_values="date,option,value\n" + own,
        benchmark_levels="date,benchmark,level\n" + index,
    )
    release(engine, "ACME", date(2023, 1, 10))
    release(engine, "ACME", date(2024, 1, 10), 11)
    told = Years(engine)
    before, after = (cells(told.published("acme", version), "ACME/FUNDX") for version in (1, 2))
    assert (before["return_1_year"], after["return_1_year"]) == ("12.45%", "13.41%")
    assert (before["benchmark_1_year"], after["benchmark_1_year"]) == ("12.45%", "13.41%")
    assert "December 31, 2023" in told.published("acme", 2, "index.html")
    engine.dispose()

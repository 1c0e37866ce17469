import csv
import io
import json
from fractions import Fraction

from modelx.disclosure.compensation import option_pay, provider_pay
from modelx.disclosure.duties import Change, ChangeKind, PlanCalendar, duties
from modelx.disclosure.quarterly import quarterly_statement
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.files.disclosure_papers import duties_csv, duties_json, option_pay_csv, providers_csv, statements_csv
from tests.disclosure.test_quarterly import FEES, t15_charges
from tests.disclosure.worked import d


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_duties_are_listed_alike_in_csv_and_json_with_the_notices_saved() -> None:
    swap = Change(ChangeKind.FUND_SWAP, "ACME/GROW/A", d("2026-12-01"))
    calendar = PlanCalendar("ACME", d("2025-11-20"), d("2026-10-15"), changes=(swap,))
    listed = duties(calendar, d("2026-11-20"), HOUSE_RULES)
    rows = read(duties_csv(listed))
    assert rows == json.loads(duties_json(listed))["duties"]
    assert [(row["paper"], row["due"], row["state"]) for row in rows] == [
        ("quarterly statement", "2027-01-15", "due"),
        ("annual notice", "2027-01-20", "due"),
        ("no participant notice", "", "no notice needed"),
    ]
    assert "not itself an option of the plan" in rows[-1]["why"]


def test_t15_the_statement_lists_dollars_by_service() -> None:
    one = quarterly_statement("P-1", t15_charges(), d("2026-07-01"), d("2026-09-30"), False)
    rows = [(row["kind"], row["service"], row["dollars"]) for row in read(statements_csv([one]))]
    assert rows == [("general", "Plan administration", "18.24"), ("individual", "Loan set-up", "12.50")]


def test_who_was_paid_is_exported_with_the_revenue_share() -> None:
    rows = {row["payee"]: row for row in read(providers_csv(provider_pay(FEES)))}
    assert rows["RK"] == {
        "payee": "RK", "services": "Record keeping; Sub-TA", "direct": "900.00", "eligible_indirect": "0.00",
        "other_indirect": "4200.00", "total": "5100.00", "revenue_share": "4200.00", "short_form": "no",
    }  # fmt: skip
    assert rows["MGR"]["short_form"] == "yes"
    paid = read(option_pay_csv(option_pay(FEES, {"ACME/GROW/A": Fraction(9_812_345_670_000)})))[0]
    assert (paid["payee"], paid["percent"], paid["paid_from"]) == ("MGR", "0.40", "unit_value")

"""What scripts read: every reader's JSON has a schema, its keys never change unnoticed, and lists parse as CSV."""

import csv
import io
import json
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from tests.cli.conftest import Command

SLEEVE = ("--plan", "CORVANE", "--model", "NMTD55")
ORDER_COLUMNS = (
    "trade_date plan model recordkeeper order_ref side type qty status reason_code reason night units unit_value "
    "amount settles_on file source load"
)
LISTS: dict[tuple[str, ...], tuple[str, str]] = {  # command: the name of its JSON, the columns of its rows
    ("unit-value", "list"): ("unit-values", "date plan model unit_value net_assets units status version"),
    ("fee", "accruals", "--from", "2026-12-31"): (
        "fee-accruals",
        "date plan model payee terms days base amount owed paid_from gap",
    ),
    ("fee", "collect"): (
        "fee-collections",
        "month payee paid_from paid_on payments opening accrued cleared paid closing",
    ),
    ("fee", "collect", "--payee", "IRONVALE"): ("fee-payments", "date payee plan model paid_from owed paid left"),
    ("fee", "reconcile"): (
        "fee-reconciliation",
        "plan model payee paid_from expected accrued difference due collected uncollected owed wrong_since gaps",
    ),
    ("order", "list"): ("orders", ORDER_COLUMNS),
    ("cycle", "status"): ("cycle-status", "date run state last_step struck stopped warnings orders hash"),
    ("cycle", "verify", "--from", "2027-01-04"): ("cycle-verify", "date run result first_difference"),
    ("hold", "list"): ("holds", "date plan model code ticker detail"),
    ("ledger", "trial-balance", *SLEEVE, "--date", "2026-12-31"): ("trial-balance", "account title commodity balance"),
    ("ledger", "journal", *SLEEVE, "--from", "2026-12-31"): (
        "journal",
        "journal date kind debit credit amount commodity settles_on source",
    ),
    ("position", "list", *SLEEVE, "--date", "2026-12-31"): ("positions", "ticker shares price market_value cost"),
    ("book", "list"): ("book-list", "load recorded_at folder rows hash"),
    ("db", "check"): ("db-check", "check result detail"),
    ("model", "list"): (
        "models",
        "model name manager series style version since next sleeves net_assets cannot_buy",
    ),
    ("model", "show", "CDLGRO", "--plan", "OSTRANDER"): (
        "sleeve-weights",
        "ticker model_weight sleeve_weight why",
    ),
    ("model", "diff", "CDLMOD"): ("model-diff", "ticker what before after change"),
    ("model", "changes"): ("changes", "change state what maker checker sha256 load note"),
    ("model", "schedule"): ("scheduled-versions", "effective model version load memo"),
    ("override", "list", "--why"): (
        "overrides",
        "override plan model kind what from through on_expiry state reason why",
    ),
    ("security", "list", "--status", "ANY"): (
        "securities",
        "ticker name kind class expense_pct status successor models",
    ),
    ("security", "prompts"): ("substitution-prompts", "ticker status model plan where remedy"),
    ("series", "list"): (
        "series",
        "series kind holds glide_path roll_months tactical_rule members versions_made",
    ),
    ("series", "show", "Cedarline Risk"): ("series-weights", "ticker CDLCON CDLGRO CDLMOD"),
    ("series", "audit"): ("series-audit", "code message"),
    ("manager", "list"): (
        "managers",
        "manager kind style models sleeves net_assets reviewed by next_review notes",
    ),
    ("manager", "show", "Cedarline Portfolio Partners"): (
        "manager",
        "model name style fee fund_cost_pct sleeves net_assets since return_pct one_year_pct drawdown_pct of_plan",
    ),
}
EXPLAIN = ("unit-value", "explain", *SLEEVE, "--date", "2026-12-31")


@pytest.mark.parametrize("arguments", LISTS)
def test_a_list_has_the_same_columns_in_json_and_csv(demo: Engine, command: Command, arguments) -> None:
    what, columns = LISTS[arguments]
    as_json, as_csv = command(demo, *arguments, "--json"), command(demo, *arguments, "--csv")
    assert (as_json.code, as_csv.code) == (0, 0)
    told = json.loads(as_json.out, parse_constant=pytest.fail)
    assert (told["schema"], told["what"]) == (1, what)
    rows = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert len(rows) == len(told["rows"])
    assert as_csv.out.splitlines()[0].split(",") == columns.split()
    for in_json, in_csv in zip(told["rows"], rows, strict=True):
        assert list(in_json) == columns.split()
        assert {name: "" if value is None else str(value) for name, value in in_json.items()} == in_csv


def test_an_explanation_has_every_key_and_exact_figures(demo: Engine, command: Command) -> None:
    told = json.loads(command(demo, *EXPLAIN, "--json").out)
    assert (told["schema"], told["what"]) == (1, "unit-value-explanation")
    assert set(told) - {"schema", "what"} == {
        *("date", "plan", "model", "status", "version", "unit_value", "units", "net_assets", "market_value", "cash"),
        *("receivables", "payables", "accrued_fees", "opening_net_assets", "prior", "sections", "total", "left_over"),
        *("rounding_bound", "folders"),
    }
    lines = [line for section in told["sections"] for line in section["lines"]]
    for line in lines:
        assert set(line) == {
            *("line", "about", "what", "dollars", "per_unit", "dollars_exact", "per_unit_exact", "journal", "source")
        }
    assert sum(Decimal(line["dollars_exact"]) for line in lines) == Decimal(told["unit_value"]) * Decimal(told["units"])
    assert sum(Decimal(line["per_unit"]) for line in lines) == Decimal(told["unit_value"])
    waiver = next(line for line in lines if line["line"] == "fee waived")
    assert waiver["source"] == {"file": "fees.csv", "line": 21, "load": 1}


def test_an_explanation_as_csv_adds_up(demo: Engine, command: Command) -> None:
    rows = list(csv.DictReader(io.StringIO(command(demo, *EXPLAIN, "--csv").out)))
    value = json.loads(command(demo, *EXPLAIN, "--json").out)["unit_value"]
    assert sum(Decimal(row["per_unit"]) for row in rows) == Decimal(value)
    assert list(rows[0]) == ["line", "about", "what", "dollars", "per_unit", "journal", "source"]


def test_totals_stand_apart_from_the_rows(demo: Engine, command: Command) -> None:
    told = json.loads(command(demo, "fee", "collect", "--from", "2026-12-01", "--to", "2026-12-31", "--json").out)
    assert [row["month"] for row in told["totals"]] == ["2026-12"]
    for name in ("opening", "accrued", "cleared", "paid", "closing"):
        assert sum(Decimal(row[name]) for row in told["rows"]) == Decimal(told["totals"][0][name])


def test_a_list_with_nothing_is_an_empty_list(golden: Engine, command: Command) -> None:
    chosen = ("order", "list", "--status", "CANCELLED")
    assert json.loads(command(golden, *chosen, "--json").out)["rows"] == []
    assert len(command(golden, *chosen, "--csv").out.splitlines()) == 1
    assert command(golden, *chosen).out.endswith("(none)\n")

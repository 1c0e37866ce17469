"""`modelx disclosure`: what compliance sees, and the exit codes."""

import json
from pathlib import Path

import pytest

from modelx.cli.app import run
from tests.services.disclosure_books import demo_quarter


@pytest.fixture
def modelx(tmp_path, capsys):
    """Run a command on the demonstration's played quarter; returns (exit code, stdout, stderr)."""
    engine = demo_quarter(tmp_path)
    url = str(engine.url)
    engine.dispose()

    def modelx(*arguments: str):
        code = run(["disclosure", *arguments, "--database", url])
        return code, *capsys.readouterr()

    return modelx


def released(modelx, plan: str) -> str:
    _, out, _ = modelx("draft", "--plan", plan, "--by", "Ana", "--date", "2027-01-05", "--json")
    digest = json.loads(out)["hash"][plan]
    assert modelx("review", "--plan", plan, "--hash", digest[:12], "--by", "Bea")[0] == 0
    assert modelx("publish", "--plan", plan, "--hash", digest, "--by", "Carl")[0] == 0
    return digest


def test_a_plan_goes_from_draft_to_the_public_site(modelx, tmp_path: Path):
    released(modelx, "SABLECREEK")
    code, out, _ = modelx("list", "--plan", "SABLECREEK", "--json")
    rows = json.loads(out)["rows"]
    assert code == 0
    assert {row["standing"] for row in rows} == {"published"}
    assert rows[0]["by"] == "drafted Ana, reviewed Bea, published Carl"
    site = tmp_path / "site"
    code, out, _ = modelx("site", str(site), "--json")
    assert json.loads(out)["rows"][0]["editions"] == 2
    names = {"index.html", "notice.pdf", "notice.xlsx", "notice.csv", "notice.json", "editions.html"}
    for place in ("sablecreek", "sablecreek.1", "sablecreek/nmtd35-a", "sablecreek/nmtd35-a.1"):
        assert {path.name for path in (site / place).iterdir() if path.is_file()} == names
    assert (site / "sablecreek" / "notice.pdf").read_bytes() == (site / "sablecreek.1" / "notice.pdf").read_bytes()
    assert json.loads(modelx("site", str(site), "--json")[1])["rows"][0]["files_changed"] == 0


def test_only_published_notices_reach_the_site(modelx, tmp_path: Path):
    modelx("draft", "--plan", "SABLECREEK", "--by", "Ana", "--date", "2027-01-05")
    modelx("site", str(tmp_path / "site"))
    assert {path.name for path in (tmp_path / "site").iterdir()} == {"fonts", "index.html"}


def test_a_draft_with_an_open_error_says_so_and_exits_with_7(modelx):
    code, _, err = modelx(
        "draft", "--plan", "SABLECREEK", "--by", "Ana", "--date", "2027-01-05", "--as-of", "2026-11-30"
    )
    assert code == 7
    assert "DIA-002" in err
    assert "Use 31 December before the document date." in err
    assert err.splitlines()[-1] == "publication would be refused: DIA-002"
    code, out, _ = modelx("list", "--findings", "--json")
    assert [row["code"] for row in json.loads(out)["rows"]] == ["DIA-002"] * 2


def test_nobody_publishes_their_own_draft_or_without_a_review(modelx):
    _, out, _ = modelx("draft", "--plan", "SABLECREEK", "--by", "Ana", "--date", "2027-01-05", "--json")
    digest = json.loads(out)["hash"]["SABLECREEK"]
    code, _, err = modelx("publish", "--plan", "SABLECREEK", "--hash", digest, "--by", "Carl")
    assert (code, "has not been reviewed" in err) == (7, True)
    code, _, err = modelx("review", "--plan", "SABLECREEK", "--hash", digest, "--by", "Ana")
    assert (code, "Somebody else reviews it" in err) == (5, True)
    modelx("review", "--plan", "SABLECREEK", "--hash", digest, "--by", "Bea")
    code, _, err = modelx("publish", "--plan", "SABLECREEK", "--hash", digest, "--by", "Ana")
    assert (code, "not Ana as well" in err) == (5, True)
    code, _, err = modelx("publish", "--plan", "SABLECREEK", "--hash", "f" * 64, "--by", "Carl")
    assert (code, "Read them again" in err) == (6, True)


def test_every_plan_is_drafted_at_once(modelx):
    code, out, _ = modelx("draft", "--all", "--by", "Ana", "--date", "2027-01-05", "--json")
    assert (code, len(json.loads(out)["hash"])) == (0, 12)
    assert modelx("draft", "--by", "Ana")[0] == 3
    assert modelx("draft", "--all", "--plan", "SABLECREEK", "--by", "Ana")[0] == 3


def test_due_lists_papers_with_their_dates_and_the_changes_that_need_none(modelx):
    """T12: sent 20 November 2025, due 20 January 2027; statement of 30 November, due 28 February."""
    _, out, _ = modelx("due", "--plan", "HALVORSEN", "--date", "2027-01-05", "--json")
    rows = {(row["paper"], row["about"]): row for row in json.loads(out)["rows"]}
    annual = rows["annual notice", "comparative chart"]
    assert (annual["due"], annual["state"]) == ("2027-01-20", "due")
    assert rows["quarterly statement", "dollars charged to accounts"]["due"] == "2027-02-28"
    window = rows["change notice", "STABLE"]
    assert (window["opens"], window["due"]) == ("2026-12-15", "2027-02-13")
    none = rows["no participant notice", "HALVORSEN/CDLMOD"]
    assert (none["to"], none["state"]) == ("nobody", "no notice needed")
    assert "the model" in none["why"]
    _, out, _ = modelx("due", "--plan", "BRTPRAIRIE", "--date", "2027-01-05", "--late", "--json")
    assert [row["paper"] for row in json.loads(out)["rows"]] == [
        "web refresh", "web refresh", "annual notice", "quarterly statement",
    ]  # fmt: skip


def test_pay_and_statements_are_lists_for_filings(modelx):
    quarter = ("--from", "2026-10-01", "--to", "2026-12-31")
    _, out, _ = modelx("pay", "--plan", "HALVORSEN", *quarter, "--csv")
    rows = {line.split(",")[0]: line for line in out.splitlines()}
    assert rows["payee"] == "payee,services,direct,eligible_indirect,other_indirect,total,revenue_share,short_form"
    assert rows["TRELLIS"].startswith("TRELLIS,Loan; Recordkeeping; Sub-transfer agency from BZQCX,30.74,")
    _, out, _ = modelx("pay", "--plan", "HALVORSEN", *quarter, "--schedule-c", "--json")
    assert [row["payee"] for row in json.loads(out)["rows"]] == ["ALDERFINCH"]
    _, out, _ = modelx("pay", "--plan", "HALVORSEN", *quarter, "--by-option", "--json")
    assert {row["paid_from"] for row in json.loads(out)["rows"]} == {"unit_value"}
    _, out, _ = modelx("pay", "--plan", "HALVORSEN", *quarter, "--detail", "--csv")
    assert "TRELLIS,account,,Loan,12.50,no" in out.splitlines()
    assert any(line.startswith("TRELLIS,fund_internal,HALVORSEN/NMTD35,Sub-transfer") for line in out.splitlines())
    _, out, _ = modelx("statements", "--plan", "HALVORSEN", "--quarter", "2026-12-31", "--csv")
    assert [line.rsplit(",", 1)[1] for line in out.splitlines()] == ["dollars", "18.24", "12.50"]
    assert modelx("statements", "--plan", "HALVORSEN", "--quarter", "2026-12-30")[0] == 3


def test_eligibility_answers_thirteen_questions_and_says_what_waits(modelx):
    code, out, err = modelx("eligibility", "--plan", "SABLECREEK", "--as-of", "2027-01-05", "--json")
    told = json.loads(out)
    rows = {row["check"]: row for row in told["rows"]}
    assert (code, len(rows), told["option"], told["is_default"], told["may_stand"]) == (0, 13, "NMTD35", True, False)
    assert (rows["Q10"]["outcome"], rows["Q10"]["reason"]) == ("FAIL", "first notice due by 2026-11-02, sent never")
    assert rows["Q5"]["citation"] == "Field Assistance Bulletin 2008-03, Q1"
    assert len(rows["Q3"]["to_sign"]) == 12
    assert "failed: Q10, Q13; to be signed: Q3" in err
    _, out, err = modelx("eligibility", "--plan", "HALVORSEN", "--as-of", "2027-01-05", "--csv")
    assert "every check passed or was signed" in err
    assert "R. Halvorsen" in out
    _, out, _ = modelx("eligibility", "--plan", "HALVORSEN", "--as-of", "2027-01-05")
    assert "glide path" in out
    assert modelx("eligibility", "--plan", "BRTPRAIRIE", "--as-of", "2027-01-05")[0] == 4
    assert modelx("eligibility", "--plan", "HALVORSEN", "--model", "NMTD55", "--as-of", "2027-01-05")[0] == 4


def test_the_default_notice_reaches_the_site_beside_the_chart_and_is_listed_there(modelx, tmp_path: Path):
    released(modelx, "HALVORSEN")
    by = ("--by", "Ana", "--date", "2027-01-05", "--paper", "default", "--json")
    code, out, _ = modelx("draft", "--plan", "HALVORSEN", *by)
    digest = json.loads(out)["hash"]["HALVORSEN"]
    assert code == 0
    assert modelx("review", "--plan", "HALVORSEN", "--hash", digest[:12], "--by", "Bea")[0] == 0
    assert modelx("publish", "--plan", "HALVORSEN", "--hash", digest, "--by", "Carl")[0] == 0
    site = tmp_path / "site"
    modelx("site", str(site))
    names = {"index.html", "notice.pdf", "notice.xlsx", "notice.csv", "notice.json", "editions.html"}
    for place in ("default-option", "default-option.1"):
        assert {path.name for path in (site / "halvorsen" / place).iterdir()} == names
    listed = (site / "index.html").read_text()
    assert '<a href="halvorsen/default-option/index.html">' in listed
    code, out, err = modelx("draft", "--all", *by)
    assert (code, set(json.loads(out)["hash"])) == (7, {
        "HALVORSEN", "TAMSINOAKE", "CORVANE", "WEXCOMBE", "KESTRELBAY", "SABLECREEK"
    })  # fmt: skip
    assert "QDIA-5" in err
    assert modelx("draft", "--plan", "HALVORSEN", "--by", "Ana", "--paper", "weekly")[0] == 2

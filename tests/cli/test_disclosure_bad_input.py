"""What a notice may not go out with, through the command line: each refused with its code and remedy, never a trace."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from modelx.cli.app import run
from tests.services.disclosure_books import demo_quarter

PLAN, DATED = "SABLECREEK", ("--date", "2027-01-05")
MODELS = "model,name,manager,series,vintage,style,benchmark,objective,strategy,risks,inception\n"
NMTD35 = "NMTD35,Northmere Target 2035,Northmere Capital Trust,Northmere Target,2035,Target date,"
WORDS = "Growth.,Index funds.,Prices fall.,2026-10-08\n"
PROFILES = "plan,model,name,heading,category,issuer,web_address,shareholder_fees,restrictions,affiliates,closed"
OWN = "https://disclosures.example.com/sablecreek/nmtd35-a/"
HISTORY = "date,plan,model,unit_value\n"
WORDING = "statement,wording,sha256,approved_by,approved_on\n"


def history_with_a_hole() -> str:
    """Unit values of every weekday from June to the platform's first night, two weeks of August left out."""
    days = (date(2026, 6, 1) + timedelta(days=at) for at in range(180))
    kept = [on for on in days if on.weekday() < 5 and on < date(2026, 12, 2) and not date(2026, 8, 3) <= on
            <= date(2026, 8, 14)]  # fmt: skip
    return HISTORY + "".join(f"{on},SABLECREEK,NMTD35,10.000000\n" for on in kept)


def profile(address: str = "", benchmark: str = "", fees: str = "None", limits: str = "None") -> str:
    row = f"SABLECREEK,NMTD35,,,,Ironvale Trust Company,{address},{fees},{limits},,N"
    return f"{PROFILES},benchmark\n{row},{benchmark}\n"


BAD: dict[str, tuple[dict[str, str], str, str, str]] = {  # what: files, code, words of the figure, remedy
    "no benchmark": (
        {"models": MODELS + NMTD35 + "," + WORDS}, "DIA-010", "none is named",
        "Name a broad total-return index; a blend goes beside it.",
    ),
    "a blend as the only benchmark": (
        {"dia_profiles": profile(benchmark="WIC-6040")}, "DIA-010",
        "Westering 60/40 Blend is a blend, and the rule of 2027-01-05 does not take it",
        "Name a broad total-return index; a blend goes beside it.",
    ),
    "a gap in the unit values": (
        {"unit_value_history": history_with_a_hole()}, "DIA-003",
        "no value from 2026-07-31 to 2026-08-17, 11 business days", "Strike or restate the nights named.",
    ),
    "wording nobody approved": (
        {"disclosure_wording": WORDING + "R1,Past performance is a promise.,,,\n"}, "DIA-040", "R1: this wording",
        "Use the approved wording, or have it approved.",
    ),
    "a home page as the option's address": (
        {"dia_profiles": profile("https://disclosures.example.com/")}, "DIA-041", "a home page, not the option's own",
        "Give the option its own https page, items A-F.",
    ),
    "another option's address": (
        {"dia_profiles": profile("https://disclosures.example.com/halvorsen/nmtd35-a/")}, "DIA-041",
        f"https://disclosures.example.com/halvorsen/nmtd35-a/ is not the option's own, {OWN}",
        "Give the option its own https page, items A-F.",
    ),
    "an address that is not https": (
        {"dia_profiles": profile("http://disclosures.example.com/sablecreek/nmtd35-a/")}, "DIA-041", "is not https",
        "Give the option its own https page, items A-F.",
    ),
    "fees and restrictions left blank": (
        {"dia_profiles": profile(fees="", limits="")}, "DIA-030", "shareholder-type fees are empty",
        'List them, or state explicitly "None".',
    ),
    "nobody to ask": (
        {"plan_notices": "plan,contact,address,phone,default_option,plan_year_start\nSABLECREEK,,,,,01-01\n"},
        "DIA-043", "the contact's name, the contact's address, the contact's phone missing",
        "Give name, address, phone and the document's date.",
    ),
}  # fmt: skip

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def modelx(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run any command on the demonstration's played quarter; returns (exit code, stdout, stderr)."""
    engine = demo_quarter(tmp_path)
    url = str(engine.url)
    engine.dispose()

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run([*arguments, "--database", url])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return command


def loaded(modelx: Command, folder: Path, files: dict[str, str]) -> None:
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    assert modelx("book", "load", str(folder))[0] == 0


def draft(modelx: Command, *more: str) -> tuple[int, str, str]:
    """(exit code, stderr, hash) of a draft of the plan by Ana."""
    code, _, err = modelx("disclosure", "draft", "--plan", PLAN, "--by", "Ana", *DATED, *more)
    return code, err, err.split(f"{PLAN}: ")[-1].split()[0]


def review(modelx: Command, digest: str, by: str) -> tuple[int, str, str]:
    return modelx("disclosure", "review", "--plan", PLAN, "--hash", digest, "--by", by)


def publish(modelx: Command, digest: str, by: str) -> tuple[int, str, str]:
    return modelx("disclosure", "publish", "--plan", PLAN, "--hash", digest, "--by", by)


@pytest.mark.parametrize("what", BAD)
def test_a_draft_names_what_is_wrong_and_cannot_be_published(modelx: Command, tmp_path: Path, what: str) -> None:
    files, wanted, figure, remedy = BAD[what]
    loaded(modelx, tmp_path / "bad", files)
    code, err, digest = draft(modelx)
    assert code == 7
    said = [line for line in err.splitlines() if line.startswith(f"BLOCK {wanted} ")]
    assert any(figure in line and line.endswith(remedy) for line in said), err
    assert wanted in err.splitlines()[-1 if "refused" in err.splitlines()[-1] else -2]
    assert review(modelx, digest, "Bea")[0] == 0
    code, _, err = publish(modelx, digest, "Carl")
    assert code == 7
    assert err.startswith(f"modelx: {PLAN.lower()} 1 has open errors: ")
    assert (wanted in err, remedy in err) == (True, True)
    assert {row.split(",")[3] for row in modelx("disclosure", "list", "--csv")[1].splitlines()[1:]} == {"in review"}


def test_an_as_of_date_that_is_no_year_end_is_dia_002(modelx: Command) -> None:
    code, err, _ = draft(modelx, "--as-of", "2026-09-30")
    assert code == 7
    assert (
        "BLOCK DIA-002 SABLECREEK: as-of date is not the last completed year end: as of 2026-09-30, document dated "
        "2027-01-05 needs 2026-12-31. Use 31 December before the document date." in err
    )


def test_nobody_reviews_or_publishes_their_own_draft_under_any_spelling(modelx: Command) -> None:
    _, _, digest = draft(modelx)
    for name in ("Ana", " ana ", "ANA"):
        code, _, err = review(modelx, digest, name)
        assert (code, "Somebody else reviews it." in err) == (5, True)
    assert publish(modelx, digest, "Carl")[::2] == (
        7, "modelx: sablecreek 1 has not been reviewed. A second person reviews it first.\n",
    )  # fmt: skip
    assert review(modelx, digest, "Bea")[0] == 0
    for name in ("Ana", "Bea", "bea"):
        code, _, err = publish(modelx, digest, name)
        assert (code, "was drafted by Ana and reviewed by Bea" in err) == (5, True)
    assert publish(modelx, digest, "Carl")[0] == 0
    code, _, err = publish(modelx, digest, "Carl")
    assert (code, "no draft that waits" in err) == (4, True)


def test_a_hash_that_is_not_the_drafts_and_a_person_without_a_name_are_refused(modelx: Command) -> None:
    _, _, digest = draft(modelx)
    code, _, err = review(modelx, "0" * 64, "Bea")
    assert (code, "Read them again" in err) == (6, True)
    assert review(modelx, digest[:8], "Bea")[0] == 6
    code, _, err = review(modelx, digest, "  ")
    assert (code, "say who you are" in err) == (3, True)


def test_a_figure_that_moved_since_the_draft_stops_its_publication(modelx: Command, tmp_path: Path) -> None:
    _, _, digest = draft(modelx)
    review(modelx, digest, "Bea")
    loaded(modelx, tmp_path / "later", {"prices": "date,ticker,price\n2026-12-31,HZQTX,121.00\n"})
    code, _, err = publish(modelx, digest, "Carl")
    assert (code, "the draft changed after its review. Review it again." in err) == (6, True)


def test_a_base_that_is_not_https_or_a_brace_in_a_wording_is_invalid_input(modelx: Command, tmp_path: Path) -> None:
    for base in ("http://disclosures.example.com/", "https://disclosures.example.com"):
        code, _, err = modelx("disclosure", "draft", "--plan", PLAN, "--by", "Ana", *DATED, "--base", base)
        assert (code, "must be https and end with a slash" in err) == (3, True)
    for at, wording in enumerate(("{plan_name.__class__}", "Losses { are possible.", "{nobody}", "{}")):
        loaded(modelx, tmp_path / f"wording{at}", {"disclosure_wording": f"{WORDING}R1,{wording},,,\n"})
        code, _, err = modelx("disclosure", "draft", "--plan", PLAN, "--by", "Ana", *DATED)
        assert (code, "statement R1" in err) == (3, True)


def test_an_unknown_plan_and_a_date_that_is_none_are_named(modelx: Command) -> None:
    code, _, err = modelx("disclosure", "draft", "--plan", "NOBODY", "--by", "Ana")
    assert (code, "no plan NOBODY in the book" in err) == (4, True)
    code, _, err = modelx("disclosure", "draft", "--plan", PLAN, "--by", "Ana", "--date", "2027-02-30")
    assert (code, "is not a date" in err) == (3, True)
    for noun in (
        ("due",),
        ("pay", "--from", "2026-10-01", "--to", "2026-12-31"),
        ("statements", "--quarter", "2026-12-31"),
    ):
        code, _, err = modelx("disclosure", noun[0], "--plan", "NOBODY", *noun[1:])
        assert (code, "NOBODY" in err) == (4, True)

"""The calendar of duties: month grids for people, days for scripts."""

import json
from datetime import date

from modelx.bootstrap import load_book
from modelx.cli.disclosure_calendar import day_events, event_rows, month_grids
from modelx.disclosure.duties import Duty, State
from modelx.store.engine import open_engine
from tests.cli.test_disclosure import modelx  # noqa: F401  (the fixture)

ON = date(2027, 1, 5)


def duty(paper: str, opens: date | None, due: date | None, state: State) -> Duty:
    return Duty("ACME", paper, "about", "everybody", opens, due, state, "why")


DUTIES = (
    duty("annual notice", date(2026, 11, 20), date(2027, 1, 20), State.OPEN),
    duty("quarterly statement", date(2026, 9, 16), date(2026, 12, 15), State.LATE),
    duty("web refresh", date(2026, 10, 1), date(2027, 1, 4), State.LATE),
    duty("change notice", date(2027, 1, 11), date(2027, 3, 12), State.AHEAD),
    duty("default option notice", date(2026, 10, 1), date(2027, 1, 8), State.DONE),
    duty("no participant notice", None, None, State.NOT_NEEDED),
)


def test_a_month_is_a_grid_of_days_with_what_is_due_and_what_opens() -> None:
    grid = month_grids(day_events(DUTIES, ON), ON, 1)
    assert grid.splitlines() == [
        "Late from earlier months: quarter 1",
        "",
        "January 2027",
        "        Mon        Tue        Wed        Thu        Fri        Sat        Sun",
        "                                                      1          2          3",
        "          4        [5]          6          7          8          9         10",
        "     !web 1",
        "         11         12         13         14         15         16         17",
        "  +change 1",
        "         18         19         20         21         22         23         24",
        "                         annual 1",
        "         25         26         27         28         29         30         31",
        "",
        "[ ] today; 'annual 2': two annual notices are due by that day; +change: may be sent from that day; !: late",
    ]


def test_three_months_reach_the_last_due_date_and_fit_a_terminal() -> None:
    grid = month_grids(day_events(DUTIES, ON), ON, 3)
    assert [line for line in grid.splitlines() if line.endswith("2027")] == [
        "January 2027",
        "February 2027",
        "March 2027",
    ]
    assert "change 1" in grid.split("March 2027")[1]
    assert max(len(line) for line in grid.splitlines()[:-1]) <= 80


def test_the_days_are_rows_for_scripts() -> None:
    rows = event_rows(day_events(DUTIES, ON))
    assert rows[0] == ["2026-12-15", "due", "ACME", "quarterly statement", "about", "late"]
    assert [row[:2] for row in rows[1:]] == [
        ["2027-01-04", "due"],
        ["2027-01-11", "opens"],
        ["2027-01-20", "due"],
        ["2027-03-12", "due"],
    ]


def test_the_command_shows_months_or_days_with_the_findings(modelx) -> None:  # noqa: F811
    code, out, err = modelx("due", "--plan", "HALVORSEN", "--date", "2027-01-05", "--calendar", "--months", "2")
    assert code == 0
    assert "January 2027" in out
    assert "February 2027" in out
    assert "WARN  DIA-050 HALVORSEN" in err
    code, out, _ = modelx("due", "--plan", "HALVORSEN", "--date", "2027-01-05", "--calendar", "--json")
    found = json.loads(out)
    assert found["what"] == "disclosure-calendar"
    assert {"date": "2027-01-20", "event": "due", "plan": "HALVORSEN", "paper": "annual notice",
            "about": "comparative chart", "state": "due"} in found["rows"]  # fmt: skip
    assert "DIA-050" in {one["code"] for one in found["findings"]}
    assert modelx("due", "--calendar", "--months", "0")[0] == 3


def test_the_way_out_of_capital_preservation_has_its_day_too(modelx, tmp_path):  # noqa: F811
    folder = tmp_path / "stable"
    folder.mkdir()
    (folder / "plan_notices.csv").write_text(
        "plan,contact,address,phone,default_option,plan_year_start\nHALVORSEN,Office,Road,937,HALVORSEN/STABLE,01-01\n"
    )
    columns = "kind,managed_by,employer_securities,employer_exception,transfer_months,others_transfer_months"
    more = "exit_fees,barriers_later,first_investment,withdrawal_permitted,materials_passed,chance_to_direct"
    last = "broad_range,automatic_enrollment,applies_when,how_to_leave,options_address"
    row = "CAPITAL_PRESERVATION,,,,,,,,2026-10-08,Y,,,,,,,"
    (folder / "default_options.csv").write_text(f"plan,option,{columns},{more},{last}\nHALVORSEN,STABLE,{row}\n")
    load_book(open_engine(f"sqlite:///{tmp_path / 'notices.db'}"), folder)
    due = ("due", "--plan", "HALVORSEN", "--calendar", "--date", "2027-01-05")
    _, out, _ = modelx(*due, "--json")
    days = [(row["date"], row["about"]) for row in json.loads(out)["rows"] if row["paper"].startswith("move out")]
    assert days == [("2027-02-05", "HALVORSEN/STABLE")]  # 120 days from 8 October
    assert "move 1" in modelx(*due)[1]

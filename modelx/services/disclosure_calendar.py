"""What every plan owes its participants on a day: the book's sent papers and changes, judged by the timing rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from modelx.disclosure.default_duties import check_default_duties, default_duties
from modelx.disclosure.duties import Duty, PlanCalendar, check_duties, duties
from modelx.disclosure.lifecycle import Step
from modelx.disclosure.periods import add_months
from modelx.disclosure.requirements import Rulebook
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.domain.book_codes import OPEN_START, NoticePaper
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import NotFound
from modelx.domain.finding import Finding
from modelx.services.disclosure_book import rows_of
from modelx.services.disclosure_changes import ChangeBook, changes_of
from modelx.services.disclosure_default import default_calendars
from modelx.services.disclosure_editions import restated_editions
from modelx.store import disclosure_records, load_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading

KNOWN_MONTHS = 12  # a change that took effect before is history
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Due:
    """What is owed, by plan and due date, and the findings: late papers, and published figures that have changed."""

    duties: tuple[Duty, ...]
    findings: tuple[Finding, ...]


def due_on(engine: Engine, on: date, plan: str | None = None, rules: Rulebook = HOUSE_RULES) -> Due:
    """Every duty of a plan (None = all) as of a day, and DIA-042, DIA-050 to DIA-053, QDIA-1 and QDIA-10 where raised.

    Raises :class:`NotFound` for an unknown plan.
    """
    with reading(engine) as connection:
        owed: list[Duty] = []
        found: list[Finding] = []
        for calendar in calendars(connection, on, plan):
            owed += duties(calendar, on, rules)
            found += check_duties(calendar, on, rules)
        for default in default_calendars(connection, on, plan, rules):
            owed += default_duties(default, on, rules)
            found += check_default_duties(default, on, rules)
        found += restated_editions(connection, plan)
    owed.sort(key=lambda duty: (duty.plan, duty.due or date.max, duty.paper, duty.about))
    return Due(tuple(owed), tuple(found))


def calendars(connection: Connection, on: date, plan: str | None = None) -> list[PlanCalendar]:
    """What each plan has sent and what is changing, as the book and the published pages say."""
    horizon = load_records.latest_load(connection)
    plans = sorted(row["plan"] for row in rows_of(connection, "plans.csv", horizon))
    if plan is not None and plan not in plans:
        raise NotFound(f"there is no plan {plan}")
    sent = rows_of(connection, "notices_sent.csv", horizon)
    offered = _offered(connection, horizon, on)
    begins = _begins(connection, horizon)
    pages, book = _pages(connection), ChangeBook.read(connection, horizon)
    found = []
    for one in plans if plan is None else [plan]:
        options = offered.get(one, {})
        shown = {option: pages[one, option] for option in options if (one, option) in pages}
        begun = {option: first for option, (first, is_model, _) in options.items() if is_model}
        found.append(
            PlanCalendar(
                plan=one,
                annual_sent=_last(sent, one, NoticePaper.ANNUAL, on),
                quarterly_sent=_last(sent, one, NoticePaper.QUARTERLY, on),
                web_as_of=tuple(sorted(shown.values())),
                changes=changes_of(book, one, begun, add_months(on, -KNOWN_MONTHS)),
                begins=begins.get(one),
                annual_before=_last(sent, one, NoticePaper.ANNUAL, on, 2),
                quarterly_before=_last(sent, one, NoticePaper.QUARTERLY, on, 2),
                pages_missing=tuple(_missing(one, options, shown, on)),
            )
        )
    return found


def _last(sent: Rows, plan: str, paper: NoticePaper, on: date, place: int = 1) -> date | None:
    """The day on which a paper was last sent up to ``on``; ``place`` 2 the time before that."""
    days = {
        row["sent"]
        for row in sent
        if row["plan"] == plan and row["paper"] == paper and row["sent"] <= day_of(on)
    }  # fmt: skip
    return date_of(sorted(days)[-place]) if len(days) >= place else None


def _offered(connection: Connection, horizon: int, on: date) -> dict[str, dict[str, tuple[int, bool, bool]]]:
    """By plan and option: its first day, whether it is a model, and whether its page is on our own site."""
    today = day_of(on)
    elsewhere = {
        (row["plan"], row["model"]) for row in rows_of(connection, "dia_profiles.csv", horizon) if row["web_address"]
    }
    found: dict[str, dict[str, tuple[int, bool, bool]]] = {}
    for row in rows_of(connection, "sleeves.csv", horizon):
        if row["start_date"] <= today <= row["end_date"]:
            ours = (row["plan"], row["model"]) not in elsewhere
            found.setdefault(row["plan"], {})[row["model"]] = row["start_date"], True, ours
    for row in rows_of(connection, "line_up.csv", horizon):
        if row["start"] <= today <= row["end"]:
            found.setdefault(row["plan"], {})[row["option"]] = row["start"], False, not row["web_address"]
    return found


def _begins(connection: Connection, horizon: int) -> dict[str, date]:
    """The first day on which anybody of a plan can direct investments, past or to come, where the book knows it."""
    first: dict[str, int] = {}
    for file, column in (("sleeves.csv", "start_date"), ("line_up.csv", "start")):
        for row in rows_of(connection, file, horizon):
            if row[column] != OPEN_START:
                first[row["plan"]] = min(row[column], first.get(row["plan"], row[column]))
    return {plan: date_of(day) for plan, day in first.items()}


def _missing(
    plan: str, options: Mapping[str, tuple[int, bool, bool]], shown: Iterable[str], on: date
) -> list[tuple[str, date]]:
    """The options without a published page on our own site, and the day from which it was owed."""
    return [
        (f"{plan}/{option}", on if first == OPEN_START else date_of(first))
        for option, (first, _, ours) in sorted(options.items())
        if ours and option not in set(shown)
    ]


def _pages(connection: Connection) -> dict[tuple[str, str], tuple[str, date]]:
    """By plan and option, the page published last: the option or class it is about, and the quarter end it shows."""
    documents = {one.id: one for one in disclosure_records.documents(connection)}
    latest: dict[tuple[str, str], tuple[str, date]] = {}
    for event in disclosure_records.events(connection):
        document = documents[event.document_id]
        if event.step == Step.PUBLISHED.value and document.kind == "page":
            option = document.subject.split("/")[1]
            latest[document.plan, option] = document.subject, date_of(document.quarter_end)
    return latest

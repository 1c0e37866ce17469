"""What every plan owes its participants on a day: the book's sent papers and changes, judged by the timing rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from modelx.disclosure.duties import Change, ChangeKind, Duty, PlanCalendar, duties
from modelx.disclosure.lifecycle import Step
from modelx.disclosure.periods import add_months
from modelx.disclosure.requirements import Rulebook
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.domain.book_codes import LineUpChangeKind, NoticePaper
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import NotFound
from modelx.services.disclosure_book import optional_day, rows_of
from modelx.store import disclosure_records, load_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading


def due_on(engine: Engine, on: date, plan: str | None = None, rules: Rulebook = HOUSE_RULES) -> list[Duty]:
    """Every duty of a plan (None = all) as of a day, by plan and due date. Raises :class:`NotFound` for no plan."""
    with reading(engine) as connection:
        return [duty for calendar in calendars(connection, on, plan) for duty in duties(calendar, on, rules)]


def calendars(connection: Connection, on: date, plan: str | None = None) -> list[PlanCalendar]:
    """What each plan has sent and what is changing, as the book and the published pages say."""
    horizon = load_records.latest_load(connection)
    plans = sorted(row["plan"] for row in rows_of(connection, "plans.csv", horizon))
    if plan is not None and plan not in plans:
        raise NotFound(f"there is no plan {plan}")
    sent, notices = rows_of(connection, "notices_sent.csv", horizon), rows_of(connection, "plan_notices.csv", horizon)
    changes = rows_of(connection, "line_up_changes.csv", horizon)
    targets = rows_of(connection, "targets.csv", horizon)
    sleeves = rows_of(connection, "sleeves.csv", horizon)
    shown = _web_as_of(connection)
    contacts = {row["plan"]: row for row in notices}
    found = []
    for one in plans if plan is None else [plan]:
        contact = contacts.get(one, {})
        models = {row["model"]: row["start_date"] for row in sleeves if row["plan"] == one}
        found.append(
            PlanCalendar(
                plan=one,
                annual_sent=_last(sent, one, NoticePaper.ANNUAL, on),
                quarterly_sent=_last(sent, one, NoticePaper.QUARTERLY, on),
                web_as_of=tuple(shown.get(one, ())),
                changes=(*_changes(changes, one), *_target_changes(targets, one, models, on)),
                default_option=contact.get("default_option", ""),
                plan_year_start=_next_year(contact["plan_year_start"], on) if contact else None,
                default_notice_sent=_last(sent, one, NoticePaper.DEFAULT, on),
            )
        )
    return found


def _last(sent: list[dict[str, Any]], plan: str, paper: NoticePaper, on: date) -> date | None:
    days = [
        row["sent"]
        for row in sent
        if row["plan"] == plan and row["paper"] == paper and row["sent"] <= day_of(on)
    ]  # fmt: skip
    return date_of(max(days)) if days else None


def _changes(rows: list[dict[str, Any]], plan: str) -> tuple[Change, ...]:
    return tuple(
        Change(
            ChangeKind[LineUpChangeKind(row["kind"]).name],
            row["option"],
            date_of(row["effective"]),
            optional_day(row["sent"]),
            row["unforeseeable"],
        )
        for row in rows
        if row["plan"] == plan
    )


def _target_changes(rows: list[dict[str, Any]], plan: str, models: dict[str, int], on: date) -> tuple[Change, ...]:
    """Versions of a model's targets within the last year, while the plan offered it: no notice is owed for them."""
    since = day_of(add_months(on, -12))
    found = {
        (row["model"], row["effective_date"])
        for row in rows
        if row["model"] in models and row["effective_date"] > max(models[row["model"]], since)
    }
    return tuple(Change(ChangeKind.MODEL_TARGETS, f"{plan}/{model}", date_of(day)) for model, day in sorted(found))


def _web_as_of(connection: Connection) -> dict[str, list[tuple[str, date]]]:
    """The quarter end that each option's last published page shows."""
    documents = {one.id: one for one in disclosure_records.documents(connection)}
    latest: dict[tuple[str, str], date] = {}
    for event in disclosure_records.events(connection):
        document = documents[event.document_id]
        if event.step == Step.PUBLISHED.value and document.kind == "page":
            latest[document.plan, document.subject] = date_of(document.quarter_end)
    found: dict[str, list[tuple[str, date]]] = {}
    for (plan, option), shown in sorted(latest.items()):
        found.setdefault(plan, []).append((option, shown))
    return found


def _next_year(month_day: int, on: date) -> date:
    starts = date(on.year, month_day // 100, min(month_day % 100, 28))
    return starts if starts >= on else date(on.year + 1, starts.month, starts.day)

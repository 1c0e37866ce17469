"""Lists for people and record keepers: duties, quarterly statements, and who was paid from what, as CSV and JSON."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from modelx.disclosure.compensation import OptionPay, ProviderPay, needs_the_short_form_only
from modelx.disclosure.duties import Duty
from modelx.disclosure.figures import dollars, percent
from modelx.disclosure.quarterly import QuarterlyStatement
from modelx.files.disclosure_data import no_formula

DUTY_COLUMNS = ("plan", "paper", "about", "to", "opens", "due", "state", "why")
STATEMENT_COLUMNS = ("participant", "first", "last", "kind", "service", "payee", "dollars")
PROVIDER_COLUMNS = (
    "payee", "services", "direct", "eligible_indirect", "other_indirect", "total", "revenue_share", "short_form",
)  # fmt: skip
PAY_LINE_COLUMNS = ("payee", "paid_from", "option", "service", "dollars", "revenue_share")
OPTION_PAY_COLUMNS = ("option", "payee", "service", "paid_from", "percent")


def duties_rows(duties: Iterable[Duty]) -> list[dict[str, str]]:
    """The duties as plain text by column; a date that does not exist is empty."""
    return [
        {
            "plan": duty.plan,
            "paper": duty.paper,
            "about": duty.about,
            "to": duty.to,
            "opens": duty.opens.isoformat() if duty.opens else "",
            "due": duty.due.isoformat() if duty.due else "",
            "state": duty.state.value,
            "why": duty.why,
        }
        for duty in duties
    ]


def duties_json(duties: Iterable[Duty]) -> bytes:
    """The duties as JSON, in their order."""
    content: dict[str, Any] = {"schema": "modelx.duties/1", "duties": duties_rows(duties)}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def duties_csv(duties: Iterable[Duty]) -> bytes:
    """The duties as CSV, in their order."""
    return _csv(DUTY_COLUMNS, ([no_formula(row[name]) for name in DUTY_COLUMNS] for row in duties_rows(duties)))


def statements_csv(statements: Iterable[QuarterlyStatement]) -> bytes:
    """One row for each service charged to each participant: ``kind`` is general or individual, dollars plain."""
    rows: list[list[str]] = []
    for one in statements:
        for kind, lines in (("general", one.general), ("individual", one.individual)):
            rows += [
                [
                    no_formula(one.participant),
                    one.first.isoformat(),
                    one.last.isoformat(),
                    kind,
                    no_formula(line.service),
                    no_formula(line.payee),
                    dollars(line.cents).number,
                ]
                for line in lines
            ]
    return _csv(STATEMENT_COLUMNS, rows)


def providers_csv(rows: Iterable[ProviderPay]) -> bytes:
    """Who was paid, in dollars: the figures of Schedule C and of the 408(b)(2) totals."""
    return _csv(
        PROVIDER_COLUMNS,
        (
            [
                no_formula(row.payee),
                no_formula("; ".join(row.services)),
                dollars(row.direct_cents).number,
                dollars(row.eligible_indirect_cents).number,
                dollars(row.other_indirect_cents).number,
                dollars(row.total_cents).number,
                dollars(row.revenue_share_cents).number,
                "yes" if needs_the_short_form_only(row) else "no",
            ]
            for row in rows
        ),
    )


def option_pay_csv(rows: Iterable[OptionPay]) -> bytes:
    """Each fee of each option as a percent of its average net assets: the rates of the 408(b)(2) notice."""
    return _csv(
        OPTION_PAY_COLUMNS,
        (
            [
                no_formula(row.option),
                no_formula(row.payee),
                no_formula(row.service),
                row.paid_from.value,
                percent(row.percent_bps).number,
            ]
            for row in rows
        ),
    )


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()

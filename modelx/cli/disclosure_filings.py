"""`modelx disclosure pay` and `statements`: the lists behind 408(b)(2), Schedule C and the quarterly statement."""

from typing import Annotated

from cyclopts import Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows
from modelx.cli.selection import OnePlan, parse_day
from modelx.domain.errors import InvalidInput

BLOCKED = 7


def pay(
    *,
    plan: OnePlan,
    first: Annotated[str, Parameter(name="--from", help="First date, YYYY-MM-DD.")],
    last: Annotated[str, Parameter(name="--to", help="Last date, YYYY-MM-DD.")],
    by_option: Annotated[
        bool, Parameter(name="--by-option", help="Percent of each option's assets (408(b)(2)).", negative=())
    ] = False,
    detail: Annotated[
        bool, Parameter(name="--detail", help="Line by line: payee, paid from, option, service.", negative=())
    ] = False,
    schedule_c: Annotated[
        bool, Parameter(name="--schedule-c", help="Only who got $5,000 or more.", negative=())
    ] = False,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List who was paid out of a plan, direct and indirect, revenue share shown: for 408(b)(2) and Schedule C."""
    from modelx.bootstrap import open_book
    from modelx.disclosure.compensation import needs_the_short_form_only
    from modelx.disclosure.compensation import schedule_c as listed_on_schedule_c
    from modelx.disclosure.figures import dollars, percent
    from modelx.disclosure.rulebook import HOUSE_RULES
    from modelx.domain.days import date_of
    from modelx.files.disclosure_papers import OPTION_PAY_COLUMNS, PAY_LINE_COLUMNS, PROVIDER_COLUMNS
    from modelx.services.disclosure_pay import plan_pay

    through = date_of(parse_day(last))
    paid = plan_pay(open_book(database), plan, date_of(parse_day(first)), through)
    if detail:
        lines = [
            [one.payee, one.paid_from.value, one.option, one.service, dollars(one.cents).number,
             "yes" if one.revenue_share else "no"]
            for one in paid.lines
        ]  # fmt: skip
        show_rows(output, "disclosure-pay-lines", PAY_LINE_COLUMNS, lines, numeric=frozenset({"dollars"}))
        return
    if by_option:
        rows = [
            [one.option, one.payee, one.service, one.paid_from.value, percent(one.percent_bps).number]
            for one in paid.options
        ]
        show_rows(output, "disclosure-option-pay", OPTION_PAY_COLUMNS, rows, numeric=frozenset({"percent"}))
        return
    kept = listed_on_schedule_c(paid.providers, HOUSE_RULES, through) if schedule_c else paid.providers
    rows = [
        [
            one.payee,
            "; ".join(one.services),
            *(
                dollars(cents).number
                for cents in (
                    one.direct_cents,
                    one.eligible_indirect_cents,
                    one.other_indirect_cents,
                    one.total_cents,
                    one.revenue_share_cents,
                )
            ),
            "yes" if needs_the_short_form_only(one) else "no",
        ]
        for one in kept
    ]
    show_rows(output, "disclosure-pay", PROVIDER_COLUMNS, rows, numeric=frozenset(PROVIDER_COLUMNS[2:7]))


def statements(
    *,
    plan: OnePlan,
    quarter: Annotated[str, Parameter(name="--quarter", help="Last day of the quarter, YYYY-MM-DD.")],
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> int:
    """List the dollars actually charged to each participant's account in a quarter, by service.

    Exit code 7 when they are not what the ledger billed to the plan's accounts (DIA-052).
    """
    from datetime import timedelta

    from modelx.bootstrap import open_book
    from modelx.disclosure.figures import dollars
    from modelx.disclosure.periods import add_months
    from modelx.domain.days import date_of
    from modelx.files.disclosure_papers import STATEMENT_COLUMNS
    from modelx.services.disclosure_pay import statements as drawn

    end = date_of(parse_day(quarter))
    after = end + timedelta(days=1)
    if after.day != 1 or after.month not in (1, 4, 7, 10):
        raise InvalidInput(f"{quarter} is not the last day of a quarter: write 2026-12-31, say")
    found = drawn(open_book(database), plan, add_months(after, -3), end)
    rows = [
        [
            one.participant, one.first.isoformat(), one.last.isoformat(), kind, line.service, line.payee,
            dollars(line.cents).number,
        ]
        for one in found.by_participant
        for kind, lines in (("general", one.general), ("individual", one.individual))
        for line in lines
    ]  # fmt: skip
    said = {one.participant: one.paid_from_operating_expenses for one in found.by_participant}
    raised = [{"code": item.code, "level": item.level.value, "message": item.message} for item in found.findings]
    extra = {"paid_from_operating_expenses": said, "findings": raised}
    show_rows(output, "disclosure-statements", STATEMENT_COLUMNS, rows, numeric=frozenset({"dollars"}), extra=extra)
    for item in raised:
        say(f"{item['level']:5} {item['code']} {item['message']}")
    return BLOCKED if raised else 0

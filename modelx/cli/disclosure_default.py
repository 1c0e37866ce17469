"""`modelx disclosure eligibility`: may this option be the plan's default? Thirteen answers, each with its reason."""

from typing import Annotated

from cyclopts import Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows
from modelx.cli.selection import OnePlan, parse_day

COLUMNS = ("check", "subject", "outcome", "reason", "signed_by", "to_sign", "basis", "citation")


def eligibility(
    *,
    plan: OnePlan,
    as_of: Annotated[str, Parameter(name="--as-of", help="The day that asks, YYYY-MM-DD.")],
    model: Annotated[
        str | None, Parameter(name="--model", help="A model or line-up option (default: the plan's default).")
    ] = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Say PASS, FAIL or HUMAN to each of the thirteen checks of a plan's default option, with the reason.

    HUMAN is for a person to say: default_signatures.csv takes the signature, by the hash shown under to_sign. What
    default_options.csv does not state is HUMAN too. A FAIL is never outweighed by an evaluation's score.
    """
    from modelx.bootstrap import open_book
    from modelx.disclosure.codes import CHECKS_OF_A_DEFAULT
    from modelx.domain.days import date_of
    from modelx.services.disclosure_default import SHORTEST_HASH, eligibility_of_plan

    standing = eligibility_of_plan(open_book(database), plan, date_of(parse_day(as_of)), model)
    rows = [
        [
            f"Q{one.check.number}",
            CHECKS_OF_A_DEFAULT[one.check.number - 1],
            one.check.outcome.value,
            one.check.reason,
            one.signed_by,
            one.sha256[:SHORTEST_HASH] if one.check.number in standing.open else "",
            one.check.basis,
            one.check.citation,
        ]
        for one in standing.answers
    ]
    extra = {
        "plan": plan,
        "option": standing.option,
        "is_default": standing.is_default,
        "may_stand": not standing.failed and not standing.open,
        "equity_by_age": [list(pair) for pair in standing.facts.equity_by_age],
    }
    show_rows(output, "disclosure-eligibility", COLUMNS, rows, title=standing.facts.option, extra=extra)
    failed, open_ = (", ".join(f"Q{number}" for number in numbers) for numbers in (standing.failed, standing.open))
    named = "the plan's default" if standing.is_default else "not the plan's default"
    verdict = "; ".join(part for part in (failed and f"failed: {failed}", open_ and f"to be signed: {open_}") if part)
    say(f"{standing.facts.option}, {named}: {verdict or 'every check passed or was signed'}")

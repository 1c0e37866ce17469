"""The report's last pages: eligibility, every assumption and datum, the rows that were not used, the inputs."""

from collections.abc import Sequence

from modelx.services.qdia_eligibility import Eligibility
from modelx.services.qdia_evaluate import Outcome
from modelx.services.qdia_extras import Extras
from modelx.services.qdia_report_assumptions import assumption_section
from modelx.services.qdia_report_eligibility import eligibility_section
from modelx.services.qdia_view import Paragraph, Row, Section, Table, count, words

ADVICE = (
    "This report supports a decision and is not advice to any participant. It weighs stated costs and modelled losses; "
    "prudent selection and monitoring of the default stay with the plan's fiduciaries."
)


def basis_sections(
    outcome: Outcome, more: Extras, eligible: Sequence[Eligibility], smallest_cohort: int
) -> tuple[Section, ...]:
    """Eligibility, assumptions and data, participants, method."""
    return (
        eligibility_section(outcome, eligible),
        assumption_section(outcome, more, smallest_cohort),
        _people(outcome),
        _inputs(outcome),
    )


def _people(outcome: Outcome) -> Section:
    summary = outcome.summary
    unread = sum(outcome.rejected.values())
    rows = [
        Row("Rows of this plan in the file", (count(summary.read + unread),)),
        *(Row(f"Not used: {_reason(name)}", (count(number),)) for name, number in sorted(outcome.rejected.items())),
        *(Row(f"Not used: {_reason(name)}", (count(number),)) for name, number in sorted(summary.not_used.items())),
        Row("Evaluated", (count(summary.evaluated),), strong=True),
        *(Row(f"Imputed: {_reason(name)}", (count(number),)) for name, number in sorted(summary.imputed.items())),
    ]
    if outcome.other_plans:
        rows.insert(0, Row("Rows of other plans in the file", (count(outcome.other_plans),)))
    table = Table("people", "Participants read, used and completed", "Rows", ("Count",), tuple(rows))
    text = "Every row that was not used is listed with its line and reason in the result folder."
    return Section("people", "Participants", (Paragraph(text), table))


def _reason(name: str) -> str:
    return name.lower().replace("_", " ") if name.isupper() else name.replace("_", " ")


def _inputs(outcome: Outcome) -> Section:
    rows = [Row(name, (words(digest),)) for name, digest in sorted(outcome.inputs.hashes.items())]
    table = Table("inputs", "Inputs by content", "Input", ("SHA-256",), tuple(rows))
    method = (
        "Each participant's ideal portfolio is taken as right for them. It implies their risk aversion (premium over "
        "variance) and the returns that would make it efficient; holding another portfolio costs half the premium "
        "times the ratio of the tracking variance to the variance of the ideal. The loss is divided between equity "
        "level and detail in the ratio of two estimates made apart. After Idzorek, Blanchett and Bruns, Stop Guessing "
        "2.0 (Morningstar Investment Management, 2020); Sharpe 1974 and 1992; Markowitz."
    )
    return Section("method", "Method and inputs", (Paragraph(method), Paragraph(ADVICE), table))

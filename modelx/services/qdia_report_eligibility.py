"""The report's page on eligibility: beside the score, and never overridden by it."""

from collections.abc import Sequence

from modelx.disclosure.default_option import Check, Outcome
from modelx.services.qdia_eligibility import NOT_GIVEN, QUESTIONS, Eligibility
from modelx.services.qdia_evaluate import Outcome as Evaluation
from modelx.services.qdia_view import Paragraph, Row, Section, Table, Tone, words


def eligibility_section(outcome: Evaluation, eligible: Sequence[Eligibility]) -> Section:
    """The thirteen answers by option, what failed, and the reason of every answer."""
    by_id = {one.id: one.name for one in outcome.inputs.options}
    rows = []
    for number, question in QUESTIONS.items():
        cells = tuple(
            words(one.checks[number - 1].outcome.value, strong=one.checks[number - 1].outcome.value == "FAIL")
            for one in eligible
        )
        rows.append(Row(f"Q{number}. {question}", cells))
    table = Table(
        "eligibility",
        "Checks of eligibility as the plan's default",
        "Check",
        tuple(by_id[one.option] for one in eligible),
        tuple(rows),
        (
            "HUMAN needs a signature. The rules were read where noted and are otherwise to be confirmed by counsel.",
            "Q4 lets equity rise by one point of a percent, which style analysis cannot tell from level.",
        ),
    )
    blocks: list[Paragraph | Table] = [
        Paragraph("Eligibility stands beside the score. A better score never makes up for a failed check."),
        table,
    ]
    for one in eligible:
        for check in one.failed:
            text = f"{by_id[one.option]} fails Q{check.number}: {check.reason}."
            blocks.append(Paragraph(text, Tone.WARNING))
    blocks.append(_reasons(eligible, by_id))
    return Section("eligibility", "May it be the default", tuple(blocks))


def _reasons(eligible: Sequence[Eligibility], by_id: dict[str, str]) -> Table:
    """One row for each answer of each check, with the options that share it; what nobody was told comes last."""
    found: dict[Check, list[str]] = {}
    untold: dict[str, list[str]] = {}
    for place in range(len(QUESTIONS)):
        for one in eligible:
            check = one.checks[place]
            if check.reason == NOT_GIVEN:
                untold.setdefault(by_id[one.option], []).append(f"Q{check.number}")
            else:
                found.setdefault(check, []).append(by_id[one.option])
    rows = []
    for check, names in found.items():
        options = "all" if len(names) == len(eligible) else ", ".join(names)
        rows.append(_reason(f"Q{check.number}", check.outcome, options, check.reason, check.citation))
    for name, asked in untold.items():
        rows.append(_reason("others", Outcome.HUMAN, name, f"{NOT_GIVEN}: {', '.join(asked)}", ""))
    columns = ("Answer", "Options", "Reason", "Read in")
    return Table("reasons", "Why", "Check", columns, tuple(rows))


def _reason(label: str, outcome: Outcome, options: str, reason: str, read: str) -> Row:
    answer = words(outcome.value, strong=outcome is Outcome.FAIL)
    return Row(label, (answer, words(options), words(reason), words(read)))

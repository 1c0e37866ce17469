"""The report's last pages: eligibility, every assumption and every datum, the rows that were not used, the inputs."""

from collections.abc import Sequence

from modelx.evaluator.option import Option
from modelx.services.qdia_eligibility import QUESTIONS, Eligibility
from modelx.services.qdia_evaluate import Outcome
from modelx.services.qdia_extras import Extras
from modelx.services.qdia_view import Cell, Paragraph, Row, Section, Table, Tone, bp, count, percent, words

DATA, ASSUMPTION, CHOICE = "data", "assumption", "choice"
ADVICE = (
    "This report supports a decision and is not advice to any participant. It weighs stated costs and modelled losses; "
    "prudent selection and monitoring of the default stay with the plan's fiduciaries."
)


def basis_sections(
    outcome: Outcome, more: Extras, eligible: Sequence[Eligibility], smallest_cohort: int
) -> tuple[Section, ...]:
    """Eligibility, assumptions and data, participants, method."""
    return (
        _eligibility(outcome, eligible),
        _assumptions(outcome, more, smallest_cohort),
        _people(outcome),
        _inputs(outcome),
    )


def _eligibility(outcome: Outcome, eligible: Sequence[Eligibility]) -> Section:
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
    return Section("eligibility", "May it be the default", tuple(blocks))


def _assumptions(outcome: Outcome, more: Extras, smallest_cohort: int) -> Section:
    given = outcome.inputs
    settings = given.settings
    origins = {name: number for name, number in outcome.summary.origins.items() if number}
    engines = ", ".join(f"{name.lower().replace('_', ' ')} {number:,}" for name, number in origins.items())
    rows = [
        _row("Covariance of asset classes", f"{given.markets.name}, version {given.markets.version}", ASSUMPTION),
        _row("Its source", given.markets.source or "not stated", DATA),
        _row("Premium of each participant's own ideal", percent(settings.premium, 1), ASSUMPTION),
        _row("Riskless rate (does not change any loss)", percent(settings.rf, 1), ASSUMPTION),
        _row("Ideal portfolios", f"{given.engine.name}: {engines}", ASSUMPTION),
        _row("Detail below the equity level", given.detail.name, ASSUMPTION),
        _row("Vintage", f"{settings.vintage_rule.value}; year {settings.as_of:g} plus years to retirement", CHOICE),
        _row("Cap on a participant's loss", "none" if settings.cap_bp is None else bp(settings.cap_bp), CHOICE),
        _row("Split of a loss", f"{settings.split.sub_mix.value}, {settings.split.matched.value}", CHOICE),
        _row("Mean over", "dollars" if settings.by_balance else "participants", CHOICE),
        _row("Alpha", f"mode {settings.mode.value}; given by the plan or its consultant", ASSUMPTION),
        _row("Financial planning", _planning(outcome), ASSUMPTION),
        _row("Missing information", _information(outcome), ASSUMPTION),
        _row("Resampling", f"{more.draws} draws, 230 months", ASSUMPTION),
        _row("Smallest cohort shown", count(smallest_cohort), CHOICE),
        *(_row(f"{one.name}: weights", _source(one), DATA) for one in given.options if one.weights is not None),
    ]
    table = Table("assumptions", "What the figures rest on", "Item", ("Value", "Kind"), tuple(rows))
    options = Table(
        "options",
        "Fees and alphas as given, mean over vintages, basis points a year",
        "Option",
        ("Kind", "Funds", "Overlay", "Service", "Alpha", "Alpha is"),
        tuple(
            Row(
                one.name,
                (
                    words(one.kind.value.replace("_", " ")),
                    bp(float(one.fees.fund.mean())),
                    bp(float(one.fees.overlay.mean())),
                    bp(float(one.fees.service.mean())),
                    bp(float(one.alpha_bp.mean())),
                    words(one.alpha_basis.value.replace("_", " ")),
                ),
            )
            for one in given.options
        ),
    )
    return Section("assumptions", "Assumptions and data", (table, options))


def _row(label: str, value: str | Cell, kind: str) -> Row:
    return Row(label, (words(value) if isinstance(value, str) else value, words(kind)))


def _planning(outcome: Outcome) -> str:
    schedule = outcome.inputs.settings.planning
    if schedule is None:
        return "off"
    cap = "no cap" if schedule.cap_bp is None else f"cap {schedule.cap_bp:g} bp"
    return f"on, an assumption and not evidence: {schedule.rule.value} between stages, {cap}"


def _information(outcome: Outcome) -> str:
    if outcome.inputs.default_engine is None:
        return "off: managed accounts are taken to know what the file knows"
    cap = outcome.inputs.settings.information_cap_bp
    return f"on, against {outcome.inputs.default_engine.name}; {'no cap' if cap is None else f'cap {cap:g} bp'}"


def _source(option: Option) -> str:
    found = option.source or "not stated"
    if option.as_of:
        found += f", as of {option.as_of}"
    if option.r2 is not None:
        known = option.r2[option.r2 == option.r2]
        found += f"; style analysis, R2 {100 * float(known.min()):.1f} to {100 * float(known.max()):.1f} %"
    return found


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

"""The report's page on financial planning, there only while its assumed value is switched on."""

import numpy as np

from modelx.evaluator.planning_value import LINEAR_ANCHORS, STEP_THRESHOLDS, PlanningSchedule, StageRule
from modelx.evaluator.summary import mean_stack
from modelx.services.qdia_evaluate import Outcome
from modelx.services.qdia_view import MINUS, NOTHING, Paragraph, Row, Section, Table, Tone, bp, percent

STAGES = ("Early accumulation", "Mid accumulation", "Transition", "Early retiree", "Late retiree")
WARNING = (
    "These values are assumed, not measured. They are credited to managed accounts alone, shown apart in every table, "
    "and the answer says what it would be without them."
)


def planning_sections(outcome: Outcome) -> tuple[Section, ...]:
    """What each service is assumed to be worth by stage of life, and what that comes to for these participants."""
    schedule = outcome.inputs.settings.planning
    if schedule is None:
        return ()
    gain = mean_stack(outcome.summary).planning_gain
    credited = [
        f"{one.name} {bp(float(gain[place])).text}"
        for place, one in enumerate(outcome.inputs.options)
        if gain[place] > 0
    ]
    text = (
        f"Mean over these participants, basis points a year: {', '.join(credited)}."
        if credited
        else ("No option on offer is credited with it.")
    )
    blocks = (Paragraph(WARNING, Tone.WARNING), Paragraph(text), _table(schedule))
    return (Section("planning", "What planning is assumed to be worth", blocks),)


def _table(schedule: PlanningSchedule) -> Table:
    worth = schedule.gross_bp * schedule.realised[:, None]
    rows = [
        Row(name.replace("_", " "), (percent(float(share)), *(bp(float(value)) for value in values)))
        for name, share, values in zip(schedule.services, schedule.realised, worth, strict=True)
    ]
    total = np.asarray(schedule.stage_values_bp())
    rows.append(Row("All services", (NOTHING, *(bp(float(value)) for value in total)), strong=True))
    years = LINEAR_ANCHORS if schedule.rule is StageRule.LINEAR else STEP_THRESHOLDS
    between = "straight between" if schedule.rule is StageRule.LINEAR else "steps at"
    listed = ", ".join(f"{year:g}" for year in years).replace("-", MINUS)
    notes = (
        f"By years to retirement: {between} {listed}; negative after it.",
        "No cap." if schedule.cap_bp is None else f"At most {schedule.cap_bp:g} basis points for anyone.",
    )
    columns = ("Share delivered", *STAGES)
    return Table("planning", "Assumed gain delivered, basis points a year", "Service", columns, tuple(rows), notes)

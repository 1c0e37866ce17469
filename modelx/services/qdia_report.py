"""The QDIA report: which default fits these participants, said so that a fiduciary can file it.

One view model for page, PDF, workbook and JSON (:mod:`qdia_view`). The score stands beside the eligibility checks and
never overrides them; planning gains are shown apart; every assumption is labelled as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from modelx.domain.errors import InvalidInput
from modelx.evaluator.cost_stack import CostStack, Mode
from modelx.evaluator.summary import mean_stack, ranking
from modelx.services.qdia_charts import stacked_costs
from modelx.services.qdia_eligibility import Eligibility
from modelx.services.qdia_evaluate import FITTED, Outcome
from modelx.services.qdia_extras import Extras
from modelx.services.qdia_report_basis import basis_sections
from modelx.services.qdia_report_fit import fit_sections
from modelx.services.qdia_report_planning import planning_sections
from modelx.services.qdia_report_spread import spread_section
from modelx.services.qdia_report_views import second_view_sections
from modelx.services.qdia_report_what_if import what_if_sections
from modelx.services.qdia_view import (
    Cell,
    Paragraph,
    Picture,
    Report,
    Row,
    Section,
    Table,
    Tone,
    bp,
    percent,
)

STACK = (
    ("fees", "Fees", False),
    ("equity_loss", "Loss from the wrong equity level", False),
    ("all_in", "Fees and risk-level loss", True),
    ("alpha", "Expected alpha", False),
    ("all_in_with_alpha", "All-in cost with alpha", True),
    ("detail_loss", "Loss from the wrong detail", False),
    ("all_in_with_alpha_and_detail", "All-in cost with alpha and detail", True),
    ("planning_gain", "Gain from financial planning (assumed)", False),
    ("information_loss", "Loss from missing information", False),
    ("relative_gain", "Relative gain (higher is better)", True),
)
CLOSE_BP = 5.0
SMALL_PLAN = 5


@dataclass(frozen=True, slots=True)
class Made:
    """What a report is about: the plan's name and the date of the evaluation."""

    plan: str
    on: date


def build_report(
    made: Made, outcome: Outcome, more: Extras, eligible: Sequence[Eligibility], *, smallest_cohort: int = SMALL_PLAN
) -> Report:
    """The whole report. Cohorts of fewer than ``smallest_cohort`` participants are not shown.

    A plan that is itself so small gets no page that shows single participants, and says so. Raises
    :class:`InvalidInput` for a covariance fitted to a paper's results.
    """
    for one in (outcome.inputs.markets, *more.other_markets):
        if one.fitted:
            raise InvalidInput(f"{one.name}: {FITTED} Choose another covariance for a report.")
    few = outcome.summary.evaluated < smallest_cohort
    text = f"Fewer than {smallest_cohort} participants: pages that would show single participants are left out."
    people = () if few else (spread_section(outcome), *fit_sections(outcome, more, smallest_cohort))
    sections = (
        _answer(outcome, more, eligible),
        _costs(outcome),
        *((Section("spread", "How the loss is spread", (Paragraph(text, Tone.WARNING),)),) if few else people),
        *planning_sections(outcome),
        *second_view_sections(outcome, more),
        *what_if_sections(outcome, more, single=few),
        *basis_sections(outcome, more, eligible, smallest_cohort),
    )
    inputs = tuple(sorted(outcome.inputs.hashes.items()))
    title = "Which default fits these participants"
    return Report(title, made.plan, made.on.isoformat(), "en-US", sections, inputs)


def option_names(outcome: Outcome) -> list[str]:
    """Names as reports print them, in the order of the options."""
    return [one.name for one in outcome.inputs.options]


def _answer(outcome: Outcome, more: Extras, eligible: Sequence[Eligibility]) -> Section:
    names, stack = option_names(outcome), mean_stack(outcome.summary)
    order = ranking(outcome.summary).tolist()
    parts = [_parts(stack, place) for place in order]
    net = [bp(-float(stack.relative_gain[place]), strong=True) for place in order]
    shown = [names[place] for place in order]
    rows = tuple(Row(name, (*cells, total)) for name, cells, total in zip(shown, parts, net, strict=True))
    columns = ("Fees", "Equity level", "Detail", "Information", "Alpha", "Planning", "Net cost")
    table = Table(
        "net-cost",
        "Net cost by option, basis points a year",
        "Option",
        columns,
        rows,
        ("Alpha and planning reduce the cost and are shown with a minus sign.",),
    )
    alt = "Bars of what each option costs, best first; a black mark and the number give the net: " + "; ".join(
        f"{name} {cell.text}" for name, cell in zip(shown, net, strict=True)
    )
    picture = Picture(
        "costs",
        "What each option costs a participant; black marks and numbers are net",
        alt + ".",
        stacked_costs(shown, parts, net),
        table,
    )
    words = [Paragraph(answer_sentence(outcome, eligible), Tone.ANSWER), Paragraph(_how_sure(outcome, more, order))]
    words += [Paragraph(text, Tone.WARNING) for text in _grouped(outcome.warnings)]
    return Section("answer", "The answer", (*words, picture))


def answer_sentence(outcome: Outcome, eligible: Sequence[Eligibility]) -> str:
    """The answer in one sentence: the best option by score, and whether it may stand as the default."""
    names, gain = option_names(outcome), mean_stack(outcome.summary).relative_gain
    barred = {one.option for one in eligible if not one.may_stand}
    order = ranking(outcome.summary).tolist()
    best = order[0]
    number = outcome.summary.evaluated
    people = f"these {number:,} participants" if number != 1 else "this one participant"
    cost = bp(-float(gain[best])).text
    sentence = (
        f"For {people} the least costly default, fees and misfit together, is {names[best]}: {cost} basis points a year"
    )
    if len(order) > 1:
        lead = bp(float(gain[best] - gain[order[1]])).text
        sentence += f", {lead} less than the next, {names[order[1]]}"
    if outcome.summary.options[best] not in barred:
        return f"{sentence}.{_without_planning(outcome)}"
    allowed = [place for place in order if outcome.summary.options[place] not in barred]
    instead = f"the best that may is {names[allowed[0]]}" if allowed else "none of the options may"
    return f"{sentence}; but it fails a check of eligibility and may not stand as the default; {instead}."


def _without_planning(outcome: Outcome) -> str:
    """What the answer would be without assumed planning gains; empty while they are off."""
    stack = mean_stack(outcome.summary)
    if outcome.inputs.settings.planning is None or not np.any(stack.planning_gain):
        return ""
    names, gain = option_names(outcome), stack.relative_gain - stack.planning_gain
    best = int(gain.argmax())
    return (
        f" This counts an assumed gain from financial planning of {bp(float(stack.planning_gain.max())).text}; without "
        f"it the least costly is {names[best]}, at {bp(-float(gain[best])).text}."
    )


def _how_sure(outcome: Outcome, more: Extras, order: list[int]) -> str:
    options, names = outcome.summary.options, option_names(outcome)
    best = options[order[0]]
    text = "The figures are losses of certainty-equivalent return under stated assumptions, not forecasts. "
    if best in more.rank_options:
        chance = float(more.ranks.least_cost[more.rank_options.index(best)])
        text += (
            f"Over {more.draws} resampled covariances {names[order[0]]} stays cheapest in {percent(chance).text}"
            f"{' (hybrids left out)' if len(more.rank_options) < len(options) else ''}. "
        )
    gain = mean_stack(outcome.summary).relative_gain
    close = [names[place] for place in order[1:] if gain[order[0]] - gain[place] <= CLOSE_BP]
    if close:
        text += f"{_listed(close)} {'is' if len(close) == 1 else 'are'} within {CLOSE_BP:g} basis points of it, which "
        text += "style analysis and covariances cannot tell apart."
    return text.strip()


def _grouped(warnings: Sequence[str]) -> list[str]:
    """The same warning about several options said once."""
    about: dict[str, list[str]] = {}
    for warning in warnings:
        option, _, text = warning.partition(": ")
        about.setdefault(text, []).append(option)
    return [f"{_listed(options)}: {text}" for text, options in about.items()]


def _parts(stack: CostStack, place: int) -> tuple[Cell, ...]:
    return (
        bp(float(stack.fees[place])),
        bp(float(stack.equity_loss[place])),
        bp(float(stack.detail_loss[place])),
        bp(float(stack.information_loss[place])),
        bp(-float(stack.alpha[place])),
        bp(-float(stack.planning_gain[place])),
    )


def _costs(outcome: Outcome) -> Section:
    rows_of = mean_stack(outcome.summary).rows()
    rows = []
    for name, label, strong in STACK:
        column = rows_of[name]
        optional = name in ("planning_gain", "information_loss")
        if optional and not np.any(column):
            continue
        rows.append(Row(label, tuple(bp(float(value), strong=strong) for value in column), strong))
    mode = outcome.inputs.settings.mode
    basis = (
        "Alpha is shown before fees, because fees are a row of their own (mode strict)."
        if mode is Mode.STRICT
        else "Alpha is subtracted as given, even where it is net of fees already (mode paper)."
    )
    weighting = "dollars" if outcome.inputs.settings.by_balance else "participants"
    table = Table(
        "stack",
        f"Mean over {weighting}, basis points a year",
        "Row",
        tuple(option_names(outcome)),
        tuple(rows),
        ("Rows are rounded one by one; sums are of unrounded parts.", basis),
    )
    return Section("costs", "What each option costs, row by row", (table,))


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]

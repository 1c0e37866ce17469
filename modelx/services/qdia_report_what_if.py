"""The report's pages on what moves the answer: resampling, single changes, the pivot age, the best glide path."""

import numpy as np

from modelx.evaluator.summary import ranking
from modelx.services.qdia_charts import lines_over, ranges, tornado_bars
from modelx.services.qdia_evaluate import Outcome
from modelx.services.qdia_extras import Extras, Pivot
from modelx.services.qdia_view import (
    MINUS,
    NOTHING,
    Cell,
    Paragraph,
    Picture,
    Row,
    Section,
    Table,
    bp,
    count,
    percent,
    words,
    years,
)


def what_if_sections(outcome: Outcome, more: Extras, *, single: bool = False) -> tuple[Section, ...]:
    """How sure, what if, pivot, custom glide path, in this order; a page without its subject is left out.

    ``single`` leaves out the last two, which would show one person's age and ideal.
    """
    sections = [_how_sure(outcome, more), _what_if(outcome, more)]
    if single:
        return tuple(sections)
    if more.pivot is not None:
        sections.append(_pivot(outcome, more, more.pivot))
    sections.append(_custom(outcome, more))
    return tuple(sections)


def _sample(more: Extras) -> str:
    if more.is_everyone:
        return ""
    return f" Computed on a fixed sample of {count(more.people).text} participants."


def _how_sure(outcome: Outcome, more: Extras) -> Section:
    by_id = {one.id: one.name for one in outcome.inputs.options}
    names = [by_id[one] for one in more.rank_options]
    bands = [(bp(float(low)), bp(float(middle)), bp(float(high))) for low, middle, high in more.ranks.bands.T]
    rows = tuple(
        Row(
            name,
            (
                *band,
                percent(float(more.ranks.least_loss[place])),
                percent(float(more.ranks.least_cost[place])),
            ),
        )
        for place, (name, band) in enumerate(zip(names, bands, strict=True))
    )
    table = Table(
        "ranks",
        f"Mean loss over {more.draws} resampled covariances, basis points a year",
        "Option",
        ("5th percentile", "Median", "95th percentile", "Least loss in", "Least cost in"),
        rows,
    )
    text = (
        "The covariance is an estimate. Each draw treats it as if it had been estimated from 230 months of normal "
        "returns and prices every option again; the ranking is worth what it keeps." + _sample(more)
    )
    alt = "Bars from the 5th to the 95th percentile of each option's mean loss over the draws."
    picture = Picture("ranks-chart", "Mean loss under resampled covariances", alt, ranges(names, bands), table)
    return Section("sure", "How sure the ranking is", (Paragraph(text), picture))


def _what_if(outcome: Outcome, more: Extras) -> Section:
    names = [one.name for one in outcome.inputs.options]
    base = more.swings[0]
    rows = []
    for swing in more.swings:
        label = swing.factor if swing is base else f"{swing.factor}: {swing.change}"
        changed = swing.best != base.best
        rows.append(
            Row(
                label.capitalize().replace(" -", f" {MINUS}"),
                (*(bp(float(one)) for one in swing.total_bp), words(names[swing.best], strong=changed)),
                swing is base,
            )
        )
    flips = sorted({f"{one.factor} ({one.change})" for one in more.swings if one.best != base.best})
    told = (
        f"The best option by net cost changes under: {', '.join(flips)}."
        if flips
        else "No single change below alters which option is best by net cost."
    )
    table = Table(
        "tornado",
        "Mean loss when one assumption is changed, basis points a year",
        "Assumption changed",
        (*names, "Best by net cost"),
        tuple(rows),
        (
            "The loss is proportional to the premium. Style noise moves every weight by 2 points of a percent.",
            "The side that real estate and commodities count on moves the split of a loss, never the loss.",
        ),
    )
    shown = _shown_series(outcome)
    if shown is None:
        return Section("what-if", "What moves the answer", (Paragraph(told + _sample(more)), table))
    values = [(row.label, float(swing.total_bp[shown])) for row, swing in zip(rows, more.swings, strict=True)]
    title = f"Mean loss in {names[shown]} when one assumption is changed"
    alt = f"{title}: bars from the loss as evaluated, {bp(values[0][1]).text}, to the loss under each change."
    picture = Picture("tornado-chart", title, alt, tornado_bars(values[0][1], values[1:]), table)
    return Section("what-if", "What moves the answer", (Paragraph(told + _sample(more)), picture))


def _shown_series(outcome: Outcome) -> int | None:
    """The best option by net cost in which anybody loses anything."""
    order = ranking(outcome.summary).tolist()
    return next((option for option in order if outcome.summary.total[option] > 0), None)


def _pivot(outcome: Outcome, more: Extras, pivot: Pivot) -> Section:
    by_id = {one.id: one.name for one in outcome.inputs.options}
    young, old, curve = by_id[pivot.younger], by_id[pivot.older], pivot.curve
    finite = np.isfinite(curve.age)
    points = [(float(age), float(cost)) for age, cost in zip(curve.age[finite], curve.cost_bp[finite], strict=True)]
    rows = (
        Row("Best pivot age", (_age(curve.best_age), bp(curve.best_cost_bp)), strong=True),
        Row("Pivots within 5 bp of it, from", (_age(curve.near_from), NOTHING)),
        Row("Pivots within 5 bp of it, to", (_age(curve.near_to), NOTHING)),
        Row(f"Everyone in {young}", (NOTHING, bp(curve.all_younger_bp))),
        Row(f"Everyone in {old}", (NOTHING, bp(curve.all_older_bp))),
        Row(f"{old} only for those it costs less", (percent(pivot.each.share_older), bp(pivot.each.cost_bp))),
    )
    table = Table(
        "pivot",
        "Net cost of a hybrid by pivot age, basis points a year",
        f"{young} below the pivot age, {old} from it on",
        ("Age or share", "Net cost"),
        rows,
    )
    best = (curve.best_age, curve.best_cost_bp) if np.isfinite(curve.best_age) else None
    spec = lines_over("pivot age", "net cost, basis points a year", [("hybrid", points)], zero=False, mark=best)
    alt = f"Net cost of the hybrid by pivot age; it is least at {_age(curve.best_age).text}."
    fee = (
        f"{old} would be worth a fee of {bp(pivot.fee.plan_fee_bp).text} basis points a year to the plan as a whole, "
        f"against {young}; at today's fee {percent(pivot.fee.share_better_off).text} of participants are better off."
    )
    blocks = (Paragraph(fee + _sample(more)), Picture("pivot-chart", "The pivot age", alt, spec, table))
    return Section("pivot", "A hybrid, and what a managed account is worth", blocks)


def _custom(outcome: Outcome, more: Extras) -> Section:
    glide = more.glide
    series = [
        (one.name, float(loss))
        for one, loss in zip(outcome.inputs.options, outcome.summary.mean_total(), strict=True)
        if one.weights is not None
    ]
    rows = [
        Row(
            str(int(year)),
            (
                count(int(glide.people[place])),
                percent(float(glide.equity[place]), 1),
                percent(float(glide.free_equity[place]), 1),
                *((words("between its neighbours" if glide.filled[place] else ""),) if any(glide.filled) else ()),
            ),
        )
        for place, year in enumerate(more.glide_vintages)
    ]
    table = Table(
        "custom",
        "The glide path that loses least for these participants",
        "Vintage",
        ("Participants", "Equity", "Before it was made to fall with age", *(("Filled",) if any(glide.filled) else ())),
        tuple(rows),
    )
    text = (
        f"About {bp(glide.mean_loss_bp).text} basis points are lost even by the path fitted to these people, with "
        "an equity level that falls with age; that much only individual advice could save."
    )
    if series:
        name, loss = min(series, key=lambda one: one[1])
        saved = bp(loss - glide.mean_loss_bp).text
        text += f" The best on offer, {name}, loses {bp(loss).text}: a custom path could save {saved} before its fee."
    return Section("custom", "The best possible glide path", (Paragraph(text + _sample(more)), table))


def _age(value: float) -> Cell:
    return years(value) if np.isfinite(value) else words("nobody moves")

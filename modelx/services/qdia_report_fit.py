"""The report's pages on fit: ideal equity against glide paths, misfit by cohort, company stock."""

import numpy as np

from modelx.evaluator.cohorts import CROSSED, NOT_KNOWN, Cohorts
from modelx.evaluator.option import OptionKind, equity_levels
from modelx.evaluator.summary import ranking
from modelx.evaluator.vintage_map import vintage_position
from modelx.services.qdia_charts import bubbles_and_paths, dots_by_group, lines_over
from modelx.services.qdia_evaluate import Outcome
from modelx.services.qdia_extras import Extras
from modelx.services.qdia_view import (
    Paragraph,
    Picture,
    Row,
    Section,
    Table,
    bp,
    count,
    percent,
    usd,
    words,
)

PATH_AGES = range(20, 81)
RETIREMENT_AGE = 65
BUBBLES_MOST = 300
WORST_MOST = 10
STOCK_NOTE = (
    "Assumption: twice the standard deviation of US large value, the class's expected return, and the correlation with "
    "its class shown. 1.0 is the paper's line; 0.5 is nearer to single stocks."
)
DIMENSIONS = {
    "age": "Age",
    "income": "Salary",
    "balance": "Balance",
    "tenure": "Tenure",
    "gender": "Gender",
    "state": "State",
}


def fit_sections(outcome: Outcome, more: Extras, smallest_cohort: int) -> tuple[Section, ...]:
    """Fit, cohorts and company stock, in this order."""
    return (_fit(outcome), _cohorts(outcome, smallest_cohort), _company_stock(outcome, more))


def _fit(outcome: Outcome) -> Section:
    people = _bubbles(outcome)
    size = "balance" if outcome.summary.balance > 0 else "number"
    names = [one.name for one in outcome.inputs.options]
    paths = _paths(outcome)
    spread = outcome.summary.grid[0]
    ages = np.arange(spread.shape[0])
    rows = []
    for low, high in ((0, 30), (30, 40), (40, 50), (50, 60), (60, 200)):
        inside = spread[(ages >= low) & (ages < high)].sum(axis=0)
        if inside.sum() == 0:
            continue
        label = f"{low} to {high - 1}" if 0 < low < 60 else ("under 30" if low == 0 else "60 and over")
        middle = [percent(_level_at(inside, share)) for share in (0.25, 0.5, 0.75)]
        age = min(max((low + min(high, 80)) // 2, 25), 70)
        held = [percent(dict(path)[age] / 100) for _, path in paths]
        rows.append(Row(label, (count(int(inside.sum())), *middle, *held)))
    table = Table(
        "fit",
        "Ideal equity level by age, and what each series holds in the middle of the band",
        "Age",
        ("Participants", "Lower quarter", "Median", "Upper quarter", *(name for name, _ in paths)),
        tuple(rows),
        (f"Series are shown for retirement at {RETIREMENT_AGE}.",),
    )
    alt = (
        f"Bubbles of the ideal equity level of participants by age, sized by {size}, with the glide path of "
        f"{len(paths)} series as stepped lines. The table gives quartiles by age."
    )
    picture = Picture("glide", "Ideal equity and the glide paths", alt, bubbles_and_paths(people, paths, names), table)
    text = (
        f"Each bubble is what the advice engine would give participants of an age; its area is their {size}. Where "
        "bubbles scatter far from every line, no series fits well, and the choice is between a compromise and "
        "individual allocation."
    )
    return Section("fit", "Who should hold what", (Paragraph(text), picture))


def _bubbles(outcome: Outcome) -> list[dict[str, float]]:
    """Grid cells with anybody in them; joined to wider cells until there are at most 300."""
    grid, width = outcome.summary.grid, 1
    while True:
        ages = -(-grid.shape[1] // width) * width
        levels = -(-grid.shape[2] // width) * width
        wide = np.zeros((2, ages, levels))
        wide[:, : grid.shape[1], : grid.shape[2]] = grid
        cells = wide.reshape(2, ages // width, width, levels // width, width).sum(axis=(2, 4))
        place = np.argwhere(cells[0] > 0)
        if len(place) <= BUBBLES_MOST:
            break
        width += 1
    size = cells[1] if outcome.summary.balance > 0 else cells[0]
    middle = (width - 1) / 2
    return [
        {
            "age": float(age * width + middle),
            "equity": float(level * width + middle),
            "balance": float(size[age, level]),
        }
        for age, level in place.tolist()
    ]


def _paths(outcome: Outcome) -> list[tuple[str, list[tuple[float, float]]]]:
    given = outcome.inputs
    found = []
    for one in given.options:
        if one.weights is None or one.kind is OptionKind.HYBRID:
            continue
        levels = equity_levels(one, given.markets)
        ages = np.array(PATH_AGES, dtype=np.float64)
        place = vintage_position(
            given.settings.as_of + RETIREMENT_AGE - ages, one.vintages, given.settings.vintage_rule
        )
        held = levels[place.lower] * (1 - place.upper_share) + levels[place.upper] * place.upper_share
        found.append(
            (one.name, [(float(age), round(100 * float(level), 2)) for age, level in zip(ages, held, strict=True)])
        )
    return found


def _level_at(counts: "np.ndarray[tuple[int], np.dtype[np.float64]]", share: float) -> float:
    running = np.cumsum(counts)
    return float(np.searchsorted(running, share * running[-1])) / 100


def _cohorts(outcome: Outcome, smallest: int) -> Section:
    names = [one.name for one in outcome.inputs.options]
    blocks: list[Paragraph | Table | Picture] = [
        Paragraph(
            "The same loss, averaged over parts of the plan, basis points a year. A default that fits the mean can "
            "still serve one age, income or place badly. Groups too small to show are left out, with one more where "
            "they could be worked out from the rest."
        )
    ]
    for dimension, title in DIMENSIONS.items():
        cohorts = outcome.summary.cohorts[dimension]
        shown = shown_cohorts(cohorts, smallest)
        if not shown:
            continue
        table = _cohort_table(f"by-{dimension}", f"Mean misfit by {title.lower()}", title, cohorts, shown, names)
        if dimension != "age" or len(shown) < 2:
            blocks.append(table)
            continue
        mean, median = cohorts.mean_total(), cohorts.median_total()
        values = [[bp(float(mean[option, place])) for place in shown] for option in range(len(names))]
        groups = [_label(cohorts, place) for place in shown]
        alt = "Mean loss of each option by age band; the table has the figures."
        spec = dots_by_group(groups, names, values, "mean loss, basis points a year")
        blocks.append(Picture("by-age-chart", "Misfit by age", alt, spec, table))
        rows = [Row(_label(cohorts, place), tuple(bp(float(one)) for one in median[:, place])) for place in shown]
        note = "Medians to 0.35 % of themselves."
        blocks.append(Table("by-age-median", "Median misfit by age", title, tuple(names), tuple(rows), (note,)))
    worst = _served_worst(outcome, smallest, names)
    return Section("cohorts", "Whom each option serves", (*blocks, *worst))


def _served_worst(outcome: Outcome, smallest: int, names: list[str]) -> tuple[Table, ...]:
    """The groups by age, salary and tenure that lose most in the best option that anybody loses in."""
    cohorts = outcome.summary.cohorts[CROSSED]
    loses = [option for option in ranking(outcome.summary).tolist() if outcome.summary.total[option] > 0]
    places = np.flatnonzero(cohorts.count >= smallest).tolist()
    known = [place for place in places if NOT_KNOWN not in cohorts.labels[place]]
    if not loses or len(known) < 2:
        return ()
    mean = cohorts.mean_total()
    shown = sorted(known, key=lambda place: -float(mean[loses[0], place]))[:WORST_MOST]
    caption = f"The groups that {names[loses[0]]} serves worst: mean misfit by age, salary and years of service"
    return (_cohort_table("worst", caption, "Group", cohorts, shown, names, hidden=False),)


def shown_cohorts(cohorts: Cohorts, smallest: int) -> list[int]:
    """Places of the cohorts large enough to show; empty where only "not known" would be left.

    Where exactly one is too small, the next smallest is hidden too, so that no sum gives the small one away.
    """
    there = [place for place in range(len(cohorts.labels)) if cohorts.count[place]]
    shown = [place for place in there if cohorts.count[place] >= smallest]
    if len(there) - len(shown) == 1 and shown:
        shown.remove(min(shown, key=lambda place: int(cohorts.count[place])))
    return shown if any(cohorts.labels[place] != NOT_KNOWN for place in shown) else []


def _cohort_table(
    key: str,
    caption: str,
    title: str,
    cohorts: Cohorts,
    shown: list[int],
    names: list[str],
    *,
    hidden: bool = True,
) -> Table:
    mean = cohorts.mean_total()
    rows = [
        Row(
            _label(cohorts, place),
            (
                count(int(cohorts.count[place])),
                usd(float(cohorts.balance[place])),
                *(bp(float(one)) for one in mean[:, place]),
            ),
        )
        for place in shown
    ]
    left_out = sum(1 for number in cohorts.count if number) - len(shown)
    notes = (f"{left_out} groups are not shown.",) if hidden and left_out else ()
    return Table(key, caption, title, ("Participants", "Dollars", *names), tuple(rows), notes)


def _label(cohorts: Cohorts, place: int) -> str:
    return {"F": "women", "M": "men"}.get(cohorts.labels[place], cohorts.labels[place])


def _company_stock(outcome: Outcome, more: Extras) -> Section:
    found = more.stock
    rows = []
    for place, share in enumerate(found.shares):
        cells = []
        for loss in found.by_correlation.values():
            flag = bool(loss.unattainable[place])
            adjusted = bp(float(loss.adjusted_bp[place]))
            cells += [
                bp(float(loss.beside_bp[place])),
                words(f"{adjusted.text} (level cannot be kept)") if flag else adjusted,
            ]
        rows.append(Row(percent(share).text, tuple(cells)))
    columns = tuple(
        f"{line}, correlation\u00a0{rho:g}"
        for rho in found.by_correlation
        for line in ("Beside the ideal", "Rest adjusted")
    )
    table = Table(
        "stock",
        "Loss from company stock for the plan's mean ideal, basis points a year",
        "Share in the stock",
        columns,
        tuple(rows),
        (STOCK_NOTE,),
    )
    series = [
        (
            f"{line}, correlation {rho:g}",
            [(100 * share, float(values[place])) for place, share in enumerate(found.shares)],
        )
        for rho, loss in found.by_correlation.items()
        for line, values in (("beside", loss.beside_bp), ("rest adjusted", loss.adjusted_bp))
    ]
    spec = lines_over("share in company stock, %", "loss, basis points a year", series)
    alt = "The loss grows faster than the share, and adjusting the rest of the portfolio saves little of it."
    blocks: list[Paragraph | Picture] = []
    if found.holders:
        blocks.append(
            Paragraph(
                f"{count(found.holders).text} of {count(more.people).text} participants looked at hold company stock, "
                f"{percent(found.mean_share).text} of their balance on average. At correlation 0.5 it costs them "
                f"{bp(found.mean_loss_bp).text} basis points a year on average, {bp(found.median_loss_bp).text} at the "
                f"median and {bp(found.worst_tenth_bp).text} at the worst tenth. No option's cost above includes it."
            )
        )
    else:
        blocks.append(Paragraph("No participant is recorded as holding company stock; the curve is for reference."))
    blocks.append(Picture("stock-chart", "What company stock costs", alt, spec, table))
    return Section("stock", "Company stock", tuple(blocks))

"""The report's page on how the loss is spread: a mean can be one participant."""

from collections.abc import Sequence

import numpy as np

from modelx.evaluator.distribution import QUANTILES
from modelx.evaluator.influence import mean_without
from modelx.services.qdia_evaluate import Outcome
from modelx.services.qdia_view import NOTHING, Cell, Paragraph, Row, Section, Table, bp, count, percent, usd


def spread_section(outcome: Outcome) -> Section:
    """Percentiles, shares, dollars, and the few participants who weigh most, of the loss before fees."""
    summary, names = outcome.summary, [one.name for one in outcome.inputs.options]
    columns = tuple(names)
    options = range(len(names))

    def row(label: str, cells: Sequence[Cell]) -> Row:
        return Row(label, tuple(cells))

    rows = [row("Mean", [bp(float(value)) for value in summary.mean_total()])]
    for place, share in enumerate(QUANTILES):
        label = "Median" if share == 0.5 else f"{_ordinal(round(100 * share))} percentile"
        rows.append(row(label, [bp(float(outcome.quantiles[option, place])) for option in options]))
    for place, limit in enumerate((50, 100)):
        shares = [percent(float(summary.above[place, option]) / summary.weight) for option in options]
        rows.append(row(f"Share losing more than {limit} bp", shares))
    rows.append(row("Share of the loss on the worst 1 %", [percent(float(one)) for one in outcome.worst_percent]))
    rows.append(row("Dollars lost a year", [usd(float(one)) for one in summary.dollars]))
    best = [percent(float(one) / summary.weight) for one in summary.best]
    rows.append(row("Share for whom it is the best option", best))
    without = mean_without(summary.total, summary.weight, summary.influence)
    heaviest = [bp(float(without[option, 0])) if without.shape[1] else NOTHING for option in options]
    rows.append(row("Mean without the participant who weighs most", heaviest))
    table = Table(
        "spread",
        "Loss from misfit, before fees, basis points a year",
        "Measure",
        columns,
        tuple(rows),
        ("Percentiles are losses of actual participants. The worst percent is one participant at least.",),
    )
    words = (
        "A few participants can be most of a mean: the loss of an investor who should hold little equity is large "
        "because it is priced by what little risk is right for them. Read the median and the mean together."
    )
    who = tuple(
        Row(
            names[option],
            (
                count(int(np.count_nonzero(summary.influence.total[option] > 0))),
                bp(float(summary.influence.total[option, 0])) if summary.influence.total.shape[1] else NOTHING,
                percent(
                    _share(summary.influence.total[option], summary.influence.weight[option], summary.total[option])
                ),
            ),
        )
        for option in options
        if summary.total[option] > 0
    )
    influence = Table(
        "influence",
        "The participants who weigh most, up to five an option",
        "Option",
        ("Participants", "Largest loss, bp", "Their share of all loss"),
        who,
    )
    return Section("spread", "How the loss is spread", (Paragraph(words), table, influence))


def _share(
    total: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    weight: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    whole: float,
) -> float:
    return float((total * weight).sum()) / whole if whole > 0 else 0.0


def _ordinal(number: int) -> str:
    return f"{number}{'th' if 10 < number % 100 < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"

"""From dated values to the facts of one option: returns, index, calendar years and growth, for chart and page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from modelx.disclosure.benchmark import (
    Benchmark,
    BlendWeights,
    blend_return_bps,
    matching_return,
    resets_without_levels,
    resets_without_weights,
)
from modelx.disclosure.expenses import OperatingExpenses
from modelx.disclosure.option import (
    Footnote,
    Growth,
    HeldFund,
    Lineage,
    Measured,
    OptionFacts,
    Profile,
    Slice,
)
from modelx.disclosure.performance import (
    Performance,
    PeriodReturn,
    ValueSeries,
    calendar_years,
    growth_of,
    performance,
)
from modelx.disclosure.periods import add_months, month_ends
from modelx.disclosure.returns_shown import ReturnsShown, index_shown, shown_of
from modelx.disclosure.turnover import Turnover

GROWTH_DOLLARS = 10_000
GROWTH_MONTHS = 120


@dataclass(frozen=True, slots=True)
class Blend:
    """The optional second line: its name, its components' levels, its dated weights, its reset in months."""

    name: str
    components: Mapping[str, ValueSeries]
    schedule: Sequence[BlendWeights]
    months: int = 12


@dataclass(frozen=True, slots=True)
class OptionValues:
    """The dated values of a variable option: its unit values from ``inception`` on, its index, its blend if any.

    ``replaced`` is the index it had before, with its levels, shown once; ``change_note`` says when and why.
    """

    inception: date
    unit_values: ValueSeries
    benchmark: Benchmark
    index: ValueSeries
    blend: Blend | None = None
    replaced: tuple[Benchmark, ValueSeries] | None = None
    change_note: str = ""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What only the option's own page shows."""

    turnover: Turnover | None
    allocation: tuple[Slice, ...]
    holdings: tuple[HeldFund, ...]
    holdings_date: date


def option_facts(
    profile: Profile,
    values: OptionValues,
    expenses: OperatingExpenses | None,
    page: PageFacts,
    as_of: date,
    quarter_end: date,
    footnotes: tuple[Footnote, ...] = (),
    lineage: tuple[Lineage, ...] = (),
) -> OptionFacts:
    """Everything the chart and the page say of a variable option.

    ``as_of`` is the year end of the required columns, ``quarter_end`` that of the more recent ones. The growth chart
    begins ten years before ``as_of``, or at inception.
    """
    own = performance(values.unit_values, values.inception, as_of)
    recent = shown_of(performance(values.unit_values, values.inception, quarter_end))
    years = calendar_years(values.unit_values, values.inception, as_of)
    return OptionFacts(
        profile=profile,
        inception=values.inception,
        returns=shown_of(own),
        measured=measured(values, own),
        expenses=expenses,
        footnotes=footnotes,
        lineage=lineage,
        trailing=recent,
        trailing_index=index_shown(recent, values.index),
        calendar=years,
        calendar_index=tuple(matching_return(year, values.index) for year in years),
        growth=growth(values, as_of),
        turnover=page.turnover,
        allocation=page.allocation,
        holdings=page.holdings,
        holdings_date=page.holdings_date,
    )


def measured(values: OptionValues, own: Performance) -> Measured:
    """The benchmark beside the option, with its blend and the index it replaced."""
    shown = shown_of(own)
    replaced = None
    if values.replaced is not None:
        replaced = Measured(values.replaced[0], index_shown(shown, values.replaced[1]))
    blend_name, blend_returns = "", None
    if values.blend is not None:
        blend_name = values.blend.name
        blend_returns = _blend_shown(values.blend, own, shown)
    index = index_shown(shown, values.index)
    return Measured(values.benchmark, index, blend_name, blend_returns, replaced, values.change_note)


def _blend_shown(blend: Blend, own: Performance, shown: ReturnsShown) -> ReturnsShown:
    def over(column: PeriodReturn | None) -> int | None:
        if column is None:
            return None
        span = (column.start, column.end, blend.months)
        if resets_without_weights(blend.schedule, *span):
            return None
        if resets_without_levels(blend.components, blend.schedule, *span):
            return None
        return blend_return_bps(column, blend.components, blend.schedule, blend.months)

    bps = tuple(over(column) for column in own.columns)
    return ReturnsShown(shown.as_of, shown.inception, bps, shown.spans, shown.life_annualized)


def growth(values: OptionValues, as_of: date) -> Growth | None:
    """Growth of $10,000 at month ends; ``None`` before the option has lived a day. The index may start later."""
    start = max(values.inception, add_months(as_of, -GROWTH_MONTHS))
    if start >= as_of:
        return None
    dates = month_ends(start, as_of)
    own = growth_of(GROWTH_DOLLARS, values.unit_values, start, dates)
    covered = values.index.on_or_before(start) is not None
    index = growth_of(GROWTH_DOLLARS, values.index, start, dates) if covered else (None,) * len(dates)
    return Growth(dates, own, index)

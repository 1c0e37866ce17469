"""The three pictures of an option's page, each with what it says in words and the table of its figures."""

from collections.abc import Sequence
from fractions import Fraction

from modelx.disclosure.document import Chart, ChartKind, Column, Row, RowGroup, Series, Table, Words
from modelx.disclosure.figures import Figure, long_date, percent, round_half_up, short_date, whole_dollars
from modelx.disclosure.option import Growth, Slice
from modelx.disclosure.option_words import NOT_ANNUALIZED
from modelx.disclosure.performance import PeriodReturn


def _dollar(cents: int | None) -> Figure | None:
    return None if cents is None else whole_dollars(round_half_up(Fraction(cents, 100)))


def growth_chart(option: str, index: str, growth: Growth) -> Chart:
    """Growth of $10,000 at every date given; the table shows the first, the year ends and the last."""
    own = tuple(_dollar(cents) for cents in growth.option_cents)
    other = tuple(_dollar(cents) for cents in growth.index_cents)
    both = index != "" and any(figure is not None for figure in other)
    last = len(growth.dates) - 1
    shown = [at for at, on in enumerate(growth.dates) if at in (0, last) or (on.month, on.day) == (12, 31)]
    columns = (Column("option", option), Column("benchmark", index)) if both else (Column("option", option),)
    rows = tuple(
        Row(growth.dates[at].isoformat(), Words(short_date(growth.dates[at])), _pair(own[at], other[at], both))
        for at in shown
    )
    ended = own[last]
    alt = (
        f"Line chart. $10,000 put into {option} on {long_date(growth.dates[0])} was worth "
        f"{ended.text if ended else 'N/A'} on {long_date(growth.dates[last])}."
    )
    index_ended = other[last]
    if both and index_ended is not None:
        alt += f" The index {index} would have come to {index_ended.text}."
    series = (Series(option, own), Series(index, other)) if both else (Series(option, own),)
    table = Table("growth", "Worth of $10,000, in dollars", "Date", columns, (RowGroup("", rows),))
    points = tuple(on.isoformat() for on in growth.dates)
    return Chart("growth", "Growth of $10,000", ChartKind.LINES, alt, points, series, table)


def _pair(own: Figure | None, other: Figure | None, both: bool) -> tuple[Figure, ...]:
    cells = (own or Figure("N/A"), other or Figure("N/A"))
    return cells if both else cells[:1]


def calendar_chart(
    option: str, index: str, years: Sequence[PeriodReturn], index_years: Sequence[PeriodReturn | None]
) -> Chart:
    """Return by calendar year, bars side by side; a part year is marked in the table."""
    own = tuple(_year(year) for year in years)
    other = tuple(_year(year) for year in index_years)
    both = index != "" and any(figure is not None for figure in other)
    columns = (Column("option", option), Column("benchmark", index)) if both else (Column("option", option),)
    rows = tuple(
        Row(year.label, Words(year.label, (_part_of_year(year),) if year.years < 1 else ()), _pair(mine, theirs, both))
        for year, mine, theirs in zip(years, own, other or (None,) * len(own), strict=True)
    )
    best = max(years, key=lambda year: year.return_bps)
    worst = min(years, key=lambda year: year.return_bps)
    alt = (
        f"Bar chart of the return of {option} in each calendar year from {years[0].label} to {years[-1].label}. "
        f"The best was {best.label} with {percent(best.return_bps).text}, "
        f"the worst {worst.label} with {percent(worst.return_bps).text}."
    )
    series = (Series(option, own), Series(index, other)) if both else (Series(option, own),)
    table = Table("calendar", "Total return by calendar year", "Year", columns, (RowGroup("", rows),))
    points = tuple(year.label for year in years)
    return Chart("calendar", "Return by calendar year", ChartKind.BARS, alt, points, series, table)


def _year(year: PeriodReturn | None) -> Figure | None:
    return None if year is None else percent(year.return_bps, NOT_ANNUALIZED if year.years < 1 else "")


def _part_of_year(year: PeriodReturn) -> str:
    if year.start.year == year.end.year:
        return f"From {long_date(year.start)}"
    return f"To {long_date(year.end)}"


def allocation_chart(slices: Sequence[Slice]) -> Chart:
    """The target mix as one bar of parts, with its table by kind."""
    figures = tuple(percent(part.weight_bps) for part in slices)
    columns = (Column("kind", "Kind"), Column("weight", "Target share"))
    rows = tuple(
        Row(part.label, Words(part.label), (Words(part.kind.value), figure))
        for part, figure in zip(slices, figures, strict=True)
    )
    parts = ", ".join(f"{part.label} {figure.text}" for part, figure in zip(slices, figures, strict=True))
    table = Table("allocation", "Target mix", "Part", columns, (RowGroup("", rows),))
    points = tuple(part.label for part in slices)
    alt = f"Bar divided into the parts of the target mix: {parts}."
    return Chart("allocation", "Target mix", ChartKind.PARTS, alt, points, (Series("Target share", figures),), table)

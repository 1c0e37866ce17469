"""The four returns a notice prints for an option or its index, with the dates of the values behind each.

Whether they were computed one by one or by columns, this is the form that documents and checks take.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from modelx.disclosure.benchmark import matching_return
from modelx.disclosure.performance import COLUMN_YEARS, Performance, PeriodReturn, ValueSeries
from modelx.disclosure.performance_columns import PerformanceColumns, UnitValueGrid
from modelx.disclosure.periods import years_between
from modelx.domain.days import date_of

PERIOD_LABELS = ("1 year", "5 years", "10 years", "Since inception")
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class ReturnsShown:
    """Printed returns, hundredths of a percent: 1, 5, 10 years and since inception; ``None`` prints N/A.

    ``spans`` holds the dates of the first and last value of each; ``life_annualized`` is about the last one.
    """

    as_of: date
    inception: date
    bps: tuple[int | None, ...]
    spans: tuple[Span | None, ...]
    life_annualized: bool

    @property
    def life_years(self) -> Fraction:
        """The option's life at ``as_of`` in years (C5); 0 when it began later."""
        return years_between(self.inception, self.as_of) if self.inception < self.as_of else Fraction(0)


def _shown(as_of: date, inception: date, columns: tuple[PeriodReturn | None, ...]) -> ReturnsShown:
    bps = tuple(column.return_bps if column else None for column in columns)
    spans = tuple((column.start, column.end) if column else None for column in columns)
    return ReturnsShown(as_of, inception, bps, spans, bool(columns[3] and columns[3].annualized))


def shown_of(own: Performance) -> ReturnsShown:
    """The printed form of an exact performance."""
    return _shown(own.as_of, own.inception, own.columns)


def shown_of_columns(found: PerformanceColumns, grid: UnitValueGrid, option: int) -> ReturnsShown:
    """The printed form of one option's column."""
    end = date_of(int(grid.days[found.end_row[option]]))
    bps: list[int | None] = []
    spans: list[Span | None] = []
    for place in range(4):
        reached = bool(found.reached[place, option])
        bps.append(int(found.return_bps[place, option]) if reached else None)
        spans.append((date_of(int(grid.days[found.start_row[place, option]])), end) if reached else None)
    inception = date_of(int(grid.inception[option]))
    return ReturnsShown(found.as_of, inception, tuple(bps), tuple(spans), bool(found.life_annualized[option]))


def index_shown(own: ReturnsShown, index: ValueSeries) -> ReturnsShown:
    """The index over the option's own spans, annualized as the option is; ``None`` where the index starts later."""
    columns: list[PeriodReturn | None] = []
    for place, span in enumerate(own.spans):
        if span is None:
            columns.append(None)
            continue
        years = Fraction(COLUMN_YEARS[place]) if place < len(COLUMN_YEARS) else own.life_years
        annualized = place < len(COLUMN_YEARS) or own.life_annualized
        period = PeriodReturn(PERIOD_LABELS[place], *span, 1, 1, years, annualized, 0)
        columns.append(matching_return(period, index))
    return _shown(own.as_of, own.inception, tuple(columns))

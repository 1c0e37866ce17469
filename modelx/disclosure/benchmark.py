"""What an option is measured against: a broad index over the same dates, and beside it an optional dated blend.

Index returns use the very dates of the option's own values (row 7); an index younger than the option prints N/A and is
never spliced. A blend chains its components' total returns with the weights fixed before each period starts (C8), so
today's weights never touch the past (T9). Source: ``spec/disclosure.md`` rows 6-8.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from itertools import pairwise

from modelx.disclosure.figures import RATE, to_bps
from modelx.disclosure.performance import PeriodReturn, ValueSeries, annualized_bps
from modelx.disclosure.periods import add_months
from modelx.domain.errors import InvalidInput


class IndexKind(Enum):
    """What a benchmark is. Only a broad total-return index may stand as the primary one."""

    BROAD = "BROAD"
    BLEND = "BLEND"
    PEER_GROUP = "PEER_GROUP"
    PRICE_RETURN = "PRICE_RETURN"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An index as the notice names it. ``widely_recognized`` holds the document that says so, or nothing."""

    key: str
    name: str
    administrator: str
    kind: IndexKind
    widely_recognized: str = ""


@dataclass(frozen=True, slots=True)
class BlendWeights:
    """Component weights in units of 10^-12, in force from ``since`` until the next row."""

    since: date
    weights: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """The sum of the weights; 10**12 is one."""
        return sum(weight for _, weight in self.weights)


@dataclass(frozen=True, slots=True)
class BlendPeriod:
    """One stretch between resets: its nominal dates, the weights used and its growth (end over start)."""

    start: date
    end: date
    weights: BlendWeights
    growth: Fraction

    @property
    def return_bps(self) -> int:
        """The stretch's own return in hundredths of a percent."""
        return to_bps(self.growth - 1)


def matching_return(own: PeriodReturn, index: ValueSeries) -> PeriodReturn | None:
    """The index's return over the dates of the option's own values; ``None`` when the index starts later.

    The dates of the result are those of the index's levels: where they differ from ``own``'s, DIA-012 is due.
    """
    first, last = index.on_or_before(own.start), index.on_or_before(own.end)
    if first is None or last is None or first[0] == last[0]:
        return None
    growth = Fraction(last[1], first[1])
    bps = annualized_bps(growth, own.years) if own.annualized else to_bps(growth - 1)
    return PeriodReturn(own.label, first[0], last[0], first[1], last[1], own.years, own.annualized, bps)


def reset_dates(start: date, end: date, months: int) -> tuple[date, ...]:
    """``start``, every reset after it, ``end``. Twelve months reset on 31 December, one month on each month end.

    ``months`` divides 12, counted from the year end. Raises :class:`InvalidInput` for another number or no time.
    """
    if months not in (1, 2, 3, 4, 6, 12) or start >= end:
        raise InvalidInput(
            f"a blend resets every 1, 2, 3, 4, 6 or 12 months over some time, not {months}: {start} to {end}"
        )
    resets = [start]
    reset = date(start.year - 1, 12, 31)
    while reset < end:
        if reset > start:
            resets.append(reset)
        following = add_months(date(reset.year, reset.month, 1), months + 1)
        reset = date.fromordinal(following.toordinal() - 1)
    return (*resets, end)


def weights_in_force(schedule: Sequence[BlendWeights], on: date) -> BlendWeights | None:
    """The latest row dated on or before ``on``: a period's weights must be fixed before it starts."""
    known = [row for row in schedule if row.since <= on]
    return max(known, key=lambda row: row.since) if known else None


def resets_without_weights(
    schedule: Sequence[BlendWeights], start: date, end: date, months: int = 12
) -> tuple[date, ...]:
    """The resets of a blend before which no weights were fixed."""
    return tuple(opens for opens in reset_dates(start, end, months)[:-1] if weights_in_force(schedule, opens) is None)


def resets_without_levels(
    components: Mapping[str, ValueSeries], schedule: Sequence[BlendWeights], start: date, end: date, months: int = 12
) -> tuple[tuple[date, str], ...]:
    """The resets at which a component of a blend has no level yet, and that component."""
    found = []
    for opens in reset_dates(start, end, months)[:-1]:
        weights = weights_in_force(schedule, opens)
        for key, _ in weights.weights if weights else ():
            series = components.get(key)
            if series is None or series.on_or_before(opens) is None:
                found.append((opens, key))
    return tuple(found)


def blend_periods(
    components: Mapping[str, ValueSeries], schedule: Sequence[BlendWeights], start: date, end: date, months: int = 12
) -> tuple[BlendPeriod, ...]:
    """The stretches of a blend from ``start`` to ``end``, reset every ``months``; exact.

    Raises :class:`InvalidInput` where no weights were fixed before a stretch, or a component has no level there.
    """
    resets = reset_dates(start, end, months)
    periods: list[BlendPeriod] = []
    for opens, closes in pairwise(resets):
        weights = weights_in_force(schedule, opens)
        if weights is None:
            raise InvalidInput(
                f"DIA-014: no blend weights were in force on {opens}; today's may not be applied to history"
            )
        growth = Fraction(0)
        for key, weight in weights.weights:
            series = components.get(key)
            first, last = (series.on_or_before(opens), series.on_or_before(closes)) if series else (None, None)
            if first is None or last is None:
                raise InvalidInput(
                    f"component {key!r} of the blend has no level on or before {opens}. Load its levels."
                )
            growth += Fraction(weight, RATE) * Fraction(last[1], first[1])
        periods.append(BlendPeriod(opens, closes, weights, growth))
    return tuple(periods)


def blend_growth(periods: Sequence[BlendPeriod]) -> Fraction:
    """End over start of the chained stretches."""
    growth = Fraction(1)
    for period in periods:
        growth *= period.growth
    return growth


def blend_return_bps(
    own: PeriodReturn,
    components: Mapping[str, ValueSeries],
    schedule: Sequence[BlendWeights],
    months: int = 12,
) -> int:
    """The blend's return over the option's own period, in hundredths of a percent; annualized when the option's is."""
    growth = blend_growth(blend_periods(components, schedule, own.start, own.end, months))
    return annualized_bps(growth, own.years) if own.annualized else to_bps(growth - 1)
